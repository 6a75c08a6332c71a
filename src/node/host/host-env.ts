import type { Address } from "../../core/address.ts";
import type { Env, ExchangeId, StreamEnv, TimerId } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { Carrier } from "../../core/step.ts";
import type { Due } from "./clock.ts";

/** The host, as the doors of its protocols see it. */
export interface HostPorts {
  readonly self: PeerId;
  readonly messagesMaxBytes: number;
  diceFor(channel: string): Random;
  now(): number;
  queuePacket(to: Address, message: unknown): void;
  queueExchange(to: Address, request: unknown, deadlineMs: number): ExchangeId;
  sendCarried(carrier: Carrier, to: unknown, message: unknown): void;
  setDue(due: Due, delayMs: number): number;
  clearDue(key: number): void;
  fireTimer(mounted: Mounted, timer: unknown): void;
}

/** A mounted protocol; known only once its constructor has returned. */
export interface Mounted {
  protocol: { onTimer(timer: unknown): void } | undefined;
}

/** A protocol's timer, waiting. */
class ProtocolTimer implements Due {
  private readonly ports: HostPorts;
  private readonly mounted: Mounted;
  private readonly timer: unknown;

  constructor(ports: HostPorts, mounted: Mounted, timer: unknown) {
    this.ports = ports;
    this.mounted = mounted;
    this.timer = timer;
  }

  fire(): void {
    this.ports.fireTimer(this.mounted, this.timer);
  }
}

/** What both doors have in common: clocks, dice and timers of one protocol. */
abstract class HostClock {
  readonly self: PeerId;
  readonly random: Random;
  protected readonly ports: HostPorts;
  private readonly mounted: Mounted;

  constructor(ports: HostPorts, mounted: Mounted, channel: string) {
    this.ports = ports;
    this.mounted = mounted;
    this.self = ports.self;
    this.random = ports.diceFor(channel);
  }

  now(): number {
    return this.ports.now();
  }

  wallClock(): number {
    return Date.now();
  }

  setTimer(timer: unknown, delayMs: number): TimerId {
    return this.ports.setDue(
      new ProtocolTimer(this.ports, this.mounted, timer),
      delayMs,
    ) as TimerId;
  }

  clearTimer(id: TimerId): void {
    this.ports.clearDue(id);
  }
}

/** The door of the protocol that owns packets and streams. */
export class HostStreamEnv extends HostClock implements StreamEnv<unknown, unknown> {
  get packetMaxBytes(): number {
    return this.ports.messagesMaxBytes;
  }

  send(to: Address, message: unknown): void {
    this.ports.queuePacket(to, message);
  }

  exchange(to: Address, request: unknown, deadlineMs: number): ExchangeId {
    return this.ports.queueExchange(to, request, deadlineMs);
  }
}

/** The door of a protocol that travels by way of another one. */
export class HostEnv<M, T, To> extends HostClock implements Env<M, T, To>, Carrier {
  private readonly carry: (to: To, message: M) => void;

  constructor(ports: HostPorts, place: Place, carry: (to: To, message: M) => void) {
    super(ports, place.mounted, place.channel);
    this.carry = carry;
  }

  send(to: To, message: M): void {
    this.ports.sendCarried(this, to, message);
  }

  carryNow(to: To, message: M): void {
    this.carry(to, message);
  }
}

interface Place {
  readonly mounted: Mounted;
  readonly channel: string;
}
