import { HearsayError } from "../../core/errors.ts";
import type { NodeTimers } from "../node-host.ts";
import { waitFor } from "../waits.ts";

export interface ConditionsPorts {
  readonly timers: NodeTimers;
  readonly waitingMaxCount: number;
  readonly pollIntervalMs: number;
  /** Who ends waits when the node stops. */
  readonly enders: Set<(error: Error) => void>;
}

export interface ConditionLimits {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Calls that wait until something is so. */
export class Conditions {
  private readonly ports: ConditionsPorts;
  private readonly waiting = new Set<() => void>();

  constructor(ports: ConditionsPorts) {
    this.ports = ports;
  }

  /** After a step in which something has changed. */
  check(): void {
    for (const look of [...this.waiting]) look();
  }

  /**
   * Resolves to true once it is so; to false when it was waited for in vain. `nudge` is called now
   * and then meanwhile.
   * @throws HearsayError ABORTED, NODE_STOPPED
   */
  async until(isSo: () => boolean, limits: ConditionLimits, nudge?: () => void): Promise<boolean> {
    if (isSo()) return true;
    const { enders, timers, waitingMaxCount } = this.ports;
    const { signal, timeoutMs } = limits;
    if (timeoutMs <= 0 || this.waiting.size >= waitingMaxCount) return false;
    try {
      await waitFor<void>({
        timeoutMs,
        ...(signal && { signal }),
        enders,
        timers,
        what: "an operation",
        begin: ({ resolve }) => this.begin(isSo, resolve, nudge),
      });
      return true;
    } catch (error) {
      if (error instanceof HearsayError && error.code === "TIMEOUT") return false;
      throw error;
    }
  }

  private begin(isSo: () => boolean, resolve: () => void, nudge?: () => void): () => void {
    const { pollIntervalMs, timers } = this.ports;
    let timer: number | undefined;
    const look = (): void => {
      if (isSo()) resolve();
    };
    const poll = (): void => {
      timer = timers.startTimer(() => {
        poll();
        nudge?.();
        look();
      }, pollIntervalMs);
    };
    this.waiting.add(look);
    if (nudge !== undefined) poll();
    return () => {
      this.waiting.delete(look);
      if (timer !== undefined) timers.stopTimer(timer);
    };
  }
}
