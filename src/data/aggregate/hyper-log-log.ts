import { at, byteAt } from "../../core/collections/at.ts";
import { ln, pow } from "../../core/math.ts";
import { textLanes } from "../../core/seq-ranges.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type { Mergeable } from "./registers.ts";

/** 2^14 registers: 0.81 %. [spec aggregation §7] */
const INDEX_BITS = 14;
const REGISTERS_COUNT = 1 << INDEX_BITS;
/** Of what is left of 64 bits behind the index, the first one may stand at 1 … 51. */
const RANK_MAX = 64 - INDEX_BITS + 1;
/** α of so many registers. [Flajolet 2007] */
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS_COUNT);

/** Relative standard error of an estimate. */
export const distinctErrorRatio = 1.04 / Math.sqrt(REGISTERS_COUNT);

/**
 * How many different items there are, in 2^14 registers: each item is hashed, and a register keeps
 * the longest run of zeros it saw. The same item twice is the same hash; registers merge by their
 * maximum. [Flajolet, Fusy, Gandouet, Meunier 2007; spec aggregation §7]
 */
export class HyperLogLog {
  private readonly registers = new Uint8Array(REGISTERS_COUNT);

  add(item: string): void {
    const lanes = textLanes(item);
    const high = mixed(lanes.high);
    const low = mixed(lanes.low ^ high);
    const index = high >>> (32 - INDEX_BITS);
    const rest = (high << INDEX_BITS) >>> 0;
    const zeros = rest === 0 ? 32 - INDEX_BITS + Math.clz32(low) : Math.clz32(rest);
    const rank = Math.min(RANK_MAX, zeros + 1);
    if (rank > at(this.registers, index)) this.registers[index] = rank;
  }

  merge(other: HyperLogLog): void {
    for (let index = 0; index < REGISTERS_COUNT; index += 1) {
      const rank = at(other.registers, index);
      if (rank > at(this.registers, index)) this.registers[index] = rank;
    }
  }

  clear(): void {
    this.registers.fill(0);
  }

  /** Few items leave registers empty, whose number tells more than the ranks do. */
  estimate(): number {
    let sum = 0;
    let emptyCount = 0;
    for (const rank of this.registers) {
      sum += pow(2, -rank);
      if (rank === 0) emptyCount += 1;
    }
    const raw = (ALPHA * REGISTERS_COUNT * REGISTERS_COUNT) / sum;
    const isFew = raw <= 2.5 * REGISTERS_COUNT && emptyCount > 0;
    return isFew ? REGISTERS_COUNT * ln(REGISTERS_COUNT / emptyCount) : raw;
  }

  /** 0 ‖ the registers, a byte each; or 1 ‖ (gap varint ‖ rank)… of those that are not empty. */
  encode(): Uint8Array {
    const sparse = new ByteWriter();
    sparse.byte(1);
    let last = -1;
    for (let index = 0; index < REGISTERS_COUNT; index += 1) {
      const rank = at(this.registers, index);
      if (rank === 0) continue;
      sparse.varint(index - last);
      sparse.byte(rank);
      last = index;
      if (sparse.byteLength > DENSE_BYTES) return this.encodeDense();
    }
    return sparse.finish();
  }

  /** undefined of what are no registers. */
  static decode(bytes: Uint8Array): HyperLogLog | undefined {
    if (bytes[0] === 0) return HyperLogLog.decodeDense(bytes);
    const reader = new ByteReader(bytes);
    if (reader.byte() !== 1) return undefined;
    const sketch = new HyperLogLog();
    let index = -1;
    while (reader.remainingBytes > 0) {
      const gap = reader.varint();
      const rank = reader.byte();
      if (gap === undefined || rank === undefined || gap === 0) return undefined;
      index += gap;
      if (index >= REGISTERS_COUNT || rank < 1 || rank > RANK_MAX) return undefined;
      sketch.registers[index] = rank;
    }
    return sketch;
  }

  private encodeDense(): Uint8Array {
    const bytes = new Uint8Array(DENSE_BYTES);
    // Six bits hold a rank: four registers in three bytes.
    for (let index = 0; index < REGISTERS_COUNT; index += 4) {
      const [a, b, c, d] = [0, 1, 2, 3].map((more) => at(this.registers, index + more));
      const word = ((a ?? 0) << 18) | ((b ?? 0) << 12) | ((c ?? 0) << 6) | (d ?? 0);
      const place = 1 + (index / 4) * 3;
      bytes[place] = word >>> 16;
      bytes[place + 1] = word >>> 8;
      bytes[place + 2] = word;
    }
    return bytes;
  }

  private static decodeDense(bytes: Uint8Array): HyperLogLog | undefined {
    if (bytes.length !== DENSE_BYTES) return undefined;
    const sketch = new HyperLogLog();
    for (let index = 0; index < REGISTERS_COUNT; index += 4) {
      const place = 1 + (index / 4) * 3;
      const high = byteAt(bytes, place) << 16;
      const word = high | (byteAt(bytes, place + 1) << 8) | byteAt(bytes, place + 2);
      for (let more = 0; more < 4; more += 1) {
        const rank = (word >>> (18 - 6 * more)) & 0x3f;
        if (rank > RANK_MAX) return undefined;
        sketch.registers[index + more] = rank;
      }
    }
    return sketch;
  }
}

const DENSE_BYTES = 1 + (REGISTERS_COUNT * 3) / 4;

/** The registers of distinct items, as all nodes merge them. */
export const distinctRegisters: Mergeable = {
  merge(one, other) {
    const sketch = HyperLogLog.decode(one);
    const second = HyperLogLog.decode(other);
    if (sketch === undefined || second === undefined) return undefined;
    sketch.merge(second);
    return sketch.encode();
  },
};

/** All bits of a word in all of its bits. (murmur3's finalizer) */
function mixed(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
