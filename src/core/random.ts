import { AssertionError } from "./assert.ts";
import { at } from "./collections/at.ts";
import { ln, sqrt } from "./math.ts";

/** All that a `Random` is: four unsigned 32-bit numbers. */
export type RandomState = readonly [number, number, number, number];

const TWO_32 = 4_294_967_296;
const TWO_53 = 9_007_199_254_740_992;
/** Steps thrown away after seeding, so that neighbouring seeds have nothing in common. */
const WARM_UP_STEPS = 12;
/** Samples up to this size are searched one by one. */
const SMALL_SAMPLE_COUNT = 32;

/** Text parts and numbers to four words; each character disturbs all of them. */
class SeedHash {
  private a = 0x243f6a88;
  private b = 0x85a308d3;
  private c = 0x13198a2e;
  private d = 0x03707344;

  add(word: number): void {
    this.a = Math.imul(this.a ^ word, 0x9e3779b1);
    this.b = Math.imul(this.b ^ (this.a >>> 15) ^ word, 0x85ebca77);
    this.c = Math.imul(this.c ^ (this.b >>> 13) ^ word, 0xc2b2ae3d);
    this.d = Math.imul(this.d ^ (this.c >>> 16) ^ word, 0x27d4eb2f);
    this.a ^= this.d >>> 14;
  }

  addPart(part: number | bigint | string): void {
    const text = String(part);
    // The kind and the length keep (1, "2") from ("1", 2) and ("ab", "c") from ("a", "bc").
    this.add(typeof part === "string" ? 1 : 2);
    this.add(text.length);
    for (let index = 0; index < text.length; index += 1) this.add(text.charCodeAt(index));
  }

  state(): RandomState {
    return [this.a >>> 0, this.b >>> 0, this.c >>> 0, this.d >>> 0];
  }
}

/**
 * Seeded dice: sfc32 by Chris Doty-Humphrey (PractRand), 128 bits of state, a period of at least
 * 2^32 for any seed and 2^127 on average. Not for secrets.
 */
export class Random {
  private a = 0;
  private b = 0;
  private c = 0;
  private counter = 0;

  /** Equal seeds, equal sequences. The numbers 1 and 1n are the same seed, the text "1" another. */
  constructor(seed: number | bigint | string) {
    this.seed([seed]);
  }

  /** The stream that belongs to a path such as (seed, node, channel): independent of all others. */
  static derive(...path: readonly (number | bigint | string)[]): Random {
    const random = new Random(0);
    random.seed(path);
    return random;
  }

  /** Goes on where `state` was taken. */
  static restore(state: RandomState): Random {
    const random = new Random(0);
    random.a = state[0] | 0;
    random.b = state[1] | 0;
    random.c = state[2] | 0;
    random.counter = state[3] | 0;
    return random;
  }

  /** From which another one goes on just like this one. */
  state(): RandomState {
    return [this.a >>> 0, this.b >>> 0, this.c >>> 0, this.counter >>> 0];
  }

  /** Uniform 32-bit unsigned integer. */
  uint32(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Whole number, uniform in 0 … bound − 1, without bias. `bound` is 1 … 2^53. */
  below(bound: number): number {
    // The text of a failure costs more than the draw, so it is made only for one.
    if (!(Number.isInteger(bound) && bound >= 1 && bound <= TWO_53)) refuseBound(bound);
    if (bound === 1) return 0;
    if (bound > TWO_32) return this.belowLarge(bound);
    const shift = Math.clz32(bound - 1);
    // Less than one draw in two is thrown away.
    for (;;) {
      const draw = this.uint32() >>> shift;
      if (draw < bound) return draw;
    }
  }

  private belowLarge(bound: number): number {
    const shift = Math.clz32(Math.floor((bound - 1) / TWO_32));
    for (;;) {
      const draw = (this.uint32() >>> shift) * TWO_32 + this.uint32();
      if (draw < bound) return draw;
    }
  }

  /** Real number, uniform in [0, 1), with 53 bits. */
  real(): number {
    const high = this.uint32() >>> 5;
    return (high * 67_108_864 + (this.uint32() >>> 6)) / TWO_53;
  }

  /** True with probability `ratio`; 0 never, 1 always. */
  chance(ratio: number): boolean {
    return this.real() < ratio;
  }

  /** One element, uniform; undefined of an empty list. */
  pick<T>(items: readonly T[]): T | undefined {
    return items.length === 0 ? undefined : items[this.below(items.length)];
  }

  /** Puts `items` in random order, in place. (Fisher and Yates) */
  shuffle<T>(items: T[]): T[] {
    for (let last = items.length - 1; last > 0; last -= 1) {
      const other = this.below(last + 1);
      const kept = at(items, last);
      items[last] = at(items, other);
      items[other] = kept;
    }
    return items;
  }

  /**
   * `count` distinct whole numbers below `bound` (all of them when there are fewer), every ordered
   * choice as likely as any other. O(count). (Floyd's algorithm, then a shuffle)
   */
  sampleIndexes(bound: number, count: number): number[] {
    const wanted = Math.min(count, bound);
    if (wanted <= SMALL_SAMPLE_COUNT) return this.shuffle(this.smallSample(bound, wanted));
    const chosen = new Set<number>();
    for (let last = bound - wanted; last < bound; last += 1) {
      const draw = this.below(last + 1);
      chosen.add(chosen.has(draw) ? last : draw);
    }
    return this.shuffle([...chosen]);
  }

  /** The same draws without a set, which costs more than it saves among a few. */
  private smallSample(bound: number, wanted: number): number[] {
    const chosen: number[] = [];
    for (let last = bound - wanted; last < bound; last += 1) {
      const draw = this.below(last + 1);
      chosen.push(chosen.includes(draw) ? last : draw);
    }
    return chosen;
  }

  /** Exponentially distributed with this mean, at least 0. */
  exponential(mean: number): number {
    return -mean * ln(1 - this.real());
  }

  /** Normally distributed. (Marsaglia's polar method: needs no sine) */
  normal(mean: number, deviation: number): number {
    for (;;) {
      const x = 2 * this.real() - 1;
      const y = 2 * this.real() - 1;
      const square = x * x + y * y;
      if (square > 0 && square < 1) return mean + deviation * x * sqrt((-2 * ln(square)) / square);
    }
  }

  /** `count` uniform bytes. */
  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let start = 0; start < count; start += 4) {
      const word = this.uint32();
      for (let part = 0; part < 4 && start + part < count; part += 1) {
        bytes[start + part] = word >>> (8 * part);
      }
    }
    return bytes;
  }

  private seed(path: readonly (number | bigint | string)[]): void {
    const hash = new SeedHash();
    for (const part of path) hash.addPart(part);
    // A last word after the parts, so that a path differs from its own beginning.
    hash.add(path.length);
    const state = hash.state();
    this.a = state[0] | 0;
    this.b = state[1] | 0;
    this.c = state[2] | 0;
    this.counter = state[3] | 0;
    for (let step = 0; step < WARM_UP_STEPS; step += 1) this.uint32();
  }
}

function refuseBound(bound: number): never {
  throw new AssertionError(`below(${bound})`);
}
