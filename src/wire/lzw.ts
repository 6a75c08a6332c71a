/**
 * LZW as memberlist uses it: GIF's variant, least significant bit first, 8-bit literals, codes of 9
 * to 12 bits. Source: specs/memberlist-wire.md section 7; the encoder gives the very bytes of Go's.
 */
import { Buffer } from "node:buffer";

const CLEAR = 256;
const END = 257;
const WIDTH_MIN = 9;
const WIDTH_MAX = 12;
const CODE_MAX = (1 << WIDTH_MAX) - 1;

/** Slots of the encoder's hash table: four times the codes, so that probing stays short. */
const TABLE_SLOTS = 1 << (WIDTH_MAX + 2);

export function lzwEncode(plain: Uint8Array): Uint8Array {
  encoder.begin(plain.length);
  const first = plain[0];
  if (first !== undefined) {
    let code = first;
    for (let i = 1; i < plain.length; i += 1) code = encoder.push(code, plain[i] ?? 0);
    encoder.finish(code);
  }
  return encoder.end();
}

class LzwEncoder {
  /** Each slot: code and byte above, the code of the two together in the low 12 bits; 0 = free. */
  private readonly table = new Uint32Array(TABLE_SLOTS);
  private out: Buffer = Buffer.alloc(0);
  private length = 0;
  private bits = 0;
  private bitsCount = 0;
  private width = WIDTH_MIN;
  private last = END;
  private overflow = 1 << WIDTH_MIN;

  begin(plainBytes: number): void {
    // A code of 12 bits for every byte is the worst case, but for the clear codes.
    this.out = Buffer.allocUnsafe(Math.ceil(plainBytes * 1.51) + 16);
    this.length = 0;
    this.bits = 0;
    this.bitsCount = 0;
    this.reset();
    this.emit(CLEAR);
  }

  /** Lengthens the string of `code` by `byte`; what is returned stands for it from now on. */
  push(code: number, byte: number): number {
    const key = (code << 8) | byte;
    let slot = ((key >> 12) ^ key) & (TABLE_SLOTS - 1);
    for (;;) {
      const entry = this.table[slot] ?? 0;
      if (entry === 0) break;
      if (entry >>> WIDTH_MAX === key) return entry & CODE_MAX;
      slot = (slot + 1) & (TABLE_SLOTS - 1);
    }
    this.emit(code);
    if (this.grow()) this.table[slot] = (key << WIDTH_MAX) | this.last;
    return byte;
  }

  finish(code: number): void {
    this.emit(code);
    this.grow();
  }

  end(): Uint8Array {
    this.emit(END);
    if (this.bitsCount > 0) this.putByte();
    return this.out.subarray(0, this.length);
  }

  private reset(): void {
    this.width = WIDTH_MIN;
    this.last = END;
    this.overflow = 1 << WIDTH_MIN;
    this.table.fill(0);
  }

  /** Makes room for one more code. False when the table was full and had to be emptied. */
  private grow(): boolean {
    this.last += 1;
    if (this.last === this.overflow) {
      this.width += 1;
      this.overflow <<= 1;
    }
    if (this.last !== CODE_MAX) return true;
    this.emit(CLEAR);
    this.reset();
    return false;
  }

  private emit(code: number): void {
    this.bits |= code << this.bitsCount;
    this.bitsCount += this.width;
    while (this.bitsCount >= 8) this.putByte();
  }

  private putByte(): void {
    this.out[this.length] = this.bits & 0xff;
    this.length += 1;
    this.bits >>>= 8;
    this.bitsCount = Math.max(0, this.bitsCount - 8);
  }
}

const encoder = new LzwEncoder();

export type LzwOutcome =
  | { readonly kind: "plain"; readonly bytes: Uint8Array }
  /** "tooLarge": more than `plainMaxBytes` come out. "compression": the bytes are no LZW. */
  | { readonly kind: "failure"; readonly reason: "tooLarge" | "compression" };

/** What each code stands for. */
class LzwTable {
  readonly prefixes = new Uint16Array(CODE_MAX + 1);
  readonly suffixes = new Uint8Array(CODE_MAX + 1);
  /** Length of the string of each code. */
  readonly lengths = new Uint16Array(CODE_MAX + 1);

  constructor() {
    for (let code = 0; code < CLEAR; code += 1) {
      this.suffixes[code] = code;
      this.lengths[code] = 1;
    }
  }
}

/** For unpacking at one go; who stops in between has a table of its own. */
const sharedTable = new LzwTable();

const notLzw: LzwOutcome = { kind: "failure", reason: "compression" };
const tooLarge: LzwOutcome = { kind: "failure", reason: "tooLarge" };
const NONE = -1;

/** Unpacks at most `plainMaxBytes`. Each code costs time in proportion to what it puts out. */
export function lzwDecode(packed: Uint8Array, plainMaxBytes: number): LzwOutcome {
  const unpacking = new LzwUnpacking(packed, plainMaxBytes, sharedTable);
  return unpacking.goOn(Number.POSITIVE_INFINITY) ?? notLzw;
}

/** Unpacking that can stop and go on: megabytes take longer than a node may be silent. */
export class LzwUnpacking {
  private readonly packed: Uint8Array;
  private readonly table: LzwTable;
  private readonly output: Output;
  private at = 0;
  private bits = 0;
  private bitsCount = 0;
  private width = WIDTH_MIN;
  private high = END;
  private last = NONE;

  constructor(packed: Uint8Array, plainMaxBytes: number, table: LzwTable = new LzwTable()) {
    const sizeBytes = Math.min(plainMaxBytes, packed.length * 4 + 64);
    this.packed = packed;
    this.table = table;
    this.output = new Output(table, sizeBytes, plainMaxBytes);
  }

  get heldBytes(): number {
    return this.output.capacity;
  }

  /** Goes on for so many bytes, read and put out. @returns undefined when there is more to do. */
  goOn(sliceBytes: number): LzwOutcome | undefined {
    const { packed, output, table } = this;
    const { prefixes, suffixes, lengths } = table;
    const pauseAt = this.at + output.length + sliceBytes;
    const packedLength = packed.length;
    let { at, bits, bitsCount, width, high, last } = this;
    for (;;) {
      while (bitsCount < width) {
        if (at >= packedLength) return notLzw;
        bits |= (packed[at] ?? 0) << bitsCount;
        bitsCount += 8;
        at += 1;
      }
      const code = bits & ((1 << width) - 1);
      bits >>>= width;
      bitsCount -= width;
      if (code === END) return { kind: "plain", bytes: output.taken() };
      if (code === CLEAR) {
        width = WIDTH_MIN;
        high = END;
        last = NONE;
        if (at < pauseAt) continue;
        break;
      }
      // The code being defined now means the last string and its own first byte once more.
      const isOwn = code === high && last !== NONE && code > END;
      if (code > high) return notLzw;
      const first = isOwn ? output.putOwn(last) : output.put(code);
      if (first < 0) return tooLarge;
      if (last !== NONE) {
        prefixes[high] = last;
        suffixes[high] = first;
        lengths[high] = (lengths[last] ?? 0) + 1;
      }
      last = code;
      high += 1;
      if (high >= 1 << width) {
        if (width < WIDTH_MAX) width += 1;
        else {
          last = NONE;
          high -= 1;
        }
      }
      if (at + output.length >= pauseAt) break;
    }
    Object.assign(this, { at, bits, bitsCount, width, high, last });
    return undefined;
  }
}

/** Grows by doubling up to a limit. */
class Output {
  length = 0;
  private readonly table: LzwTable;
  private bytes: Buffer;
  private readonly maxBytes: number;

  constructor(table: LzwTable, sizeBytes: number, maxBytes: number) {
    this.table = table;
    this.bytes = Buffer.allocUnsafe(sizeBytes);
    this.maxBytes = maxBytes;
  }

  get capacity(): number {
    return this.bytes.length;
  }

  taken(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** Puts out the string of `code`; returns its first byte, or -1 when it does not fit. */
  put(code: number): number {
    const { prefixes, suffixes, lengths } = this.table;
    const length = lengths[code] ?? 0;
    const start = this.length;
    const end = start + length;
    if (end > this.bytes.length && !this.reserve(length)) return -1;
    const { bytes } = this;
    let rest = code;
    for (let at = end - 1; at > start; at -= 1) {
      bytes[at] = suffixes[rest] ?? 0;
      rest = prefixes[rest] ?? 0;
    }
    const first = suffixes[rest] ?? 0;
    bytes[start] = first;
    this.length = end;
    return first;
  }

  /** Puts out the string of `code` and its first byte behind it. */
  putOwn(code: number): number {
    const first = this.put(code);
    if (first < 0 || !this.reserve(1)) return -1;
    this.bytes[this.length] = first;
    this.length += 1;
    return first;
  }

  private reserve(count: number): boolean {
    const wanted = this.length + count;
    if (wanted > this.maxBytes) return false;
    if (wanted > this.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.min(this.maxBytes, wanted * 2));
      grown.set(this.bytes.subarray(0, this.length), 0);
      this.bytes = grown;
    }
    return true;
  }
}
