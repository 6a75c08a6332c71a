/**
 * Logical time as Serf keeps it: `current` is the time of the next event. [Lamport 1978; Serf: spec
 * memberlist-wire 21.2]
 */
export class LamportClock {
  private time: number;
  private refused = 0;

  /** Begins at 1, as a Serf clock does after its first increment. */
  constructor(first = 1) {
    this.time = first;
  }

  get current(): number {
    return this.time;
  }

  /** Times seen that were no whole number below 2^53 − 1, and left the clock as it was. */
  get refusedCount(): number {
    return this.refused;
  }

  /** The time for an event here; the clock then goes on. */
  tick(): number {
    const now = this.time;
    this.witness(now);
    return now;
  }

  /** Takes note of a time seen elsewhere: what happens here next happens after it. */
  witness(seen: number): void {
    // At 2^53 − 1 the next tick could not be told from this one: one hostile message must not stop
    // time.
    if (!Number.isSafeInteger(seen) || seen < 0 || seen >= Number.MAX_SAFE_INTEGER) {
      this.refused += 1;
      return;
    }
    if (seen >= this.time) this.time = seen + 1;
  }
}
