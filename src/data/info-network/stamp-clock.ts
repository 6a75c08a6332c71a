/** Stamps of one process: strictly increasing, whatever the wall clock does. [infostore §3] */
export class StampClock {
  private readonly wallNanos: () => bigint;
  private readonly stepNanos: bigint;
  private last = 0n;

  /** Stamps that do not come of the wall clock are multiples of `stepNanos`. */
  constructor(wallNanos: () => bigint, stepNanos = 1n) {
    this.wallNanos = wallNanos;
    this.stepNanos = stepNanos;
  }

  /** A new stamp. */
  now(): bigint {
    const wall = this.wallNanos();
    this.last = wall > this.last ? wall : this.behind(this.last);
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

  private behind(stamp: bigint): bigint {
    return (stamp / this.stepNanos + 1n) * this.stepNanos;
  }
}
