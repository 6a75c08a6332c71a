import { numberAt } from "../core/collections/at.ts";
import type { Dot } from "../core/dot.ts";
import type { ReadonlyDotSet } from "../core/dot-set.ts";
import type { Origin } from "../core/peer.ts";
import type { SeqRanges } from "../core/seq-ranges.ts";

/** Holes in an order before it is packed. */
const PACK_COUNT = 1_024;

/**
 * Things named by dots, by origin and number, in order: what a peer wants is found without a look
 * at what it does not want.
 */
export class HeldByDot<One extends { readonly dot: Dot }> {
  private readonly byOrigin = new Map<Origin, OriginOnes<One>>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(dot: Dot): One | undefined {
    return this.byOrigin.get(dot.origin)?.get(dot.seq);
  }

  /** `one` must not be there yet. */
  put(one: One): void {
    let ones = this.byOrigin.get(one.dot.origin);
    if (ones === undefined) {
      ones = new OriginOnes();
      this.byOrigin.set(one.dot.origin, ones);
    }
    ones.put(one);
    this.count += 1;
  }

  take(dot: Dot): One | undefined {
    const ones = this.byOrigin.get(dot.origin);
    const one = ones?.take(dot.seq);
    if (ones === undefined || one === undefined) return undefined;
    if (ones.size === 0) this.byOrigin.delete(dot.origin);
    this.count -= 1;
    return one;
  }

  *values(): IterableIterator<One> {
    for (const ones of this.byOrigin.values()) yield* ones.values();
  }

  /** Ascending per origin. A set from a remote node may name far more than is held. */
  *among(wanted: ReadonlyDotSet): IterableIterator<One> {
    for (const origin of wanted.origins()) {
      const ranges = wanted.rangesOf(origin);
      const ones = this.byOrigin.get(origin);
      if (ranges !== undefined && ones !== undefined) yield* ones.among(ranges);
    }
  }
}

/** What is held of one origin, by its numbers; what was taken leaves a hole for a while. */
class OriginOnes<One extends { readonly dot: Dot }> {
  private ones: (One | undefined)[] = [];
  private seqs: number[] = [];
  /** Where the order begins: the oldest go first, and moving all others each time is dear. */
  private start = 0;
  private holesCount = 0;

  get size(): number {
    return this.ones.length - this.start - this.holesCount;
  }

  get(seq: number): One | undefined {
    const place = this.placeOf(seq);
    return this.seqs[place] === seq ? this.ones[place] : undefined;
  }

  put(one: One): void {
    const { seq } = one.dot;
    const place = this.placeOf(seq);
    if (place === this.seqs.length) {
      this.seqs.push(seq);
      this.ones.push(one);
    } else if (this.seqs[place] === seq) {
      this.ones[place] = one;
      this.holesCount -= 1;
    } else {
      this.seqs.splice(place, 0, seq);
      this.ones.splice(place, 0, one);
    }
  }

  take(seq: number): One | undefined {
    const place = this.placeOf(seq);
    const one = this.seqs[place] === seq ? this.ones[place] : undefined;
    if (one === undefined) return undefined;
    this.ones[place] = undefined;
    this.holesCount += 1;
    while (this.start < this.ones.length && this.ones[this.start] === undefined) {
      this.start += 1;
      this.holesCount -= 1;
    }
    if (this.start + this.holesCount >= PACK_COUNT) this.pack();
    return one;
  }

  *values(): IterableIterator<One> {
    for (let place = this.start; place < this.ones.length; place += 1) {
      const one = this.ones[place];
      if (one !== undefined) yield one;
    }
  }

  *among(ranges: SeqRanges): IterableIterator<One> {
    for (let range = 0; range < ranges.rangesCount; range += 1) {
      const last = ranges.lastOf(range);
      for (let place = this.placeOf(ranges.firstOf(range)); place < this.seqs.length; place += 1) {
        if (numberAt(this.seqs, place) > last) break;
        const one = this.ones[place];
        if (one !== undefined) yield one;
      }
    }
  }

  private pack(): void {
    if ((this.start + this.holesCount) * 2 < this.ones.length) return;
    const { ones, seqs } = this;
    this.ones = [];
    this.seqs = [];
    for (let place = this.start; place < ones.length; place += 1) {
      const one = ones[place];
      if (one === undefined) continue;
      this.ones.push(one);
      this.seqs.push(numberAt(seqs, place));
    }
    this.start = 0;
    this.holesCount = 0;
  }

  /** Of the first number that is not smaller. */
  private placeOf(seq: number): number {
    const { seqs, start } = this;
    let high = seqs.length;
    if (high === start) return start;
    // Nearly every number that comes is the next one, and nearly all stand without gaps.
    if (numberAt(seqs, high - 1) < seq) return high;
    const direct = start + seq - numberAt(seqs, start);
    if (direct <= start) return start;
    if (direct < high && seqs[direct] === seq) return direct;
    let low = start;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (numberAt(seqs, middle) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
