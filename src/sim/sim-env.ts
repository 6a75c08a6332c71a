import type { Address } from "../core/address.ts";
import type { Env, ExchangeId, StreamEnv, TimerId } from "../core/env.ts";
import { type PeerId, peerId } from "../core/peer.ts";
import { Random } from "../core/random.ts";
import type { Carrier } from "../core/step.ts";
import { type SimMount, TimerEvent } from "./sim-event.ts";
import type { SimNode } from "./sim-node.ts";

/**
 * What both doors have in common: clocks, dice and timers of one protocol on one simulated node.
 */
abstract class SimDoor {
  readonly self: PeerId;
  readonly random: Random;
  protected readonly node: SimNode;
  private readonly mount: SimMount;

  constructor(node: SimNode, mount: SimMount, self = node.self) {
    this.node = node;
    this.self = self;
    this.mount = mount;
    // A node that starts again must not throw the dice of its former life again.
    this.random = Random.derive(node.simulator.seed, node.index, mount.life, mount.channel);
  }

  now(): number {
    return this.node.clockMs;
  }

  wallClock(): number {
    return this.node.wallClockMs;
  }

  setTimer(timer: unknown, delayMs: number): TimerId {
    checkDelay(delayMs);
    const event = new TimerEvent(this.node, this.mount, timer);
    return this.node.simulator.schedule(this.node.trueDelayMs(delayMs), event) as TimerId;
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
export class SimStreamEnv extends SimDoor implements StreamEnv<unknown, unknown> {
  get packetMaxBytes(): number {
    return this.node.simulator.options.packetMaxBytes;
  }

  send(to: Address, message: unknown): void {
    if (this.isOfThisLife) this.node.simulator.sendPacket(this.node, to, message);
  }

  exchange(to: Address, request: unknown, deadlineMs: number): ExchangeId {
    checkDelay(deadlineMs);
    const trueDeadlineMs = this.node.trueDelayMs(deadlineMs);
    return this.node.simulator.beginExchange(this.node, to, {
      request,
      deadlineMs: trueDeadlineMs,
    });
  }
}

/** The door of a protocol that sends straight to its peers, by their number. */
export class SimDirectEnv<M, T> extends SimDoor implements Env<M, T, PeerId> {
  private readonly channel: string;

  constructor(node: SimNode, mount: SimMount) {
    super(node, mount, peerId(node.index));
    this.channel = mount.channel;
  }

  send(to: PeerId, message: M): void {
    if (!this.isOfThisLife) return;
    this.node.simulator.sendDirect(this.node, to, { message, channel: this.channel });
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

function checkDelay(delayMs: number): void {
  if (!(delayMs >= 0 && delayMs < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`a delay must be finite and at least 0 ms, not ${delayMs}`);
  }
}
