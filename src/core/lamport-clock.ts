/**
 * A remote time may be ahead by what no cluster reaches: 35 years of a thousand events a second.
 */
const JUMP_MAX_COUNT = 2 ** 40;

/**
 * Logical time as Serf keeps it [Lamport 1978; Serf: spec memberlist-wire 21.2], which a single
 * absurd message cannot run up to the end of what numbers hold: a time more than `jumpMaxCount`
 * ahead is not witnessed, and the caller drops the message.
 */
export class LamportClock {
  private readonly jumpMaxCount: number;
  /** Begins at 1, as a Serf clock does after its first increment. */
  private time = 1;

  constructor(jumpMaxCount: number = JUMP_MAX_COUNT) {
    this.jumpMaxCount = jumpMaxCount;
  }

  /** What a message sent now would carry. */
  get current(): number {
    return this.time;
  }

  /** The time for an event here; the clock then goes on. */
  tick(): number {
    const now = this.time;
    this.time += 1;
    return now;
  }

  /**
   * Takes note of a time seen elsewhere: what happens here next happens after it. False if absurd.
   */
  witness(seen: number): boolean {
    if (!Number.isSafeInteger(seen) || seen < 0) return false;
    if (seen > this.time + this.jumpMaxCount) return false;
    if (!Number.isSafeInteger(seen + 1 + this.jumpMaxCount)) return false;
    if (seen >= this.time) this.time = seen + 1;
    return true;
  }
}
