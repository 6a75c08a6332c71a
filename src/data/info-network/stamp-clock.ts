/** Stamps of one process: strictly increasing, whatever the wall clock does. [infostore §3] */
export class StampClock {
  private readonly wallNanos: () => bigint;
  private last = 0n;

  constructor(wallNanos: () => bigint) {
    this.wallNanos = wallNanos;
  }

  /** A new stamp. */
  now(): bigint {
    const wall = this.wallNanos();
    this.last = wall > this.last ? wall : this.last + 1n;
    return this.last;
  }

  /** What the next stamp will be at least; issues none. */
  peek(): bigint {
    const wall = this.wallNanos();
    return wall > this.last ? wall : this.last;
  }

  /** What the clock of the machine says, without regard to stamps. */
  wall(): bigint {
    return this.wallNanos();
  }

  /** Later stamps are greater than this one. */
  ratchet(stamp: bigint): void {
    if (stamp > this.last) this.last = stamp;
  }
}
