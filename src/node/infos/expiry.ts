import type { InfoStore } from "../../data/info/info.ts";
import type { NodeTimers } from "../node-host.ts";

/** How often tombstones are looked through, and journals that have grown are cut short. */
const UPKEEP_MS = 10_000;

export interface ExpiryPorts {
  readonly timers: NodeTimers;
  readonly wallClock: () => number;
  step<R>(body: () => R): R;
}

/** One timer for all that ends in a store, and for its upkeep. */
export class Expiry {
  private readonly ports: ExpiryPorts;
  private readonly store: InfoStore;
  private readonly upkeep: () => void;
  private timer: number | undefined;
  private dueMs = Number.POSITIVE_INFINITY;
  private isStopped = false;

  constructor(ports: ExpiryPorts, store: InfoStore, upkeep: () => void) {
    this.ports = ports;
    this.store = store;
    this.upkeep = upkeep;
  }

  /** Something may now end earlier than the timer is due. */
  arm(): void {
    if (this.isStopped || (this.timer !== undefined && this.store.nextExpiryMs >= this.dueMs)) {
      return;
    }
    const nowMs = this.ports.wallClock();
    if (this.timer !== undefined) this.ports.timers.stopTimer(this.timer);
    // The wall clock may be set: it is looked at again before long in any case.
    const waitMs = Math.min(UPKEEP_MS, Math.max(1, this.store.nextExpiryMs - nowMs));
    this.dueMs = nowMs + waitMs;
    this.timer = this.ports.timers.startTimer(() => this.onTimer(), waitMs);
  }

  stop(): void {
    this.isStopped = true;
    if (this.timer !== undefined) this.ports.timers.stopTimer(this.timer);
  }

  private onTimer(): void {
    this.timer = undefined;
    this.ports.step(() => {
      this.store.expire();
      this.upkeep();
    });
    this.arm();
  }
}
