import type { Address } from "../core/address.ts";
import type { Env, ExchangeId, StreamEnv, TimerId } from "../core/env.ts";
import type { PeerId } from "../core/peer.ts";
import { Random } from "../core/random.ts";
import type { Carrier } from "../core/step.ts";
import { type SimMount, TimerEvent } from "./sim-event.ts";
import type { SimNode } from "./sim-node.ts";

/**
 * What both doors have in common: clocks, dice and timers of one protocol on one simulated node.
 */
abstract class SimClock {
  readonly self: PeerId;
  readonly random: Random;
  protected readonly node: SimNode;
  private readonly mount: SimMount;

  constructor(node: SimNode, mount: SimMount) {
    this.node = node;
    this.self = node.self;
    this.mount = mount;
    // A node that starts again must not throw the dice of its former life again.
    this.random = Random.derive(node.simulator.seed, node.index, mount.life, mount.channel);
  }

  now(): number {
    return this.node.simulator.nowMs;
  }

  wallClock(): number {
    return this.node.simulator.wallClockMs + this.node.wallClockSkewMs;
  }

  setTimer(timer: unknown, delayMs: number): TimerId {
    checkDelay(delayMs);
    const event = new TimerEvent(this.node, this.mount, timer);
    return this.node.simulator.schedule(delayMs, event) as TimerId;
  }

  clearTimer(id: TimerId): void {
    this.node.simulator.unschedule(id);
  }

  /** A protocol that was told to stop, or whose node crashed, may still hold its door. */
  protected get isOfThisLife(): boolean {
    return this.mount.life === this.node.life && this.node.isAlive;
  }
}

/** The door of the protocol that owns packets and streams. */
export class SimStreamEnv extends SimClock implements StreamEnv<unknown, unknown> {
  get packetMaxBytes(): number {
    return this.node.simulator.options.packetMaxBytes;
  }

  send(to: Address, message: unknown): void {
    if (this.isOfThisLife) this.node.simulator.sendPacket(this.node, to, message);
  }

  exchange(to: Address, request: unknown, deadlineMs: number): ExchangeId {
    checkDelay(deadlineMs);
    return this.node.simulator.beginExchange(this.node, to, { request, deadlineMs });
  }
}

/** The door of a protocol that travels by way of another one. */
export class SimEnv<M, T, To> extends SimClock implements Env<M, T, To>, Carrier {
  private readonly carry: (to: To, message: M) => void;

  constructor(node: SimNode, mount: SimMount, carry: (to: To, message: M) => void) {
    super(node, mount);
    this.carry = carry;
  }

  send(to: To, message: M): void {
    if (this.isOfThisLife) this.node.sendCarried(this, to, message);
  }

  carryNow(to: To, message: M): void {
    this.carry(to, message);
  }
}

function checkDelay(delayMs: number): void {
  if (!(delayMs >= 0 && delayMs < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`a delay must be finite and at least 0 ms, not ${delayMs}`);
  }
}
