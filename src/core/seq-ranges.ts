import { assert } from "./assert.ts";
import { byteAt, numberAt } from "./collections/at.ts";

const TWO_21_MASK = 0x1fffff;
/** From here on a search for each range is cheaper than a walk past those between. [guess] */
const SPARSE_RATIO = 16;
const TWO_32 = 4_294_967_296;

/** Two 32-bit lanes of a sum of range hashes; sums do not depend on order. */
export interface HashLanes {
  readonly low: number;
  readonly high: number;
}

const NO_CHANGE: HashLanes = { low: 0, high: 0 };

/** One number of 53 bits out of two lanes. */
export function joinLanes({ low, high }: HashLanes): number {
  return ((high >>> 0) & TWO_21_MASK) * TWO_32 + (low >>> 0);
}

function mix(hash: number, word: number): number {
  let mixed = Math.imul(hash ^ word, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function mixNumber(hash: number, value: number): number {
  return mix(mix(hash, value | 0), Math.floor(value / TWO_32) | 0);
}

const FIRST_LANES: HashLanes = { low: 0x2545f491, high: 0x6c8e9cf5 };

/** Lanes for a text behind what `lanes` stands for, to begin the hashes of its ranges with. */
export function textLanes(text: string, lanes = FIRST_LANES): HashLanes {
  let { high, low } = lanes;
  for (let index = 0; index < text.length; index += 1) {
    low = mix(low, text.charCodeAt(index));
    high = mix(high + low, text.charCodeAt(index));
  }
  return { low, high };
}

/** Lanes of what `lanes` stands for, and these bytes behind it. */
export function bytesLanes(lanes: HashLanes, bytes: Uint8Array): HashLanes {
  let { high, low } = lanes;
  for (let index = 0; index < bytes.length; index += 1) {
    low = mix(low, byteAt(bytes, index));
    high = mix(high + low, byteAt(bytes, index));
  }
  return { low, high };
}

/**
 * A set of sequence numbers ≥ 1 of one origin, as sorted ranges that neither meet nor overlap, so
 * that equal sets have equal ranges. Mostly it is one range that begins at 1.
 */
export class SeqRanges {
  /** first₀, last₀, first₁, last₁ … */
  private bounds: number[];
  private readonly seed: HashLanes;
  private low = 0;
  private high = 0;
  private count = 0;
  /** Where the last range ended when it was hashed; 0 while its hash is right. */
  private hashedLast = 0;

  constructor(seed: HashLanes) {
    this.seed = seed;
    this.bounds = [];
  }

  clone(): SeqRanges {
    const copy = new SeqRanges(this.seed);
    copy.bounds = this.bounds.slice();
    copy.low = this.low;
    copy.high = this.high;
    copy.count = this.count;
    copy.hashedLast = this.hashedLast;
    return copy;
  }

  /** How many sequence numbers. */
  get size(): number {
    return this.count;
  }

  get rangesCount(): number {
    return this.bounds.length / 2;
  }

  /** The end of the range that begins at 1; 0 when 1 is missing. */
  get prefix(): number {
    return this.bounds[0] === 1 ? numberAt(this.bounds, 1) : 0;
  }

  /** The largest number; 0 when there is none. */
  get last(): number {
    return this.bounds.length === 0 ? 0 : numberAt(this.bounds, this.bounds.length - 1);
  }

  get lanes(): HashLanes {
    assert(this.hashedLast === 0, "summed up before it is looked at");
    return { low: this.low, high: this.high };
  }

  /** True when the lanes have not been summed up since the last `extend`. */
  get isStale(): boolean {
    return this.hashedLast > 0;
  }

  firstOf(range: number): number {
    return numberAt(this.bounds, 2 * range);
  }

  lastOf(range: number): number {
    return numberAt(this.bounds, 2 * range + 1);
  }

  /** Index of the first range that ends at `seq` or later; `rangesCount` when none does. */
  rangeFrom(seq: number): number {
    return this.firstRangeEndingFrom(seq);
  }

  has(seq: number): boolean {
    return this.hasRange(seq, seq);
  }

  hasRange(first: number, last: number): boolean {
    const range = this.firstRangeEndingFrom(first);
    return range < this.rangesCount && this.firstOf(range) <= first && this.lastOf(range) >= last;
  }

  /**
   * Adds all from the largest number, which there must be, up to `last`. By far the most common way
   * to grow, and so the hash of what has grown waits until somebody asks.
   */
  extend(last: number): void {
    const end = this.bounds.length - 1;
    const former = numberAt(this.bounds, end);
    assert(Number.isSafeInteger(last) && last > former, "extended backwards");
    if (this.hashedLast === 0) this.hashedLast = former;
    this.bounds[end] = last;
    this.count += last - former;
  }

  /** Sums up what `extend` has left. @returns by how much the lanes have changed. */
  freshen(): HashLanes {
    if (this.hashedLast === 0) return NO_CHANGE;
    const { high, low } = this;
    const end = this.bounds.length - 1;
    const last = numberAt(this.bounds, end);
    this.bounds[end] = this.hashedLast;
    this.hashRange(this.rangesCount - 1, -1);
    this.bounds[end] = last;
    this.hashRange(this.rangesCount - 1, 1);
    this.hashedLast = 0;
    return { low: (this.low - low) | 0, high: (this.high - high) | 0 };
  }

  /** Adds first … last; returns how many of them are new. */
  addRange(first: number, last: number): number {
    assert(
      Number.isSafeInteger(first) && Number.isSafeInteger(last) && first >= 1 && first <= last,
      "sequence numbers are whole, from 1 on and in order",
    );
    assert(this.hashedLast === 0, "summed up before it changes otherwise");
    // The ranges from `from` up to `to` touch the new one and become part of it.
    const from = this.firstRangeEndingFrom(first - 1);
    let to = from;
    let low = first;
    let high = last;
    let had = 0;
    while (to < this.rangesCount && this.firstOf(to) <= last + 1) {
      low = Math.min(low, this.firstOf(to));
      high = Math.max(high, this.lastOf(to));
      had += this.lastOf(to) - this.firstOf(to) + 1;
      this.hashRange(to, -1);
      to += 1;
    }
    if (to === from + 1) {
      this.bounds[2 * from] = low;
      this.bounds[2 * from + 1] = high;
    } else this.bounds.splice(2 * from, 2 * (to - from), low, high);
    this.hashRange(from, 1);
    const added = high - low + 1 - had;
    this.count += added;
    return added;
  }

  /** The runs that `other` lacks, ascending, until `visit` returns false; false when it did. */
  forEachMissingFrom(
    other: SeqRanges | undefined,
    visit: (first: number, last: number) => boolean,
  ): boolean {
    // A few numbers must not cost a walk through all of another's ranges.
    let there = this.rangesCount === 0 ? 0 : (other?.firstRangeEndingFrom(this.firstOf(0)) ?? 0);
    const isSparse = other !== undefined && other.rangesCount > SPARSE_RATIO * this.rangesCount;
    for (let range = 0; range < this.rangesCount; range += 1) {
      let first = this.firstOf(range);
      const last = this.lastOf(range);
      if (isSparse) there = other.firstRangeEndingFrom(first);
      if (other !== undefined) {
        while (there < other.rangesCount && other.lastOf(there) < first) there += 1;
        while (there < other.rangesCount && other.firstOf(there) <= last) {
          const before = other.firstOf(there) - 1;
          if (before >= first && !visit(first, before)) return false;
          first = other.lastOf(there) + 1;
          if (first > last) break;
          there += 1;
        }
      }
      if (first <= last && !visit(first, last)) return false;
    }
    return true;
  }

  /** Index of the first range whose end is at least `seq`; `rangesCount` when none is. */
  private firstRangeEndingFrom(seq: number): number {
    let high = this.rangesCount;
    // Nearly every number added is the next one, or the next but few.
    if (high > 0 && this.firstOf(high - 1) <= seq)
      return this.lastOf(high - 1) >= seq ? high - 1 : high;
    let low = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.lastOf(middle) >= seq) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private hashRange(range: number, sign: 1 | -1): void {
    const first = this.firstOf(range);
    const last = this.lastOf(range);
    const low = mixNumber(mixNumber(this.seed.low, first), last);
    const high = mixNumber(mixNumber(this.seed.high, last), first);
    this.low = (this.low + sign * low) | 0;
    this.high = (this.high + sign * high) | 0;
  }
}
