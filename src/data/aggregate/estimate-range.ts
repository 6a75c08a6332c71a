import type { RangePart } from "./aggregate.messages.ts";

interface Range {
  low: number;
  high: number;
}

/**
 * Between which bounds the estimates of all nodes lay, by gossip: in each window of time everybody
 * begins with its own and widens it by what others say. As the average of all estimates is the true
 * one, no estimate can be further from the truth than from the other end of that range.
 *
 * The range of the last whole window bounds what has converged since; that of the running window
 * shows at once when somebody's input has changed.
 */
export class EstimateRange {
  private window = -1;
  private running: Range | undefined;
  private finished: Range | undefined;

  /** The window is `window` now, and this node's estimate `estimate`; NaN: it may be anything. */
  onOwn(window: number, estimate: number): void {
    this.turnTo(window);
    if (Number.isNaN(estimate)) this.widen(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    else this.widen(estimate, estimate);
  }

  onHeard({ high, low, window }: RangePart): void {
    if (window !== this.window || !(low <= high)) return;
    this.widen(low, high);
  }

  told(): RangePart {
    const { low, high } = this.running ?? { low: Number.NaN, high: Number.NaN };
    return { window: this.window, low, high };
  }

  /** How far the truth may be from `estimate`. */
  errorOf(estimate: number): number {
    if (this.finished === undefined) return Number.POSITIVE_INFINITY;
    const low = Math.min(this.finished.low, this.running?.low ?? estimate, estimate);
    const high = Math.max(this.finished.high, this.running?.high ?? estimate, estimate);
    return high - low;
  }

  /** The same by this window alone, which the other knows nothing of: it began anew with it. */
  runningErrorOf(estimate: number): number {
    const { running } = this;
    if (running === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(running.high, estimate) - Math.min(running.low, estimate);
  }

  private turnTo(window: number): void {
    if (window === this.window) return;
    // After a jump over several windows nothing is known of the last one.
    this.finished = window === this.window + 1 || this.isNear(window) ? this.running : undefined;
    this.running = undefined;
    this.window = window;
  }

  /** Epochs begin a little earlier or later at others. */
  private isNear(window: number): boolean {
    return this.window >= 0 && window > this.window && window - this.window <= 2;
  }

  private widen(low: number, high: number): void {
    const { running } = this;
    if (running === undefined) {
      this.running = { low, high };
      return;
    }
    running.low = Math.min(running.low, low);
    running.high = Math.max(running.high, high);
  }
}
