/** Half of what numbers hold: as much again is left to go on with. */
const ADOPTED_MAX = 2 ** 52;

/**
 * Logical time as Serf keeps it [Lamport 1978; Serf: spec memberlist-wire 21.2], which a single
 * absurd message cannot run up to the end of what numbers hold: a time more than `jumpMaxCount`
 * ahead is not witnessed, and the caller drops the message.
 */
export class LamportClock {
  private readonly jumpMaxCount: number;
  /** Begins at 1, as a Serf clock does after its first increment. */
  private time = 1;

  constructor(jumpMaxCount: number) {
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

  /**
   * Takes over the time of a cluster that this node itself asked to join, be it ahead by more than
   * a jump: somebody may have driven that cluster's clocks up, and a newcomer that did not follow
   * would never again agree with it on what is new. False if absurd even so.
   */
  adopt(seen: number): boolean {
    if (this.witness(seen)) return true;
    if (!Number.isSafeInteger(seen) || seen < 0 || seen > ADOPTED_MAX) return false;
    this.time = seen + 1;
    return true;
  }
}
