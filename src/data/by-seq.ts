import { numberAt } from "../core/collections/at.ts";
import type { SeqRanges } from "../core/seq-ranges.ts";

/** Holes in an order before it is packed. */
const PACK_COUNT = 1_024;

/** What is held of one origin, by its numbers; what was taken leaves a hole for a while. */
export class BySeq<Value extends object | string> {
  private ones: (Value | undefined)[] = [];
  private seqs: number[] = [];
  /** Where the order begins: the oldest go first, and moving all others each time is dear. */
  private start = 0;
  private holesCount = 0;

  get size(): number {
    return this.ones.length - this.start - this.holesCount;
  }

  get(seq: number): Value | undefined {
    const place = this.placeOf(seq);
    return this.seqs[place] === seq ? this.ones[place] : undefined;
  }

  put(seq: number, one: Value): void {
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

  take(seq: number): Value | undefined {
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

  *values(): IterableIterator<Value> {
    for (let place = this.start; place < this.ones.length; place += 1) {
      const one = this.ones[place];
      if (one !== undefined) yield one;
    }
  }

  /** With their numbers, ascending. */
  *entries(): IterableIterator<readonly [seq: number, one: Value]> {
    for (let place = this.start; place < this.ones.length; place += 1) {
      const one = this.ones[place];
      if (one !== undefined) yield [numberAt(this.seqs, place), one];
    }
  }

  *among(ranges: SeqRanges): IterableIterator<readonly [seq: number, one: Value]> {
    for (let range = 0; range < ranges.rangesCount; range += 1) {
      const last = ranges.lastOf(range);
      for (let place = this.placeOf(ranges.firstOf(range)); place < this.seqs.length; place += 1) {
        const seq = numberAt(this.seqs, place);
        if (seq > last) break;
        const one = this.ones[place];
        if (one !== undefined) yield [seq, one];
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
