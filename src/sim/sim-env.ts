import type { Address } from "../core/address.ts";
import type { Env, ExchangeId, StreamEnv, TimerId } from "../core/env.ts";
import type { PeerId } from "../core/peer.ts";
import { Random } from "../core/random.ts";
import type { Carrier } from "../core/step.ts";
import { eventKinds } from "./event-slab.ts";
import { STREAM_CHANNEL } from "./sim-channel.ts";
import { checkDelay, type TimerOwner } from "./sim-engine.ts";
import type { SimNode } from "./sim-node.ts";

/** Where a protocol is mounted: in which life of its node, and as which of its protocols. */
export interface SimMount {
  readonly life: number;
  readonly index: number;
  readonly channel: string;
}

/**
 * What both doors have in common: clocks, dice and timers of one protocol on one simulated node.
 */
abstract class SimDoor {
  readonly self: PeerId;
  readonly random: Random;
  protected readonly node: SimNode;
  private readonly owner: TimerOwner;

  constructor(node: SimNode, mount: SimMount) {
    this.node = node;
    this.self = node.self;
    const { life, index: place, channel } = mount;
    this.owner = { index: node.index, life, place, kind: eventKinds.timer };
    // A node that starts again must not throw the dice of its former life again.
    this.random = Random.derive(node.simulator.seed, node.index, life, channel);
  }

  now(): number {
    return this.node.clockMs;
  }

  wallClock(): number {
    return this.node.wallClockMs;
  }

  setTimer(timer: unknown, delayMs: number): TimerId {
    return this.node.simulator.engine.setTimer(this.owner, delayMs, timer);
  }

  clearTimer(id: TimerId): void {
    this.node.clearTimer(id);
  }

  /** A protocol that was told to stop, or whose node crashed, may still hold its door. */
  protected get isOfThisLife(): boolean {
    return this.owner.life === this.node.life;
  }
}

/** The door of the protocol that owns packets and streams. */
export class SimStreamEnv extends SimDoor implements StreamEnv<unknown, unknown> {
  get packetMaxBytes(): number {
    return this.node.simulator.options.packetMaxBytes;
  }

  send(to: Address, message: unknown): void {
    if (!this.isOfThisLife) return;
    const { simulator, index } = this.node;
    simulator.post.send(index, simulator.find(to)?.index ?? -1, STREAM_CHANNEL, message);
  }

  exchange(to: Address, request: unknown, deadlineMs: number): ExchangeId {
    checkDelay(deadlineMs);
    const trueDeadlineMs = this.node.trueDelayMs(deadlineMs);
    const sent = { request, deadlineMs: trueDeadlineMs };
    return this.node.simulator.beginExchange(this.node, to, sent);
  }
}

/** The door of a protocol that travels by way of another one. */
export class SimEnv<M, T, To> extends SimDoor implements Env<M, T, To>, Carrier {
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
