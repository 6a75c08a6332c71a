import type { Address } from "../core/address.ts";
import type { Env, ExchangeId, StreamEnv } from "../core/env.ts";
import { type PeerId, peerId } from "../core/peer.ts";
import type { ExchangeOutcome, Protocol, StreamProtocol } from "../core/protocol.ts";
import type { StackHost } from "../core/stack-host.ts";
import { Stepper } from "../core/step.ts";
import type { Place } from "./network.ts";
import { SimClock } from "./sim-clock.ts";
import { SimDisk } from "./sim-disk.ts";
import { SimDirectEnv, SimEnv, SimStreamEnv } from "./sim-env.ts";
import type { Parcel, SimEvent, SimMount } from "./sim-event.ts";
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
  readonly disk = new SimDisk();
  partition = 0;
  private lives = 0;
  private condition: Condition = "dead";
  private mounts: Mounted[] = [];
  private stream: StreamProtocol<unknown, unknown> | undefined;
  private directs: Map<string, Protocol<unknown, unknown>> | undefined;
  private clock: SimClock | undefined;
  private skewMs = 0;
  private blocked = false;
  private heldBack: SimEvent[] | undefined;
  private packetsHeld = 0;
  private heldSends: SimEvent[] | undefined;

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

  /** Timers run, but nothing is sent or received. */
  get isBlocked(): boolean {
    return this.blocked;
  }

  /** Neither paused nor blocked. */
  get isFlowing(): boolean {
    return !this.blocked && this.condition !== "paused";
  }

  get isMachineUp(): boolean {
    return this.condition !== "gone";
  }

  /** A dial would be answered. */
  get isListening(): boolean {
    return this.isAlive && this.stream !== undefined;
  }

  /** What its monotonic clock shows. */
  get clockMs(): number {
    const nowMs = this.simulator.nowMs;
    return this.clock === undefined ? nowMs : this.clock.read(nowMs);
  }

  /** What its wall clock shows, in whole milliseconds since the Unix epoch. */
  get wallClockMs(): number {
    return this.simulator.options.epochMs + Math.floor(this.clockMs) + this.skewMs;
  }

  /** Added to its wall clock; may be changed at any time, also backwards. */
  get wallClockSkewMs(): number {
    return this.skewMs;
  }

  set wallClockSkewMs(skewMs: number) {
    this.skewMs = skewMs;
    this.simulator.onFault(`wallClockSkewMs ${skewMs}`, this);
  }

  /** How fast its clocks run; 1 is true. Timers set before a change keep their moment. */
  get clockRateRatio(): number {
    return this.clock?.rateRatio ?? 1;
  }

  set clockRateRatio(rateRatio: number) {
    this.clock ??= new SimClock();
    this.clock.setRate(rateRatio, this.simulator.nowMs);
    this.simulator.onFault(`clockRateRatio ${rateRatio}`, this);
  }

  /** How long the simulation takes until this node's clock shows `delayMs` more. */
  trueDelayMs(delayMs: number): number {
    if (this.clock === undefined) return delayMs;
    return this.clock.trueDelayMs(delayMs, this.simulator.nowMs);
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

  /**
   * Mounts a protocol that sends straight to its peers, with no membership below: for large
   * simulations. Its peers are the numbers of the nodes; packets of `channel` reach the protocol
   * that the peer mounted under that name.
   */
  mountDirect<M, T, P extends Protocol<M, T>>(
    channel: string,
    make: (env: Env<M, T, PeerId>) => P,
  ): P {
    this.directs ??= new Map();
    if (this.directs.has(channel)) throw new Error(`channel ${channel} has an owner already`);
    const protocol = make(new SimDirectEnv<M, T>(this, this.nextMount(channel)));
    this.directs.set(channel, protocol);
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
    this.directs = undefined;
    this.blocked = false;
    this.heldBack = undefined;
    this.packetsHeld = 0;
    this.heldSends = undefined;
  }

  pause(): void {
    if (this.condition === "alive") this.condition = "paused";
  }

  resume(): void {
    if (this.condition !== "paused") return;
    this.condition = "alive";
    this.releaseReceived();
    this.releaseSends();
  }

  /** The slow member of [Lifeguard §V-D]: see `Simulator.block`. */
  block(): void {
    if (this.isAlive) this.blocked = true;
  }

  unblock(): void {
    this.blocked = false;
    if (this.condition !== "alive") return;
    this.releaseReceived();
    this.releaseSends();
  }

  /** Keeps `event` until the node runs and receives again. */
  holdBack(event: SimEvent): void {
    this.heldBack ??= [];
    this.heldBack.push(event);
  }

  /** Keeps what it would send until it runs and sends again. False when there is no room. */
  holdSend(event: SimEvent): boolean {
    this.heldSends ??= [];
    if (this.heldSends.length >= this.simulator.options.blockedSendsCount) return false;
    this.heldSends.push(event);
    return true;
  }

  takePacket(from: SimNode, event: SimEvent, parcel: Parcel): void {
    if (!this.isFlowing) return this.holdBackPacket(event);
    const { message, channel } = parcel;
    if (channel === undefined ? this.stream === undefined : !this.directs?.has(channel)) {
      this.simulator.counts.packetsToNobody += 1;
      return;
    }
    if (this.simulator.isTraced) {
      const about = { node: this, peer: from, subject: message };
      this.simulator.report("deliver", channel === undefined ? about : { ...about, channel });
    }
    this.simulator.counts.packetsDelivered += 1;
    this.beginStep();
    try {
      if (channel === undefined) this.stream?.onMessage(from.address, message);
      else this.directs?.get(channel)?.onMessage(peerId(from.index), message);
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

  private releaseReceived(): void {
    const events = this.heldBack ?? [];
    this.heldBack = undefined;
    this.packetsHeld = 0;
    for (const event of events) this.simulator.schedule(0, event);
  }

  private releaseSends(): void {
    if (!this.isFlowing) return;
    const sends = this.heldSends ?? [];
    this.heldSends = undefined;
    for (const send of sends) send.fire();
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
