/**
 * A Lamport clock [Lamport 1978] that a single absurd message cannot run up to the end of what
 * numbers hold.
 *
 * Departs from Serf, which believes any time: a time more than `jumpMaxCount` ahead is not
 * witnessed, and the caller drops the message. Serf's own clocks can then be ahead of ours for
 * good, but only after somebody forged a time that no cluster reaches by itself.
 */
export class Clock {
  private readonly jumpMaxCount: number;
  /** Serf's clocks start at 0 and are incremented once at start (section 21.2). */
  private current = 1;

  constructor(jumpMaxCount: number) {
    this.jumpMaxCount = jumpMaxCount;
  }

  /** What a message sent now would carry. */
  get time(): number {
    return this.current;
  }

  /** The time of a message that is being sent; the clock moves on. */
  takeTime(): number {
    const time = this.current;
    this.current += 1;
    return time;
  }

  /** Moves past `time` unless it is absurd. False when it is. */
  witness(time: number): boolean {
    if (!Number.isSafeInteger(time) || time < 0) return false;
    if (time > this.current + this.jumpMaxCount) return false;
    if (!Number.isSafeInteger(time + 1 + this.jumpMaxCount)) return false;
    if (time >= this.current) this.current = time + 1;
    return true;
  }
}
