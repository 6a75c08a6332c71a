import { AgeQueue } from "../../core/collections/age-queue.ts";
import type { Dot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { HeldByDot } from "../held-by-dot.ts";

interface Superseded {
  readonly dot: Dot;
  readonly key: string;
}

/**
 * Overwritten writes by their key, the last so many: whoever asks for one can be told that it is
 * superseded only when they have, or get, what superseded it.
 */
export class SupersededDots {
  private readonly maxCount: number;
  private readonly ones = new HeldByDot<Superseded>();
  private readonly byAge = new AgeQueue<Superseded>();
  private nextAge = 0;

  constructor(maxCount: number) {
    this.maxCount = maxCount;
  }

  get size(): number {
    return this.ones.size;
  }

  put(dot: Dot, key: string): void {
    if (this.ones.get(dot) !== undefined) return;
    const one = { dot, key };
    this.ones.put(one);
    this.byAge.put(this.nextAge, one);
    this.nextAge += 1;
    if (this.byAge.size > this.maxCount) this.dropOldest();
  }

  /** Ascending per origin. */
  among(wanted: ReadonlyDotSet): IterableIterator<Superseded> {
    return this.ones.among(wanted);
  }

  private dropOldest(): void {
    const oldest = this.byAge.takeNext();
    if (oldest !== undefined) this.ones.take(oldest.dot);
  }
}
