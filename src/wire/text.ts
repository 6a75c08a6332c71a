import { Buffer, isUtf8 } from "node:buffer";

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

/** A view of `bytes` as Node's Buffer; copies nothing. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Bytes of `text` on the wire. */
export function textByteLength(text: string): number {
  for (let i = 0; i < text.length; i += 1) {
    if (text.charCodeAt(i) >= 0x80) return encodeText(text).length;
  }
  return text.length;
}

export function encodeText(text: string): Uint8Array {
  if (!loneSurrogate.test(text)) return Buffer.from(text, "utf8");
  const parts: Uint8Array[] = [];
  for (const character of text) {
    const code = character.charCodeAt(0);
    const isEscape = character.length === 1 && code >= ESCAPE_BASE + 0x80 && code <= 0xdcff;
    parts.push(isEscape ? Uint8Array.of(code - ESCAPE_BASE) : Buffer.from(character, "utf8"));
  }
  return Buffer.concat(parts);
}

export function decodeText(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return asBuffer(bytes).toString("utf8");
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length > 0) text += asBuffer(bytes.subarray(at, at + length)).toString("utf8");
    else text += String.fromCharCode(ESCAPE_BASE + (bytes[at] ?? 0));
    at += Math.max(1, length);
  }
  return text;
}

/** Length of the valid UTF-8 sequence at `at`, or 0. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length += 1) {
    if (isUtf8(bytes.subarray(at, at + length))) return length;
  }
  return 0;
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
