import { type DueKey, DueQueue } from "../../core/collections/due-queue.ts";

/** The longest delay that setTimeout takes. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;

/** Lateness that no system timer has of itself: the process was busy, stopped or starved. */
const LATE_MS = 10;
/** Most turns of the event loop that late timers wait for what arrived before them. */
const LISTENING_TURNS_MAX = 100;

/** Something that is due at a moment. */
export interface Due {
  fire(): void;
}

/**
 * All timers of a node behind one `setTimeout`: 10,000 of the system's own would cost 14 µs each.
 *
 * After a stall the event loop runs timers first and reads sockets second, so a timeout would judge
 * a peer whose answer has long been waiting in the socket's buffer. Late timers therefore let the
 * loop turn until nothing more arrives.
 */
export class Clock {
  private readonly queue = new DueQueue<Due>();
  /** What was set with no delay, by negative keys. */
  private soon = new Map<DueKey, Due>();
  private lastSoonKey = -1;
  private soonTurn: ReturnType<typeof setImmediate> | undefined;
  private readonly perTurnCount: number;
  private readonly arrivals: () => number;
  private arrivalsBefore = -1;
  private listeningTurns = 0;
  private immediate: ReturnType<typeof setImmediate> | undefined;
  private timeout: ReturnType<typeof setTimeout> | undefined;
  private armedFor = Number.POSITIVE_INFINITY;
  private holdsProcess = true;
  private isStopped = false;

  /** `arrivals` counts whatever has come in from the network so far. */
  constructor(perTurnCount: number, arrivals: () => number) {
    this.perTurnCount = perTurnCount;
    this.arrivals = arrivals;
  }

  now(): number {
    return performance.now();
  }

  set(due: Due, delayMs: number): DueKey {
    if (!(delayMs >= 0 && delayMs < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`a delay must be finite and at least 0 ms, not ${delayMs}`);
    }
    if (this.isStopped) return -1;
    if (delayMs === 0) return this.setSoon(due);
    const at = performance.now() + delayMs;
    const key = this.queue.put(at, due);
    if (at < this.armedFor) this.arm(at);
    return key;
  }

  clear(key: DueKey): void {
    // The timeout may now fire for nothing, which costs less than arming another one.
    if (key >= 0) this.queue.take(key);
    else this.soon.delete(key);
  }

  /** From now on pending timers do not keep the process alive. */
  unref(): void {
    this.holdsProcess = false;
    this.timeout?.unref();
    this.immediate?.unref();
    this.soonTurn?.unref();
  }

  /** Forgets all timers, now and for ever. */
  stop(): void {
    this.isStopped = true;
    this.queue.clear();
    this.soon.clear();
    clearImmediate(this.soonTurn);
    clearTimeout(this.timeout);
    clearImmediate(this.immediate);
    this.timeout = undefined;
    this.immediate = undefined;
  }

  /** At the end of this turn of the event loop: `setTimeout` would take a millisecond or more. */
  private setSoon(due: Due): DueKey {
    this.lastSoonKey -= 1;
    this.soon.set(this.lastSoonKey, due);
    this.armSoon();
    return this.lastSoonKey;
  }

  private armSoon(): void {
    if (this.soonTurn !== undefined) return;
    this.soonTurn = setImmediate(this.turnSoon);
    if (!this.holdsProcess) this.soonTurn.unref();
  }

  /** Only what was set before: what these set waits for the next turn. */
  private readonly turnSoon = (): void => {
    this.soonTurn = undefined;
    const keys = [...this.soon.keys()].slice(0, this.perTurnCount);
    try {
      for (const key of keys) {
        const due = this.soon.get(key);
        this.soon.delete(key);
        due?.fire();
      }
    } finally {
      if (this.soon.size > 0 && !this.isStopped) this.armSoon();
    }
  };

  private arm(at: number): void {
    clearTimeout(this.timeout);
    const delayMs = Math.min(TIMEOUT_MAX_MS, Math.ceil(at - performance.now()));
    this.armedFor = at;
    this.timeout = setTimeout(this.turn, Math.max(0, delayMs));
    if (!this.holdsProcess) this.timeout.unref();
  }

  /**
   * Only what was due when the turn began: a timer of 0 ms set by a timer waits for the next one.
   */
  private readonly turn = (): void => {
    const now = performance.now();
    if (now - this.queue.nextDue > LATE_MS && this.listensFirst()) return;
    this.listeningTurns = 0;
    this.armedFor = Number.POSITIVE_INFINITY;
    try {
      for (let left = this.perTurnCount; left > 0 && this.queue.nextDue <= now; left -= 1) {
        this.queue.takeNext()?.fire();
      }
    } finally {
      // The system's clock is coarser than ours, so it may have been early; then it waits again.
      if (this.queue.size > 0 && this.armedFor > this.queue.nextDue) this.arm(this.queue.nextDue);
    }
  };

  /** True when `turn` comes again after the sockets were read. */
  private listensFirst(): boolean {
    const arrivals = this.arrivals();
    const isQuiet = this.listeningTurns > 0 && arrivals === this.arrivalsBefore;
    if (isQuiet || this.listeningTurns >= LISTENING_TURNS_MAX) return false;
    this.arrivalsBefore = arrivals;
    this.listeningTurns += 1;
    this.immediate = setImmediate(this.turn);
    if (!this.holdsProcess) this.immediate.unref();
    return true;
  }
}
