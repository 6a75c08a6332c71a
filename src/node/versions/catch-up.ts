import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { HearsayError } from "../../core/errors.ts";
import type { NodeTimers } from "../node-host.ts";

export interface CatchUpPorts {
  readonly timers: NodeTimers;
  readonly waitingMaxCount: number;
  afterStep(body: () => void): void;
  /** Asks others for these dots. */
  pull(dots: ReadonlyDotSet): void;
}

export interface CatchUpLimits {
  /** How long to wait for gossip, and then for who was asked. */
  readonly waitMs: number;
  readonly pullMs: number;
}

interface Waiter {
  readonly missing: () => ReadonlyDotSet;
  readonly end: (error?: Error) => void;
}

/** Calls that wait until this replica has seen what their session has. [spec state transfer §6] */
export class CatchUp {
  private readonly ports: CatchUpPorts;
  private readonly waiting = new Set<Waiter>();
  private isChecking = false;
  private isClosed = false;

  constructor(ports: CatchUpPorts) {
    this.ports = ports;
  }

  /** In a step: more was seen than before. */
  onSeen(): void {
    if (this.waiting.size === 0 || this.isChecking) return;
    this.isChecking = true;
    this.ports.afterStep(() => {
      this.isChecking = false;
      for (const waiter of [...this.waiting]) if (waiter.missing().isEmpty) waiter.end();
    });
  }

  /**
   * Resolves when nothing is missing, or it was waited for in vain.
   * @throws HearsayError NODE_STOPPED
   */
  async until(missing: () => ReadonlyDotSet, { pullMs, waitMs }: CatchUpLimits): Promise<void> {
    await this.wait(missing, waitMs);
    if (missing().isEmpty || pullMs <= 0) return;
    this.ports.pull(missing());
    await this.wait(missing, pullMs);
  }

  close(): void {
    this.isClosed = true;
    const error = new HearsayError("NODE_STOPPED", "the node was stopped; start another");
    for (const waiter of [...this.waiting]) waiter.end(error);
  }

  private wait(missing: () => ReadonlyDotSet, waitMs: number): Promise<void> {
    const isFull = this.waiting.size >= this.ports.waitingMaxCount;
    if (missing().isEmpty || waitMs <= 0 || isFull || this.isClosed) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const { timers } = this.ports;
      const end = (error?: Error): void => {
        timers.stopTimer(timer);
        this.waiting.delete(waiter);
        if (error === undefined) resolve();
        else reject(error);
      };
      const waiter: Waiter = { missing, end };
      const timer = timers.startTimer(() => end(), waitMs);
      this.waiting.add(waiter);
    });
  }
}
