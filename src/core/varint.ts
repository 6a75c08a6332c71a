import { assert } from "./assert.ts";
import { byteAt } from "./collections/at.ts";
import { decodeUtf8Strict, utf8ByteLength, writeUtf8 } from "./text.ts";

/*
 * Unsigned LEB128, as in protobuf, for whole numbers up to 2^53 − 1. Each number has one form only:
 * the reader refuses needless zero bytes, so equal values mean equal bytes.
 */

const BYTES_MAX = 8;
/** 2^7, 2^14 … 2^49: beyond 31 bits the shift operators are of no use. */
const STEP = 128;
const TWO_31 = 2_147_483_648;

export function varintByteLength(value: number): number {
  if (value < STEP) return 1;
  let bytes = 2;
  for (let rest = value / STEP; rest >= STEP; rest /= STEP) bytes += 1;
  return bytes;
}

/** Appends to a buffer that grows. */
export class ByteWriter {
  private buffer: Uint8Array;
  private offset = 0;

  constructor(firstBytes = 64) {
    this.buffer = new Uint8Array(firstBytes);
  }

  get byteLength(): number {
    return this.offset;
  }

  varint(value: number): void {
    // A constant text: it would be put together at every call.
    assert(Number.isSafeInteger(value) && value >= 0, "a varint is a whole number from 0 on");
    if (this.offset + BYTES_MAX > this.buffer.length) this.reserve(varintByteLength(value));
    const { buffer } = this;
    let { offset } = this;
    let rest = value;
    for (; rest >= TWO_31; rest = Math.floor(rest / STEP)) {
      buffer[offset] = (rest % STEP) | STEP;
      offset += 1;
    }
    for (; rest >= STEP; rest >>>= 7) {
      buffer[offset] = (rest & 0x7f) | STEP;
      offset += 1;
    }
    buffer[offset] = rest;
    this.offset = offset + 1;
  }

  /** The length of its UTF-8, and that. */
  text(text: string): void {
    const length = utf8ByteLength(text);
    this.varint(length);
    this.reserve(length);
    writeUtf8(text, this.buffer, this.offset);
    this.offset += length;
  }

  /**
   * The length of what `write` writes, and that. Room for a length as long as that of
   * `likelyLength` is left; for another one, what was written moves.
   */
  measured(likelyLength: number, write: (writer: ByteWriter) => void): number {
    const place = this.offset;
    const left = varintByteLength(likelyLength);
    this.reserve(left);
    this.offset = place + left;
    write(this);
    const length = this.offset - place - left;
    const shift = varintByteLength(length) - left;
    if (shift !== 0) {
      if (shift > 0) this.reserve(shift);
      this.buffer.copyWithin(place + left + shift, place + left, place + left + length);
    }
    this.offset = place;
    this.varint(length);
    this.offset += length;
    return length;
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.offset] = value;
    this.offset += 1;
  }

  bytes(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.offset);
    this.offset += bytes.length;
  }

  /** Begins anew in the same buffer; what `finish` gave out while it was full is overwritten. */
  clear(): void {
    this.offset = 0;
  }

  /** What was written, as long as nothing more is. */
  view(): Uint8Array {
    return this.buffer.subarray(0, this.offset);
  }

  /** What was written. More may be written afterwards, which does not change it. */
  finish(): Uint8Array {
    // Full to the last byte, as whoever knew the length makes it: the next byte goes elsewhere.
    if (this.offset === this.buffer.length) return this.buffer;
    return this.buffer.slice(0, this.offset);
  }

  private reserve(count: number): void {
    if (this.offset + count <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(this.buffer.length * 2, this.offset + count));
    larger.set(this.buffer.subarray(0, this.offset));
    this.buffer = larger;
  }
}

/**
 * Reads front to back. Every method answers undefined where the bytes end too early or are wrong.
 */
export class ByteReader {
  private readonly buffer: Uint8Array;
  private offset: number;
  private readonly end: number;

  constructor(buffer: Uint8Array, start = 0, end = buffer.length) {
    this.buffer = buffer;
    this.offset = start;
    this.end = end;
  }

  get remainingBytes(): number {
    return this.end - this.offset;
  }

  /** Where the next byte stands in the buffer. */
  get at(): number {
    return this.offset;
  }

  /** Passes over the next `count` bytes. False when there are not so many. */
  skip(count: number): boolean {
    if (count < 0 || count > this.remainingBytes) return false;
    this.offset += count;
    return true;
  }

  varint(): number | undefined {
    const { buffer, end } = this;
    let { offset } = this;
    if (offset >= end) return undefined;
    const first = byteAt(buffer, offset);
    if (first < STEP) {
      this.offset = offset + 1;
      return first;
    }
    let value = first & 0x7f;
    let factor = STEP;
    for (let count = 2; count <= BYTES_MAX; count += 1) {
      offset += 1;
      if (offset >= end) break;
      const byte = byteAt(buffer, offset);
      value += (byte & 0x7f) * factor;
      if (byte < STEP) {
        this.offset = offset + 1;
        return byte > 0 && Number.isSafeInteger(value) ? value : undefined;
      }
      factor *= STEP;
    }
    this.offset = Math.min(offset + 1, end);
    return undefined;
  }

  /** As `ByteWriter.text` writes it; undefined when it is no UTF-8, too. */
  text(): string | undefined {
    const length = this.varint() ?? -1;
    const start = this.offset;
    if (!this.skip(length)) return undefined;
    return decodeUtf8Strict(this.buffer, start, start + length);
  }

  byte(): number | undefined {
    if (this.offset >= this.end) return undefined;
    this.offset += 1;
    return this.buffer[this.offset - 1];
  }

  /** The next `count` bytes as a view, not a copy. */
  bytes(count: number): Uint8Array | undefined {
    if (count < 0 || count > this.remainingBytes) return undefined;
    this.offset += count;
    return this.buffer.subarray(this.offset - count, this.offset);
  }
}
