import { AgeQueue } from "../core/collections/age-queue.ts";
import type { Dot } from "../core/dot.ts";
import type { ReadonlyDotSet } from "../core/dot-set.ts";
import { HeldByDot } from "./held-by-dot.ts";

/** An overwritten write, by its key. */
export interface SupersededDot {
  readonly dot: Dot;
  readonly key: string;
}

/**
 * Overwritten writes by their key, the last so many: whoever asks for one is given what superseded
 * it, or is told that it is superseded when they have that.
 */
export class SupersededDots {
  private readonly maxCount: number;
  private readonly ones = new HeldByDot<SupersededDot>();
  private readonly byAge = new AgeQueue<SupersededDot>();
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
  among(wanted: ReadonlyDotSet): IterableIterator<SupersededDot> {
    return this.ones.among(wanted);
  }

  values(): IterableIterator<SupersededDot> {
    return this.ones.values();
  }

  /** Forgets those that everybody has seen. */
  forget(stable: ReadonlyDotSet): void {
    for (const { dot } of [...this.ones.among(stable)]) this.ones.take(dot);
  }

  private dropOldest(): void {
    const oldest = this.byAge.takeNext();
    if (oldest !== undefined) this.ones.take(oldest.dot);
  }
}
