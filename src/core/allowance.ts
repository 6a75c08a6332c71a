/** A number of something that may be done in a second, given back evenly as time passes. */
export class Allowance {
  private readonly perSecondCount: number;
  private left: number;
  private lastMs: number;

  constructor(perSecondCount: number, nowMs: number) {
    this.perSecondCount = perSecondCount;
    this.left = perSecondCount;
    this.lastMs = nowMs;
  }

  /** As many of `wantedCount` as are allowed now; they count as done. */
  take(wantedCount: number, nowMs: number): number {
    const backCount = ((nowMs - this.lastMs) / 1000) * this.perSecondCount;
    this.left = Math.min(this.perSecondCount, this.left + Math.max(0, backCount));
    this.lastMs = nowMs;
    const granted = Math.min(wantedCount, Math.floor(this.left));
    this.left -= granted;
    return granted;
  }
}
