import { HearsayError } from "../core/errors.ts";
import type { NodeCounters } from "./counters.ts";
import { errorText } from "./error-text.ts";
import type { NodeHost, NodeTimers } from "./node-host.ts";
import type { QuietLog } from "./quiet-log.ts";

/** What the faces of a node need of it. */
export interface NodePorts {
  readonly timers: NodeTimers;
  readonly now: () => number;
  readonly wallClock: () => number;
  /** @throws HearsayError NODE_STOPPED */
  step<R>(body: () => R): R;
  readonly afterStep: (body: () => void) => void;
  /** @throws HearsayError NODE_STOPPED */
  readonly checkRunning: () => void;
  /** A slow reader lost something. */
  onDropped(): void;
  /** A user's callback threw. */
  onCallbackError(where: string, error: unknown): void;
  readonly count: (name: string, by?: number) => void;
}

export function nodePorts(
  host: NodeHost,
  counters: NodeCounters,
  { checkRunning, quietLog }: { readonly checkRunning: () => void; readonly quietLog: QuietLog },
): NodePorts {
  return {
    timers: untilStopped(host),
    now: () => host.now(),
    wallClock: () => host.wallClock(),
    step: (body) => {
      checkRunning();
      return host.step(body);
    },
    afterStep: (body) => host.afterStep(body),
    checkRunning,
    count: (name, by) => counters.add(name, by),
    onDropped: () => counters.add("subscription.dropped"),
    onCallbackError: (where, error) => {
      counters.add("callback.errors");
      const reason = errorText(error);
      quietLog.write("error", "callback", () => {
        return { message: `${where} threw: ${reason}`, fields: { error } };
      });
    },
  };
}

/**
 * Until its host has stopped, a node that is being stopped waits for its disk, and timers fire.
 * What one of them wanted is wanted no more; thrown, it would end the process.
 */
function untilStopped(timers: NodeTimers): NodeTimers {
  return {
    startTimer: (fire, delayMs) => {
      const fireOrNot = (): void => {
        try {
          fire();
        } catch (error) {
          if (!(error instanceof HearsayError) || error.code !== "NODE_STOPPED") throw error;
        }
      };
      return timers.startTimer(fireOrNot, delayMs);
    },
    stopTimer: (key) => timers.stopTimer(key),
  };
}
