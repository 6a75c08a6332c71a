import type { Dot } from "../core/dot.ts";
import type { ReadonlyDotSet } from "../core/dot-set.ts";
import type { Origin } from "../core/peer.ts";
import { BySeq } from "./by-seq.ts";

/** An overwritten write, by its key. */
export interface SupersededDot {
  readonly dot: Dot;
  readonly key: string;
}

/** Places gone from the front of the order before it is packed. */
const PACK_COUNT = 1_024;

/**
 * Overwritten writes by their key, the last so many: whoever asks for one is given what superseded
 * it, or is told that it is superseded when they have that. Kept as bare numbers and keys, for
 * there is one more with each write, and as many objects would keep the collector busy.
 */
export class SupersededDots {
  private readonly maxCount: number;
  private readonly byOrigin = new Map<Origin, BySeq<string>>();
  private count = 0;
  /** In the order in which they came; what was forgotten meanwhile stands there, too. */
  private origins: Origin[] = [];
  private seqs: number[] = [];
  private start = 0;

  constructor(maxCount: number) {
    this.maxCount = maxCount;
  }

  get size(): number {
    return this.count;
  }

  put({ origin, seq }: Dot, key: string): void {
    let keys = this.byOrigin.get(origin);
    if (keys === undefined) {
      keys = new BySeq();
      this.byOrigin.set(origin, keys);
    }
    if (keys.get(seq) !== undefined) return;
    keys.put(seq, key);
    this.count += 1;
    this.origins.push(origin);
    this.seqs.push(seq);
    if (this.origins.length - this.start > this.maxCount) this.dropOldest();
  }

  /** Ascending per origin. A set from a remote node may name far more than is held. */
  *among(wanted: ReadonlyDotSet): IterableIterator<SupersededDot> {
    for (const origin of wanted.origins()) {
      const ranges = wanted.rangesOf(origin);
      const keys = this.byOrigin.get(origin);
      if (ranges === undefined || keys === undefined) continue;
      for (const [seq, key] of keys.among(ranges)) yield { dot: { origin, seq }, key };
    }
  }

  *values(): IterableIterator<SupersededDot> {
    for (const [origin, keys] of this.byOrigin) {
      for (const [seq, key] of keys.entries()) yield { dot: { origin, seq }, key };
    }
  }

  /** Forgets those that everybody has seen. */
  forget(stable: ReadonlyDotSet): void {
    for (const { dot } of [...this.among(stable)]) this.take(dot.origin, dot.seq);
  }

  private take(origin: Origin, seq: number): void {
    const keys = this.byOrigin.get(origin);
    if (keys?.take(seq) === undefined) return;
    this.count -= 1;
    if (keys.size === 0) this.byOrigin.delete(origin);
  }

  private dropOldest(): void {
    const [origin, seq] = [this.origins[this.start], this.seqs[this.start]];
    this.start += 1;
    if (origin !== undefined && seq !== undefined) this.take(origin, seq);
    if (this.start < PACK_COUNT || this.start * 2 < this.origins.length) return;
    this.origins = this.origins.slice(this.start);
    this.seqs = this.seqs.slice(this.start);
    this.start = 0;
  }
}
