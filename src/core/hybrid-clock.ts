/** Time that follows the wall clock and yet never goes back: milliseconds, then a counter. */
export interface HybridTime {
  readonly ms: number;
  readonly counter: number;
}

/** Where a HybridClock reads the time. */
export interface WallClock {
  /** Milliseconds since the epoch, a whole number; it may be set back. */
  wallClock(): number;
}

/** Remote clocks are believed so far into the future. [DESIGN section 3] */
const DRIFT_MAX_MS = 5_000;
/** Events in one millisecond before the clock borrows the next one; 16 bits travel. */
const COUNTER_MAX = 0xffff;

/** Negative, 0 or positive as `a` is before, at or after `b`. */
export function compareHybridTimes(a: HybridTime, b: HybridTime): number {
  return a.ms === b.ms ? a.counter - b.counter : a.ms - b.ms;
}

/** A pair of whole numbers within bounds, as a remote node must send. */
export function isHybridTime(time: HybridTime): boolean {
  return (
    Number.isSafeInteger(time.ms) &&
    time.ms >= 0 &&
    Number.isInteger(time.counter) &&
    time.counter >= 0 &&
    time.counter <= COUNTER_MAX
  );
}

/**
 * A hybrid logical clock: what happens after something, here or by way of a message, has a later
 * time, and the time stays near the wall clock. [Kulkarni 2014, figure 5]
 */
export class HybridClock {
  private readonly wall: WallClock;
  private readonly driftMaxMs: number;
  private ms = 0;
  private counter = 0;
  private excess = 0;
  private malformed = 0;

  constructor(wall: WallClock, driftMaxMs = DRIFT_MAX_MS) {
    this.wall = wall;
    this.driftMaxMs = driftMaxMs;
  }

  /** Remote times that were too far ahead and were believed only in part. */
  get excessCount(): number {
    return this.excess;
  }

  /** Remote times that were no times and were ignored. */
  get malformedCount(): number {
    return this.malformed;
  }

  /** The time of an event here, later than every time given or observed before. */
  now(): HybridTime {
    this.advance(this.wall.wallClock());
    return { ms: this.ms, counter: this.counter };
  }

  /**
   * Takes note of a time that came with a message: what happens here next is later, unless it is
   * further ahead than this node believes.
   */
  observe(remote: HybridTime): void {
    if (!isHybridTime(remote)) {
      this.malformed += 1;
      return;
    }
    const wall = this.wall.wallClock();
    const latest = wall + this.driftMaxMs;
    if (remote.ms > latest) {
      this.excess += 1;
      this.raise({ ms: latest, counter: 0 });
    } else this.raise(remote);
    this.advance(wall);
  }

  private raise(seen: HybridTime): void {
    if (compareHybridTimes(seen, { ms: this.ms, counter: this.counter }) <= 0) return;
    this.ms = seen.ms;
    this.counter = seen.counter;
  }

  private advance(wall: number): void {
    if (wall > this.ms) {
      this.ms = wall;
      this.counter = 0;
    } else if (this.counter < COUNTER_MAX) this.counter += 1;
    else {
      this.ms += 1;
      this.counter = 0;
    }
  }
}
