import { Buffer, isUtf8 } from "node:buffer";
import { isEscape } from "./text-length.ts";

/**
 * Text on the wire is whatever bytes the other side calls a string; Go does not check them. A byte
 * that is no UTF-8 becomes a lone surrogate U+DC80 … U+DCFF and back (PEP 383), so that a strange
 * name is passed on unchanged and two strange names stay two names.
 */
const ESCAPE_BASE = 0xdc00;

/** Matches surrogates without a partner only. */
const loneSurrogate = /\p{Surrogate}/u;

/** Longest text kept by `TextCache`: node names rarely grow beyond a host name. */
const CACHED_LENGTH_MAX = 48;
const CACHE_SLOTS = 1024;
/** Most code units handed to String.fromCharCode at once, for they travel on the stack. */
const CHUNK_COUNT = 4_096;

/** A view of `bytes` as Node's Buffer; copies nothing. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function encodeText(text: string): Uint8Array {
  if (!loneSurrogate.test(text)) return Buffer.from(text, "utf8");
  // An escape is one byte, any other unit three at most.
  const bytes = Buffer.allocUnsafe(text.length * 3);
  let length = 0;
  let plainFrom = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (!isEscape(text, at)) continue;
    length += bytes.write(text.slice(plainFrom, at), length, "utf8");
    bytes[length] = text.charCodeAt(at) - ESCAPE_BASE;
    length += 1;
    plainFrom = at + 1;
  }
  length += bytes.write(text.slice(plainFrom), length, "utf8");
  return Uint8Array.from(bytes.subarray(0, length));
}

export function decodeText(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return asBuffer(bytes).toString("utf8");
  let text = "";
  let units: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) units.push(ESCAPE_BASE + (bytes[at] ?? 0));
    else pushScalar(units, bytes, { at, length });
    at += Math.max(1, length);
    if (units.length < CHUNK_COUNT) continue;
    text += String.fromCharCode(...units);
    units = [];
  }
  return text + String.fromCharCode(...units);
}

function pushScalar(
  units: number[],
  bytes: Uint8Array,
  { at, length }: { readonly at: number; readonly length: number },
): void {
  const first = bytes[at] ?? 0;
  if (length === 1) {
    units.push(first);
    return;
  }
  let code = first & (0x7f >> length);
  for (let part = 1; part < length; part += 1)
    code = (code << 6) | ((bytes[at + part] ?? 0) & 0x3f);
  if (code > 0xffff) units.push(0xd7c0 + (code >> 10), ESCAPE_BASE + (code & 0x3ff));
  else units.push(code);
}

/**
 * Length of the valid UTF-8 sequence at `at`, or 0. Without a call into the system for each byte:
 * a stream may hold megabytes of bytes that are no text. [Unicode 15, table 3-7]
 */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (length === 0 || at + length > bytes.length) return 0;
  const second = bytes[at + 1] ?? 0;
  // Rules out overlong forms, surrogates, and what lies beyond U+10FFFF.
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let part = 2; part < length; part += 1) {
    if (((bytes[at + part] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

/**
 * Short ASCII texts seen before, so that a name which comes with every packet is one string whose
 * hash is known already. One text a slot: a flood of names costs time, never memory.
 */
export class TextCache {
  private readonly slots: (string | undefined)[] = new Array<string | undefined>(CACHE_SLOTS);

  get(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length > CACHED_LENGTH_MAX) return decodeText(bytes.subarray(start, end));
    let hash = length;
    let seen = 0;
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at] ?? 0;
      seen |= byte;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    if (seen >= 0x80) return decodeText(bytes.subarray(start, end));
    const slot = (hash ^ (hash >>> 15)) & (CACHE_SLOTS - 1);
    const known = this.slots[slot];
    if (known !== undefined && isSame(known, bytes, start, end)) return known;
    const text = asBuffer(bytes.subarray(start, end)).toString("latin1");
    this.slots[slot] = text;
    return text;
  }
}

function isSame(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i += 1) {
    if (text.charCodeAt(i) !== bytes[start + i]) return false;
  }
  return true;
}
