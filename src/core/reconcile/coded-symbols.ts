import { at } from "../collections/at.ts";
import { varintByteLength } from "../varint.ts";

/** A key of 8 bytes and its check of 4. */
const FIXED_BYTES = 12;
const COUNT_MAX = 0x7fffffff;
/** Most symbols in one piece of bytes. [because: each costs its reader about a byte per byte] */
const SYMBOLS_MAX_COUNT = 65_536;

/**
 * A run of coded symbols of a set of keys: of all keys that a symbol holds, how many they are, and
 * the exclusive or of them and of their checks. What two sets share vanishes from the difference of
 * their symbols. [Yang, Gilad and Alizadeh 2024 §4, Rateless IBLT]
 */
export class CodedSymbols {
  readonly first: number;
  readonly count: number;
  readonly lows: Uint32Array;
  readonly highs: Uint32Array;
  readonly checks: Uint32Array;
  readonly counts: Int32Array;

  constructor(first: number, count: number) {
    this.first = first;
    this.count = count;
    this.lows = new Uint32Array(count);
    this.highs = new Uint32Array(count);
    this.checks = new Uint32Array(count);
    this.counts = new Int32Array(count);
  }

  /** Takes the symbols of another set off, index by index. Both begin at the same index. */
  subtract(other: CodedSymbols): void {
    const count = Math.min(this.count, other.count);
    for (let index = 0; index < count; index += 1) {
      this.lows[index] = at(this.lows, index) ^ at(other.lows, index);
      this.highs[index] = at(this.highs, index) ^ at(other.highs, index);
      this.checks[index] = at(this.checks, index) ^ at(other.checks, index);
      this.counts[index] = at(this.counts, index) - at(other.counts, index);
    }
  }

  /**
   * Per symbol: key and check, little end first, and a varint: for symbol 0 the count of all keys,
   * `total`, for others how far their count is from the share of it that is to be expected.
   */
  toBytes(total: number): Uint8Array {
    const told = Array.from({ length: this.count }, (_, index) => {
      const excess = at(this.counts, index) - expectedCount(total, this.first + index);
      return this.first + index === 0 ? total : zigzag(excess);
    });
    let length = this.count * FIXED_BYTES;
    for (const number of told) length += varintByteLength(number);
    const bytes = new Uint8Array(length);
    const view = new DataView(bytes.buffer);
    let offset = 0;
    for (const [index, number] of told.entries()) {
      view.setUint32(offset, at(this.lows, index), true);
      view.setUint32(offset + 4, at(this.highs, index), true);
      view.setUint32(offset + 8, at(this.checks, index), true);
      offset += FIXED_BYTES;
      let rest = number;
      for (; rest >= 128; rest = Math.floor(rest / 128)) {
        bytes[offset] = (rest % 128) | 128;
        offset += 1;
      }
      bytes[offset] = rest;
      offset += 1;
    }
    return bytes;
  }

  /**
   * Undefined where the bytes are no whole symbols, or more than anybody sends. `total` is what
   * symbol 0 counted; before that has come it is of no use.
   */
  static fromBytes(first: number, bytes: Uint8Array, total = 0): CodedSymbols | undefined {
    const ends = endsOf(bytes);
    if (ends === undefined) return undefined;
    const symbols = new CodedSymbols(first, ends.length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let offset = 0;
    let all = total;
    for (const [index, end] of ends.entries()) {
      symbols.lows[index] = view.getUint32(offset, true);
      symbols.highs[index] = view.getUint32(offset + 4, true);
      symbols.checks[index] = view.getUint32(offset + 8, true);
      let told = 0;
      for (let place = end - 1; place >= offset + FIXED_BYTES; place -= 1) {
        told = told * 128 + (at(bytes, place) & 127);
      }
      if (first + index === 0) all = told;
      const held = first + index === 0 ? all : expectedCount(all, first + index) + unzigzag(told);
      if (held < 0 || held > COUNT_MAX) return undefined;
      symbols.counts[index] = held;
      offset = end;
    }
    return symbols;
  }
}

/** How many of `total` keys a symbol holds on average. */
function expectedCount(total: number, index: number): number {
  return Math.round(total / (1 + index / 2));
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** Where each symbol ends. */
function endsOf(bytes: Uint8Array): number[] | undefined {
  const ends: number[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    let end = offset + FIXED_BYTES;
    while (end < bytes.length && at(bytes, end) >= 128) end += 1;
    end += 1;
    // Five bytes of varint hold more than any count that there may be.
    if (end > bytes.length || end - offset > FIXED_BYTES + 5) return undefined;
    if (ends.length >= SYMBOLS_MAX_COUNT) return undefined;
    ends.push(end);
    offset = end;
  }
  return ends;
}
