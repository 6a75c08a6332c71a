import { present } from "../../core/collections/at.ts";
import type { Dot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import type { SeqRanges } from "../../core/seq-ranges.ts";
import type { HistoryUpdate } from "./history.messages.ts";

/** Entries gone from the front of an order before it is packed. */
const PACK_COUNT = 1_024;

export interface Held {
  readonly dot: Dot;
  readonly update: HistoryUpdate;
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
    return this.byOrigin.get(dot.origin)?.get(dot.seq);
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
    const one = updates?.take(dot.seq);
    if (updates === undefined || one === undefined) return undefined;
    if (updates.isEmpty) this.byOrigin.delete(dot.origin);
    this.count -= 1;
    return one;
  }

  *values(): IterableIterator<Held> {
    for (const updates of this.byOrigin.values()) yield* updates.values();
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

/** The updates of one origin, by their numbers. */
class OriginUpdates {
  private ones: (Held | undefined)[] = [];
  /** Where the order begins: the oldest go first, and moving all others each time is dear. */
  private start = 0;

  get isEmpty(): boolean {
    return this.start === this.ones.length;
  }

  get(seq: number): Held | undefined {
    const one = this.ones[this.placeOf(seq)];
    return one?.dot.seq === seq ? one : undefined;
  }

  put(one: Held): void {
    const place = this.placeOf(one.dot.seq);
    if (place === this.ones.length) this.ones.push(one);
    else this.ones.splice(place, 0, one);
  }

  take(seq: number): Held | undefined {
    const place = this.placeOf(seq);
    const one = this.ones[place];
    if (one?.dot.seq !== seq) return undefined;
    if (place === this.start) this.dropFirst();
    else this.ones.splice(place, 1);
    return one;
  }

  *values(): IterableIterator<Held> {
    for (let place = this.start; place < this.ones.length; place += 1) {
      const one = this.ones[place];
      if (one !== undefined) yield one;
    }
  }

  *among(ranges: SeqRanges): IterableIterator<Held> {
    for (let range = 0; range < ranges.rangesCount; range += 1) {
      const last = ranges.lastOf(range);
      for (let place = this.placeOf(ranges.firstOf(range)); place < this.ones.length; place += 1) {
        const one = this.ones[place];
        if (one === undefined || one.dot.seq > last) break;
        yield one;
      }
    }
  }

  private dropFirst(): void {
    this.ones[this.start] = undefined;
    this.start += 1;
    if (this.start < PACK_COUNT || this.start * 2 < this.ones.length) return;
    this.ones = this.ones.slice(this.start);
    this.start = 0;
  }

  /** Of the first number that is not smaller. */
  private placeOf(seq: number): number {
    const { start } = this;
    let high = this.ones.length;
    if (high === start) return start;
    // Nearly every number that comes is the next one, and nearly all stand without gaps.
    if (this.seqAt(high - 1) < seq) return high;
    const direct = start + seq - this.seqAt(start);
    if (direct <= start) return start;
    if (direct < high && this.seqAt(direct) === seq) return direct;
    let low = start;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.seqAt(middle) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private seqAt(place: number): number {
    return present(this.ones, place).dot.seq;
  }
}
