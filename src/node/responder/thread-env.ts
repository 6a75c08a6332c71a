import type { Address } from "../../core/address.ts";
import type { Env, TimerId } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { StandInTimer } from "../../peers/swim/roster/stand-in.messages.ts";
import type { SwimMessage } from "../../peers/swim/swim.messages.ts";

export interface ThreadPorts {
  readonly self: PeerId;
  readonly random: Random;
  send(to: Address, message: SwimMessage): void;
  fire(timer: StandInTimer): void;
}

/** The door of the stand-in, in the thread. */
export class ThreadEnv implements Env<SwimMessage, StandInTimer, Address> {
  readonly self: PeerId;
  readonly random: Random;
  private readonly ports: ThreadPorts;
  private readonly timers = new Map<TimerId, ReturnType<typeof setTimeout>>();
  private lastTimer = 0;

  constructor(ports: ThreadPorts) {
    this.ports = ports;
    this.self = ports.self;
    this.random = ports.random;
  }

  now(): number {
    return performance.now();
  }

  wallClock(): number {
    return Date.now();
  }

  send(to: Address, message: SwimMessage): void {
    this.ports.send(to, message);
  }

  setTimer(timer: StandInTimer, delayMs: number): TimerId {
    this.lastTimer += 1;
    const id = this.lastTimer as TimerId;
    const fire = (): void => {
      this.timers.delete(id);
      this.ports.fire(timer);
    };
    this.timers.set(id, setTimeout(fire, delayMs));
    return id;
  }

  clearTimer(id: TimerId): void {
    clearTimeout(this.timers.get(id));
    this.timers.delete(id);
  }

  /** Forgets all timers. */
  stop(): void {
    for (const id of [...this.timers.keys()]) this.clearTimer(id);
  }
}
