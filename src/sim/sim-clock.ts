/**
 * The clock of one machine, which may run fast or slow. Changing its rate never sets it back; a
 * timer that was set before keeps the moment it was given.
 */
export class SimClock {
  private rate = 1;
  private sinceMs = 0;
  private readingMs = 0;

  get rateRatio(): number {
    return this.rate;
  }

  /** @throws RangeError when `rateRatio` is not a finite number above 0. */
  setRate(rateRatio: number, trueMs: number): void {
    if (!(rateRatio > 0 && rateRatio < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`a clock's rate must be finite and above 0, not ${rateRatio}`);
    }
    this.readingMs = this.read(trueMs);
    this.sinceMs = trueMs;
    this.rate = rateRatio;
  }

  /** What it shows at this moment of the simulation. */
  read(trueMs: number): number {
    return this.readingMs + (trueMs - this.sinceMs) * this.rate;
  }

  /**
   * How long the simulation takes until it shows `delayMs` more than at `trueMs`. Rounded up: a
   * timer must not find that its time has not come, set itself again, and so stand still.
   */
  trueDelayMs(delayMs: number, trueMs: number): number {
    const wantedMs = this.read(trueMs) + delayMs;
    let trueDelayMs = delayMs / this.rate;
    let more = (trueMs + trueDelayMs) * Number.EPSILON;
    while (this.read(trueMs + trueDelayMs) < wantedMs) {
      trueDelayMs += more;
      more *= 2;
    }
    return trueDelayMs;
  }
}
