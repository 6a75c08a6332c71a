import { byteAt } from "./collections/at.ts";

/*
 * Text and bytes without TextEncoder, which is no part of the language. Text that is no valid
 * Unicode (a lone surrogate) is written as U+FFFD, as the Encoding Standard does.
 */

const REPLACEMENT = 0xfffd;
/** Most code units handed to String.fromCharCode at once, for they travel on the stack. */
const CHUNK_COUNT = 4_096;
/** Up to here text is put together in parts. [measured: beyond it one call is as quick] */
const SHORT_COUNT = 64;

/** The code point at `index`, with a lone surrogate replaced. */
function scalarAt(text: string, index: number): number {
  const code = text.codePointAt(index) ?? REPLACEMENT;
  return code >= 0xd800 && code <= 0xdfff ? REPLACEMENT : code;
}

/** Bytes of `text` in UTF-8. */
export function utf8ByteLength(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    if (unit < 0x800) {
      bytes += 1;
      continue;
    }
    // A pair is two units and four bytes, all else is one unit and three.
    bytes += 2;
    if (scalarAt(text, index) > 0xffff) index += 1;
  }
  return bytes;
}

export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8ByteLength(text));
  writeUtf8(text, bytes, 0);
  return bytes;
}

/** Writes `text` at `start`, where there must be room, and returns the offset behind it. */
export function writeUtf8(text: string, bytes: Uint8Array, start: number): number {
  let offset = start;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) {
      bytes[offset] = unit;
      offset += 1;
      continue;
    }
    const code = scalarAt(text, index);
    if (code > 0xffff) index += 1;
    offset = writeScalar(code, bytes, offset);
  }
  return offset;
}

function writeScalar(code: number, bytes: Uint8Array, start: number): number {
  if (code < 0x800) {
    bytes[start] = 0xc0 | (code >> 6);
    bytes[start + 1] = 0x80 | (code & 0x3f);
    return start + 2;
  }
  if (code < 0x10000) {
    bytes[start] = 0xe0 | (code >> 12);
    bytes[start + 1] = 0x80 | ((code >> 6) & 0x3f);
    bytes[start + 2] = 0x80 | (code & 0x3f);
    return start + 3;
  }
  bytes[start] = 0xf0 | (code >> 18);
  bytes[start + 1] = 0x80 | ((code >> 12) & 0x3f);
  bytes[start + 2] = 0x80 | ((code >> 6) & 0x3f);
  bytes[start + 3] = 0x80 | (code & 0x3f);
  return start + 4;
}

/** Text of these bytes; whatever is no UTF-8 becomes U+FFFD. A byte order mark stays. */
export function decodeUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return asciiText(bytes, start, end) ?? decodeScalars(bytes, start, end).text;
}

/** Text of these bytes, or undefined when they are no UTF-8. */
export function decodeUtf8Strict(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): string | undefined {
  const ascii = asciiText(bytes, start, end);
  if (ascii !== undefined) return ascii;
  const decoded = decodeScalars(bytes, start, end);
  return decoded.isValid ? decoded.text : undefined;
}

/**
 * Names, keys and tags are short and nearly always ASCII: a few characters at a time make their
 * text quicker than one call with all of them.
 */
function asciiText(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start > CHUNK_COUNT) return undefined;
  for (let index = start; index < end; index += 1)
    if (byteAt(bytes, index) >= 0x80) return undefined;
  if (end - start > SHORT_COUNT) return String.fromCharCode(...bytes.subarray(start, end));
  let text = "";
  let index = start;
  for (; index + 4 <= end; index += 4) {
    text += String.fromCharCode(
      byteAt(bytes, index),
      byteAt(bytes, index + 1),
      byteAt(bytes, index + 2),
      byteAt(bytes, index + 3),
    );
  }
  for (; index < end; index += 1) text += String.fromCharCode(byteAt(bytes, index));
  return text;
}

function decodeScalars(
  bytes: Uint8Array,
  start: number,
  end: number,
): { text: string; isValid: boolean } {
  let text = "";
  let isValid = true;
  let units: number[] = [];
  let offset = start;
  while (offset < end) {
    const scalar = readScalar(bytes, offset, end);
    if (scalar.code < 0) isValid = false;
    const code = scalar.code < 0 ? REPLACEMENT : scalar.code;
    if (code > 0xffff) units.push(0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
    else units.push(code);
    offset += scalar.length;
    if (units.length >= CHUNK_COUNT) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return { text: text + String.fromCharCode(...units), isValid };
}

interface Scalar {
  /** −1 when the bytes are no scalar. */
  code: number;
  /** Bytes taken: of a bad sequence its longest beginning that could have been good, or one. */
  length: number;
}

/** One object for all: it is read before the next call. */
const scalar: Scalar = { code: 0, length: 0 };

function readScalar(bytes: Uint8Array, offset: number, end: number): Readonly<Scalar> {
  const first = byteAt(bytes, offset);
  scalar.length = 1;
  scalar.code = first;
  if (first < 0x80) return scalar;
  scalar.code = -1;
  const length = sequenceLength(first);
  if (length === 0) return scalar;
  let code = first & (0x7f >> length);
  for (let part = 1; part < length; part += 1) {
    const byte = offset + part < end ? byteAt(bytes, offset + part) : 0;
    const least = part === 1 ? leastSecond(first) : 0x80;
    const most = part === 1 ? mostSecond(first) : 0xbf;
    if (byte < least || byte > most) return scalar;
    code = (code << 6) | (byte & 0x3f);
    scalar.length = part + 1;
  }
  scalar.code = code;
  return scalar;
}

function sequenceLength(first: number): number {
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/** Rules out overlong forms. */
function leastSecond(first: number): number {
  if (first === 0xe0) return 0xa0;
  return first === 0xf0 ? 0x90 : 0x80;
}

/** Rules out surrogates and what lies beyond U+10FFFF. */
function mostSecond(first: number): number {
  if (first === 0xed) return 0x9f;
  return first === 0xf4 ? 0x8f : 0xbf;
}

/** Order of two byte strings: negative, 0 or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index += 1) {
    const difference = byteAt(a, index) - byteAt(b, index);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/**
 * Order of two texts as their UTF-8 bytes, the same in every language; `<` on strings compares
 * UTF-16 units, which puts U+FFFF before U+10000 the wrong way round.
 */
export function compareUtf8(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index += 1) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x === y) continue;
    const isXHigh = x >= 0xd800 && x <= 0xdfff;
    const isYHigh = y >= 0xd800 && y <= 0xdfff;
    if (isXHigh !== isYHigh) return isXHigh ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}
