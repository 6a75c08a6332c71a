import type { Dot } from "../core/dot.ts";
import type { ReadonlyDotSet } from "../core/dot-set.ts";
import type { Origin } from "../core/peer.ts";
import { BySeq } from "./by-seq.ts";

/**
 * Things named by dots, by origin and number, in order: what a peer wants is found without a look
 * at what it does not want.
 */
export class HeldByDot<One extends { readonly dot: Dot }> {
  private readonly byOrigin = new Map<Origin, BySeq<One>>();
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
      ones = new BySeq();
      this.byOrigin.set(one.dot.origin, ones);
    }
    ones.put(one.dot.seq, one);
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
      if (ranges === undefined || ones === undefined) continue;
      for (const [, one] of ones.among(ranges)) yield one;
    }
  }
}
