import { assert } from "../../core/assert.ts";
import { at } from "../../core/collections/at.ts";
import { sqrt } from "../../core/math.ts";

/** The latest so many times between heartbeats, and their mean and deviation at any moment. */
export class ArrivalWindow {
  private readonly capacity: number;
  private readonly intervals: number[] = [];
  /** Where the next one goes when all places are taken: the oldest. */
  private next = 0;
  private sum = 0;
  private squares = 0;

  constructor(capacity: number) {
    assert(Number.isSafeInteger(capacity) && capacity >= 1, `capacity ${capacity}`);
    this.capacity = capacity;
  }

  get count(): number {
    return this.intervals.length;
  }

  /** 0 of nothing. */
  get meanMs(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }

  /** Of the population; 0 of nothing. */
  get deviationMs(): number {
    if (this.count === 0) return 0;
    const mean = this.meanMs;
    return sqrt(Math.max(0, this.squares / this.count - mean * mean));
  }

  push(intervalMs: number): void {
    if (this.intervals.length < this.capacity) {
      this.intervals.push(intervalMs);
      this.add(intervalMs, 1);
      return;
    }
    this.add(at(this.intervals, this.next), -1);
    this.intervals[this.next] = intervalMs;
    this.add(intervalMs, 1);
    this.next = (this.next + 1) % this.capacity;
    if (this.next === 0) this.sumAnew();
  }

  private add(intervalMs: number, sign: 1 | -1): void {
    this.sum += sign * intervalMs;
    this.squares += sign * intervalMs * intervalMs;
  }

  /** Or the rounding of every sum ever made would pile up. */
  private sumAnew(): void {
    this.sum = 0;
    this.squares = 0;
    for (const interval of this.intervals) this.add(interval, 1);
  }
}
