/**
 * Lifeguard's local health: how much this node doubts itself. A sick node (starved of CPU, on a bad
 * link) that knows it gives others more time before it accuses them.
 * Source: Lifeguard 2017 section IV.A; spec section 17.2.
 */
export class Awareness {
  private readonly maxScore: number;
  private current = 0;

  /** `multiplierMax` bounds the probe period: the score stays below it. */
  constructor(multiplierMax: number) {
    this.maxScore = Math.max(0, multiplierMax - 1);
  }

  /** 0 is well. */
  get score(): number {
    return this.current;
  }

  apply(delta: number): void {
    this.current = Math.min(this.maxScore, Math.max(0, this.current + delta));
  }
}
