import { at } from "../../core/collections/at.ts";
import type { Dot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import type { SeqRanges } from "../../core/seq-ranges.ts";
import type { HistoryUpdate } from "./history.messages.ts";

/** Numbers gone from the front of an order before it is packed. */
const PACK_COUNT = 1_024;

export interface Held {
  readonly dot: Dot;
  readonly update: HistoryUpdate;
  /** Its place in the queue of what is forgotten next. */
  readonly key: number;
}

/**
 * Updates by origin and number, in order: what a peer wants is found without a look at what it does
 * not want.
 */
export class HeldUpdates {
  private readonly byOrigin = new Map<Origin, OriginUpdates>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(dot: Dot): Held | undefined {
    return this.byOrigin.get(dot.origin)?.bySeq.get(dot.seq);
  }

  /** `one` must not be there yet. */
  put(one: Held): void {
    let updates = this.byOrigin.get(one.dot.origin);
    if (updates === undefined) {
      updates = new OriginUpdates();
      this.byOrigin.set(one.dot.origin, updates);
    }
    updates.put(one);
    this.count += 1;
  }

  take(dot: Dot): Held | undefined {
    const updates = this.byOrigin.get(dot.origin);
    const one = updates?.bySeq.get(dot.seq);
    if (updates === undefined || one === undefined) return undefined;
    updates.delete(dot.seq);
    if (updates.bySeq.size === 0) this.byOrigin.delete(dot.origin);
    this.count -= 1;
    return one;
  }

  *values(): IterableIterator<Held> {
    for (const { bySeq } of this.byOrigin.values()) yield* bySeq.values();
  }

  /** Ascending per origin. A set from a remote node may name far more than is held. */
  *among(wanted: ReadonlyDotSet): IterableIterator<Held> {
    for (const origin of wanted.origins()) {
      const ranges = wanted.rangesOf(origin);
      const updates = this.byOrigin.get(origin);
      if (ranges !== undefined && updates !== undefined) yield* updates.among(ranges);
    }
  }
}

/** The updates of one origin, with their numbers in order. */
class OriginUpdates {
  readonly bySeq = new Map<number, Held>();
  private seqs: number[] = [];
  /** Where the order begins: the oldest go first, and moving all others each time is dear. */
  private start = 0;

  put(one: Held): void {
    const { seq } = one.dot;
    this.bySeq.set(seq, one);
    const place = this.placeOf(seq);
    if (place === this.seqs.length) this.seqs.push(seq);
    else this.seqs.splice(place, 0, seq);
  }

  delete(seq: number): void {
    this.bySeq.delete(seq);
    const place = this.placeOf(seq);
    if (place !== this.start) {
      this.seqs.splice(place, 1);
      return;
    }
    this.start += 1;
    if (this.start < PACK_COUNT || this.start * 2 < this.seqs.length) return;
    this.seqs = this.seqs.slice(this.start);
    this.start = 0;
  }

  *among(ranges: SeqRanges): IterableIterator<Held> {
    for (let range = 0; range < ranges.rangesCount; range += 1) {
      const last = ranges.lastOf(range);
      for (let place = this.placeOf(ranges.firstOf(range)); place < this.seqs.length; place += 1) {
        const seq = at(this.seqs, place);
        if (seq > last) break;
        const one = this.bySeq.get(seq);
        if (one !== undefined) yield one;
      }
    }
  }

  /** Of the first number that is not smaller. */
  private placeOf(seq: number): number {
    let low = this.start;
    let high = this.seqs.length;
    // Nearly every number that comes is the next one.
    if (high > low && at(this.seqs, high - 1) < seq) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (at(this.seqs, middle) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
