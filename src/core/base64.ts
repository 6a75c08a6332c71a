import { byteAt } from "./collections/at.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

const NO_DIGIT = 255;

interface Alphabet {
  /** Code units of the digits, by value. */
  readonly digits: Uint8Array;
  /** Values of the digits, by code unit. */
  readonly values: Uint8Array;
}

function alphabetOf(text: string): Alphabet {
  const digits = new Uint8Array(64);
  const values = new Uint8Array(128).fill(NO_DIGIT);
  for (let value = 0; value < digits.length; value += 1) {
    digits[value] = text.charCodeAt(value);
    values[text.charCodeAt(value)] = value;
  }
  return { digits, values };
}

const standard = alphabetOf(`${LETTERS}+/`);
const urlSafe = alphabetOf(`${LETTERS}-_`);

/** Base64 with padding. [RFC 4648 section 4] */
export function encodeBase64(bytes: Uint8Array): string {
  const text = encode(bytes, standard);
  return text.padEnd(Math.ceil(text.length / 4) * 4, "=");
}

/** Base64 of the alphabet safe in addresses, without padding. [RFC 4648 section 5] */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encode(bytes, urlSafe);
}

/** The bytes, or undefined when `text` is no padded base64 in its one canonical form. */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return decode(text.slice(0, text.length - padding), standard);
}

/** The bytes, or undefined when `text` is no unpadded base64url in its one canonical form. */
export function decodeBase64Url(text: string): Uint8Array | undefined {
  return decode(text, urlSafe);
}

function encode(bytes: Uint8Array, { digits }: Alphabet): string {
  let text = "";
  let index = 0;
  for (; index + 2 < bytes.length; index += 3) {
    const group =
      (byteAt(bytes, index) << 16) | (byteAt(bytes, index + 1) << 8) | byteAt(bytes, index + 2);
    text += String.fromCharCode(
      byteAt(digits, group >> 18),
      byteAt(digits, (group >> 12) & 63),
      byteAt(digits, (group >> 6) & 63),
      byteAt(digits, group & 63),
    );
  }
  const count = bytes.length - index;
  if (count === 0) return text;
  const group = (byteAt(bytes, index) << 16) | (count > 1 ? byteAt(bytes, index + 1) << 8 : 0);
  for (let digit = 0; digit <= count; digit += 1) {
    text += String.fromCharCode(byteAt(digits, (group >> (18 - 6 * digit)) & 63));
  }
  return text;
}

function decode(text: string, { values }: Alphabet): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let bitsCount = 0;
  let offset = 0;
  for (let index = 0; index < text.length; index += 1) {
    const value = values[text.charCodeAt(index)] ?? NO_DIGIT;
    if (value === NO_DIGIT) return undefined;
    bits = ((bits << 6) | value) & 0xffff;
    bitsCount += 6;
    if (bitsCount < 8) continue;
    bitsCount -= 8;
    bytes[offset] = bits >> bitsCount;
    offset += 1;
  }
  // Left-over bits must be zero, or two texts would mean the same bytes.
  return (bits & ((1 << bitsCount) - 1)) === 0 ? bytes : undefined;
}
