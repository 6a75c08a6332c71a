import { at } from "./collections/at.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

interface Alphabet {
  readonly digits: string;
  readonly values: ReadonlyMap<string, number>;
}

function alphabetOf(digits: string): Alphabet {
  return { digits, values: new Map([...digits].map((digit, value) => [digit, value])) };
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
  for (let index = 0; index < bytes.length; index += 3) {
    const count = Math.min(3, bytes.length - index);
    const second = count > 1 ? at(bytes, index + 1) : 0;
    const third = count > 2 ? at(bytes, index + 2) : 0;
    const group = (at(bytes, index) << 16) | (second << 8) | third;
    for (let digit = 0; digit <= count; digit += 1) {
      text += digits.charAt((group >> (18 - 6 * digit)) & 63);
    }
  }
  return text;
}

function decode(text: string, { values }: Alphabet): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let bitsCount = 0;
  let offset = 0;
  for (const digit of text) {
    const value = values.get(digit);
    if (value === undefined) return undefined;
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
