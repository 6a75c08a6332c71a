import type { Address } from "../core/address.ts";
import type { Env, ExchangeId, StreamEnv } from "../core/env.ts";
import { type PeerId, peerId } from "../core/peer.ts";
import type { ExchangeOutcome, Protocol, StreamProtocol } from "../core/protocol.ts";
import type { StackHost } from "../core/stack-host.ts";
import { Stepper } from "../core/step.ts";
import type { Place } from "./network.ts";
import { SimEnv, SimStreamEnv } from "./sim-env.ts";
import type { SimEvent, SimMount } from "./sim-event.ts";
import type { Simulator } from "./simulator.ts";

interface TimerOwner {
  onTimer(timer: unknown): void;
}

/** One mounted protocol, as far as its host cares. */
interface Mounted {
  readonly channel: string;
  readonly protocol: TimerOwner;
}

/**
 * How a simulated machine stands. A "dead" process left a machine that still refuses connections.
 */
type Condition = "alive" | "paused" | "dead" | "gone";

/**
 * One machine of a simulation with one node on it. It outlives crashes: `life` counts how often the
 * node was started, and what belongs to an earlier life is forgotten.
 */
export class SimNode extends Stepper implements StackHost, Place {
  readonly simulator: Simulator;
  readonly index: number;
  readonly self: PeerId;
  readonly address: Address;
  partition = 0;
  /** Added to the simulation's wall clock; may be changed at any time, also backwards. */
  wallClockSkewMs = 0;
  private lives = 0;
  private condition: Condition = "dead";
  private mounts: Mounted[] = [];
  private stream: StreamProtocol<unknown, unknown> | undefined;
  private heldBack: SimEvent[] | undefined;
  private packetsHeld = 0;

  constructor(simulator: Simulator, index: number, place: SimPlace) {
    super();
    this.simulator = simulator;
    this.index = index;
    this.self = peerId(place.name ?? index);
    this.address = place.address;
  }

  get life(): number {
    return this.lives;
  }

  get name(): string {
    return String(this.self);
  }

  get isAlive(): boolean {
    return this.condition === "alive" || this.condition === "paused";
  }

  get isPaused(): boolean {
    return this.condition === "paused";
  }

  get isMachineUp(): boolean {
    return this.condition !== "gone";
  }

  /** A dial would be answered. */
  get isListening(): boolean {
    return this.isAlive && this.stream !== undefined;
  }

  mountStream<M, T, P extends StreamProtocol<M, T>>(
    channel: string,
    make: (env: StreamEnv<M, T>) => P,
  ): P {
    if (this.stream !== undefined) throw new Error("packets and streams have an owner already");
    const protocol = make(new SimStreamEnv(this, this.nextMount(channel)));
    this.stream = protocol;
    this.mounts.push({ channel, protocol });
    return protocol;
  }

  mount<M, T, To, P extends Protocol<M, T, To>>(
    channel: string,
    send: (to: To, message: M) => void,
    make: (env: Env<M, T, To>) => P,
  ): P {
    const protocol = make(new SimEnv<M, T, To>(this, this.nextMount(channel), send));
    this.mounts.push({ channel, protocol });
    return protocol;
  }

  /** Begins a life: `build` mounts and starts the stack, as one step. */
  begin<S>(build: (host: SimNode) => S): S {
    if (this.isAlive) throw new Error(`node ${this.name} is running; crash it first`);
    this.lives += 1;
    this.condition = "alive";
    return this.step(() => build(this));
  }

  /** Ends a life without a word: timers, streams and what was queued for it are gone. */
  die(condition: "dead" | "gone"): void {
    this.condition = condition;
    this.lives += 1;
    this.mounts = [];
    this.stream = undefined;
    this.heldBack = undefined;
    this.packetsHeld = 0;
  }

  pause(): void {
    if (this.condition === "alive") this.condition = "paused";
  }

  resume(): void {
    if (this.condition !== "paused") return;
    this.condition = "alive";
    const events = this.heldBack ?? [];
    this.heldBack = undefined;
    this.packetsHeld = 0;
    for (const event of events) this.simulator.schedule(0, event);
  }

  /** Keeps `event` until the node is resumed. */
  holdBack(event: SimEvent): void {
    this.heldBack ??= [];
    this.heldBack.push(event);
  }

  takePacket(from: SimNode, message: unknown, event: SimEvent): void {
    if (this.isPaused) return this.holdBackPacket(event);
    if (this.stream === undefined) {
      this.simulator.counts.packetsToNobody += 1;
      return;
    }
    if (this.simulator.isTraced) {
      this.simulator.report("deliver", { node: this, peer: from, subject: message });
    }
    this.simulator.counts.packetsDelivered += 1;
    this.beginStep();
    try {
      this.stream.onMessage(from.address, message);
    } finally {
      this.endStep();
    }
  }

  takeTimer(mount: number, timer: unknown, event: SimEvent): void {
    if (this.isPaused) return this.holdBack(event);
    const mounted = this.mounts[mount];
    if (mounted === undefined) return;
    if (this.simulator.isTraced) {
      this.simulator.report("timer", { node: this, subject: timer, channel: mounted.channel });
    }
    this.simulator.counts.timersFired += 1;
    this.beginStep();
    try {
      mounted.protocol.onTimer(timer);
    } finally {
      this.endStep();
    }
  }

  takeRequest(from: SimNode, request: unknown): unknown {
    const stream = this.stream;
    if (stream === undefined) return undefined;
    this.simulator.report("request", { node: this, peer: from, subject: request });
    return this.step(() => stream.onRequest(from.address, request));
  }

  takeOutcome(id: ExchangeId, peer: Address, outcome: ExchangeOutcome<unknown>): void {
    const stream = this.stream;
    if (stream === undefined) return;
    const subject = outcome.kind === "reply" ? outcome.reply : outcome.reason;
    const to = this.simulator.find(peer);
    const what = outcome.kind === "reply" ? "reply" : "failure";
    this.simulator.report(what, { node: this, ...(to && { peer: to }), subject });
    this.step(() => stream.onExchange(id, outcome));
  }

  protected override onStepEnd(): void {
    // What a step sends is scheduled for later already, and nothing happens during a step.
  }

  private holdBackPacket(event: SimEvent): void {
    const room = this.simulator.options.pausedPacketsCount;
    if (this.packetsHeld >= room) {
      this.simulator.counts.packetsOverflowed += 1;
      return;
    }
    this.packetsHeld += 1;
    this.holdBack(event);
  }

  private nextMount(channel: string): SimMount {
    return { life: this.lives, index: this.mounts.length, channel };
  }
}

/** Where a node stands and what it is called; in a large simulation its name is its number. */
export interface SimPlace {
  readonly name?: string;
  readonly address: Address;
}
