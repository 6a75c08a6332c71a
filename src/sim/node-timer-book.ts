import type { Env, TimerId } from "../core/env.ts";
import type { PeerId } from "../core/peer.ts";
import type { Protocol } from "../core/protocol.ts";
import type { NodeTimers } from "../node/node-host.ts";
import type { SimNode } from "./sim-node.ts";

/**
 * A node's own timers, as a protocol of the simulation: they wait while the machine is paused, die
 * with it, drift with its clock and stand in the trace. To be mounted in the step that begins the
 * life.
 */
export function mountNodeTimers(
  machine: SimNode,
  tell: (fire: () => void) => void = (fire) => machine.afterStep(fire),
): NodeTimers {
  const make = (env: Env<never, number>) => new NodeTimerBook(env, tell);
  return machine.mount<never, number, PeerId, NodeTimerBook>("node", () => {}, make);
}

class NodeTimerBook implements Protocol<never, number>, NodeTimers {
  private readonly env: Env<never, number>;
  private readonly tell: (fire: () => void) => void;
  private readonly pending = new Map<number, { id: TimerId; fire: () => void }>();
  private nextKey = 1;

  constructor(env: Env<never, number>, tell: (fire: () => void) => void) {
    this.env = env;
    this.tell = tell;
  }

  startTimer(fire: () => void, delayMs: number): number {
    const key = this.nextKey;
    this.nextKey += 1;
    this.pending.set(key, { id: this.env.setTimer(key, delayMs), fire });
    return key;
  }

  stopTimer(key: number): void {
    const timer = this.pending.get(key);
    if (timer === undefined) return;
    this.pending.delete(key);
    this.env.clearTimer(timer.id);
  }

  start(): void {}
  stop(): void {}
  onMessage(): void {}

  onTimer(key: number): void {
    const timer = this.pending.get(key);
    this.pending.delete(key);
    if (timer !== undefined) this.tell(timer.fire);
  }
}
