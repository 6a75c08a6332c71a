import type { BroadcastClock } from "../../exchange/broadcast/broadcast.contract.ts";
import type { HybridTime } from "../../exchange/broadcast/broadcast.messages.ts";
import type { StackCounters } from "./stack.contract.ts";

/** DESIGN section 3: remote clocks are merged at most this far into the future. */
const AHEAD_MAX_MS = 5_000;
/** The counter travels in 32 bits. */
const COUNTER_MAX = 2 ** 32 - 1;

/** Hybrid logical time: never below the wall clock nor below what was heard. [Kulkarni 2014 §3] */
export class BroadcastTime implements BroadcastClock {
  private readonly wallClock: () => number;
  private readonly counters: StackCounters;
  private ms = 0;
  private counter = 0;

  constructor(wallClock: () => number, counters: StackCounters) {
    this.wallClock = wallClock;
    this.counters = counters;
  }

  tick(): HybridTime {
    const wallMs = this.wallClock();
    if (wallMs > this.ms) this.set(wallMs, 0);
    else this.set(this.ms, this.counter + 1);
    return { ms: this.ms, counter: this.counter };
  }

  merge(remote: HybridTime): void {
    const wallMs = this.wallClock();
    if (remote.ms > wallMs + AHEAD_MAX_MS) {
      this.counters.add("clock.capped");
      return this.merge({ ms: wallMs + AHEAD_MAX_MS, counter: 0 });
    }
    const ms = Math.max(wallMs, this.ms, remote.ms);
    const ownCounter = ms === this.ms ? this.counter : -1;
    const remoteCounter = ms === remote.ms ? remote.counter : -1;
    this.set(ms, Math.max(ownCounter, remoteCounter) + 1);
  }

  private set(ms: number, counter: number): void {
    const isOver = counter > COUNTER_MAX;
    this.ms = isOver ? ms + 1 : ms;
    this.counter = isOver ? 0 : counter;
  }
}
