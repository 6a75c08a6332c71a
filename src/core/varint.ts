import { assert } from "./assert.ts";
import { at } from "./collections/at.ts";

/*
 * Unsigned LEB128, as in protobuf, for whole numbers up to 2^53 − 1. Each number has one form only:
 * the reader refuses needless zero bytes, so equal values mean equal bytes.
 */

const BYTES_MAX = 8;
/** 2^7, 2^14 … 2^49: beyond 31 bits the shift operators are of no use. */
const STEP = 128;

export function varintByteLength(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= STEP; rest = Math.floor(rest / STEP)) bytes += 1;
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
    assert(Number.isSafeInteger(value) && value >= 0, `varint of ${value}`);
    this.reserve(value < STEP ? 1 : varintByteLength(value));
    let rest = value;
    while (rest >= STEP) {
      this.buffer[this.offset] = (rest % STEP) | STEP;
      this.offset += 1;
      rest = Math.floor(rest / STEP);
    }
    this.buffer[this.offset] = rest;
    this.offset += 1;
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
    let value = 0;
    let factor = 1;
    for (let count = 1; count <= BYTES_MAX && this.offset < this.end; count += 1) {
      const byte = at(this.buffer, this.offset);
      this.offset += 1;
      value += (byte % STEP) * factor;
      if (byte < STEP) {
        if (byte === 0 && count > 1) return undefined;
        return Number.isSafeInteger(value) ? value : undefined;
      }
      factor *= STEP;
    }
    return undefined;
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
