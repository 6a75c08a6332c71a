import type { Address } from "../core/address.ts";
import type { ConnectionDoor, ConnectionListener } from "../core/connections.ts";
import type { Env, ExchangeId, LinkEnv, StreamEnv, TimerId } from "../core/env.ts";
import { type PeerId, peerId } from "../core/peer.ts";
import type { ExchangeOutcome, LinkProtocol, Protocol, StreamProtocol } from "../core/protocol.ts";
import type { StackHost } from "../core/stack-host.ts";
import { type Carrier, Stepper } from "../core/step.ts";
import type { Place } from "./network.ts";
import { SimClock } from "./sim-clock.ts";
import { SimDirectEnv } from "./sim-direct-env.ts";
import { SimDisk } from "./sim-disk.ts";
import type { SimEngine } from "./sim-engine.ts";
import { SimEnv, type SimMount, SimStreamEnv } from "./sim-env.ts";
import type { SimEvent } from "./sim-event.ts";
import { SimHolds } from "./sim-holds.ts";
import { SimLinkEnv, SimOnLinksEnv } from "./sim-link-env.ts";
import { addressAt, type SimPlace } from "./sim-place.ts";
import { vitalFlags } from "./sim-roster.ts";
import type { Simulator } from "./simulator.ts";

interface TimerTaker {
  onTimer(timer: unknown): void;
}

/** One mounted protocol, as far as its host cares. */
interface Mounted {
  readonly channel: string;
  readonly protocol: TimerTaker;
}

const NO_MOUNTS: readonly Mounted[] = [];

/**
 * One machine of a simulation with one node on it. It outlives crashes: `life` counts how often the
 * node was started and ended, and what belongs to an earlier life is forgotten. What few nodes need
 * is made when it is asked for: there may be a million of them.
 */
export class SimNode extends Stepper implements StackHost, Place {
  readonly simulator: Simulator;
  readonly index: number;
  readonly self: PeerId;
  /** No process left, and no machine that would refuse a dial. */
  private isGone = false;
  private place: Address | undefined;
  /** Nodes hear only those of the same label, as on the wire (spec section 10). */
  label = "";
  private mounts = NO_MOUNTS;
  private stream: StreamProtocol<unknown, unknown> | undefined;
  private clock: SimClock | undefined;
  private skewMs = 0;
  private keptDisk: SimDisk | undefined;
  private kept: SimHolds | undefined;

  constructor(simulator: Simulator, index: number, place: SimPlace) {
    super();
    this.simulator = simulator;
    this.index = index;
    this.self = peerId(place.name ?? index);
    this.place = place.address;
  }

  /** Where others find it. */
  get address(): Address {
    this.place ??= addressAt(this.index);
    return this.place;
  }

  /** The machine is given another address, as a pod is that is started anew. */
  moveTo(address: Address): void {
    this.place = address;
  }

  /** Its index, as protocols see it. */
  get name(): string {
    return String(this.self);
  }

  /** Changes whenever the node is started or ended. */
  get life(): number {
    return this.engine.roster.life(this.index);
  }

  /** Whether it runs, be it paused or blocked. */
  get isAlive(): boolean {
    return this.engine.roster.has(this.index, vitalFlags.alive);
  }

  /** Whether it stands still: what comes to it waits. */
  get isPaused(): boolean {
    return this.engine.roster.has(this.index, vitalFlags.paused);
  }

  /** Timers run, but nothing is sent or received. */
  get isBlocked(): boolean {
    return this.engine.roster.has(this.index, vitalFlags.blocked);
  }

  /** Neither paused nor blocked. */
  get isFlowing(): boolean {
    return !this.engine.roster.has(this.index, vitalFlags.paused | vitalFlags.blocked);
  }

  /** Whether it may be started again. */
  get isMachineUp(): boolean {
    return !this.isGone;
  }

  /** A dial would be answered. */
  get isListening(): boolean {
    return this.isAlive && this.stream !== undefined;
  }

  /** The partition group it is in; 0 is that of those who were named in none. */
  get partition(): number {
    return this.simulator.network.group(this.index);
  }

  /** Survives crashes, unless the node is restarted with its disk lost. */
  get disk(): SimDisk {
    this.keptDisk ??= new SimDisk();
    return this.keptDisk;
  }

  /** What waits while it is paused or blocked. */
  get holds(): SimHolds {
    this.kept ??= new SimHolds(this.engine.options);
    return this.kept;
  }

  /** What its monotonic clock shows. */
  get clockMs(): number {
    const { nowMs } = this.engine;
    return this.clock === undefined ? nowMs : this.clock.read(nowMs);
  }

  /** What its wall clock shows, in whole milliseconds since the Unix epoch. */
  get wallClockMs(): number {
    return this.engine.options.epochMs + Math.floor(this.clockMs) + this.skewMs;
  }

  /** Added to its wall clock; may be changed at any time, also backwards. */
  get wallClockSkewMs(): number {
    return this.skewMs;
  }

  /** @throws RangeError when it is no finite number. */
  set wallClockSkewMs(skewMs: number) {
    if (!Number.isFinite(skewMs)) throw new RangeError(`a wall clock cannot be ${skewMs} ms wrong`);
    this.skewMs = skewMs;
    this.simulator.onFault(`wallClockSkewMs ${skewMs}`, this);
  }

  /** How fast its clocks run; 1 is true. Timers set before a change keep their moment. */
  get clockRateRatio(): number {
    return this.clock?.rateRatio ?? 1;
  }

  set clockRateRatio(rateRatio: number) {
    this.clock ??= new SimClock();
    this.clock.setRate(rateRatio, this.engine.nowMs);
    this.engine.hasDrift = true;
    this.simulator.onFault(`clockRateRatio ${rateRatio}`, this);
  }

  /** How long the simulation takes until this node's clock shows `delayMs` more. */
  trueDelayMs(delayMs: number): number {
    if (this.clock === undefined) return delayMs;
    return this.clock.trueDelayMs(delayMs, this.engine.nowMs);
  }

  /** Forgets a pending timer, also one that is held back. */
  clearTimer(id: TimerId): void {
    this.engine.wheel.cancel(id);
    this.kept?.clearTimer(id);
  }

  mountStream<M, T, P extends StreamProtocol<M, T>>(
    channel: string,
    make: (env: StreamEnv<M, T>) => P,
  ): P {
    if (this.stream !== undefined) throw new Error("packets and streams have an owner already");
    const protocol = make(new SimStreamEnv(this, this.nextMount(channel)));
    this.stream = protocol;
    this.mounts = [...this.mounts, { channel, protocol }];
    return protocol;
  }

  mount<M, T, To, P extends Protocol<M, T, To>>(
    channel: string,
    send: (to: To, message: M) => void,
    make: (env: Env<M, T, To>) => P,
  ): P {
    const protocol = make(new SimEnv<M, T, To>(this, this.nextMount(channel), send));
    this.mounts = [...this.mounts, { channel, protocol }];
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
    return this.mountAt(channel, (place) => make(new SimDirectEnv<M, T>(this, place)));
  }

  /** Mounts a protocol whose door `make` builds, for the channel of that number. */
  mountAt<P extends Protocol<never, never>>(channel: string, make: (place: number) => P): P {
    const place = this.freeChannel(channel);
    const protocol = make(place);
    this.engine.channel(place).put(this.index, protocol);
    return protocol;
  }

  /**
   * Mounts a protocol on links: reliable and ordered, and their end is told. Its peers are the
   * numbers of the nodes.
   */
  mountLinked<M, T, P extends LinkProtocol<M, T>>(
    channel: string,
    make: (env: LinkEnv<M, T>) => P,
  ): P {
    const place = this.freeChannel(channel);
    const protocol = make(new SimLinkEnv<M, T>(this, place));
    this.engine.channel(place).put(this.index, protocol);
    this.simulator.links.mount(this, place, protocol);
    return protocol;
  }

  /**
   * Mounts a protocol whose messages use the link that another one has opened to the peer; without
   * one they are dropped and counted.
   */
  mountOnLinks<M, T, P extends Protocol<M, T>>(
    channel: string,
    make: (env: Env<M, T, PeerId>) => P,
  ): P {
    return this.mountAt(channel, (place) => make(new SimOnLinksEnv<M, T>(this, place)));
  }

  /** Byte connections to other machines, by address; `make` gets the door and gives who listens. */
  mountConnections<L extends ConnectionListener>(make: (door: ConnectionDoor) => L): L {
    return this.simulator.connections.mount(this, make);
  }

  override step<R>(body: () => R): R {
    this.engine.openStep(this);
    return super.step(body);
  }

  override afterStep(body: () => void): void {
    this.engine.openStep(this);
    super.afterStep(body);
  }

  override sendCarried(carrier: Carrier, to: unknown, message: unknown): void {
    this.engine.openStep(this);
    super.sendCarried(carrier, to, message);
  }

  /** For the engine, which calls direct protocols itself. */
  enterStep(): void {
    this.beginStep();
  }

  /** Of the engine: the step ends. */
  leaveStep(): void {
    this.endStep();
  }

  /** Begins a life: `build` mounts and starts the stack, as one step. */
  begin<S>(build: (host: SimNode) => S): S {
    if (this.isAlive) throw new Error(`node ${this.name} is running; crash it first`);
    this.isGone = false;
    this.engine.roster.turn(this.index, vitalFlags.alive);
    return this.step(() => build(this));
  }

  /**
   * Ends a life without a word: timers, streams and what was queued for it are gone. A "dead"
   * process leaves a machine that still refuses connections.
   */
  die(condition: "dead" | "gone"): void {
    this.isGone = condition === "gone";
    this.keptDisk?.onDeath(condition);
    this.engine.roster.turn(this.index, 0);
    this.simulator.links.abandon(this.index, condition);
    this.simulator.connections.abandon(this.index, condition);
    this.engine.forget(this.index);
    this.mounts = NO_MOUNTS;
    this.stream = undefined;
    this.kept = undefined;
  }

  /** It stands still from now on. */
  pause(): void {
    if (this.isAlive) this.engine.roster.set(this.index, vitalFlags.paused);
  }

  /** It goes on; what waited comes to it now. */
  resume(): void {
    if (!this.isPaused) return;
    this.engine.roster.unset(this.index, vitalFlags.paused);
    this.release();
  }

  /** The slow member of [Lifeguard §V-D]: see `Simulator.block`. */
  block(): void {
    if (this.isAlive) this.engine.roster.set(this.index, vitalFlags.blocked);
  }

  /** What it sent and what was sent to it gets through now. */
  unblock(): void {
    this.engine.roster.unset(this.index, vitalFlags.blocked);
    if (!this.isPaused) this.release();
  }

  /** Of the engine: a packet has arrived. */
  takePacket(from: SimNode, message: unknown): void {
    if (from.label !== this.label) {
      this.engine.counts.packetsLost += 1;
      return;
    }
    this.beginStep();
    try {
      this.stream?.onMessage(from.address, message);
    } finally {
      this.endStep();
    }
  }

  /** Of the engine: a timer has gone off. */
  takeTimer(mount: number, timer: unknown): void {
    const mounted = this.mounts[mount];
    if (mounted === undefined) return;
    const { tracer, counts, nowMs } = this.engine;
    if (tracer.isOn) {
      tracer.report("timer", nowMs, { node: this, subject: timer, channel: mounted.channel });
    }
    counts.timersFired += 1;
    this.beginStep();
    try {
      mounted.protocol.onTimer(timer);
    } finally {
      this.endStep();
    }
  }

  /** Of the engine: a request has arrived; returns the reply. */
  takeRequest(from: SimNode, request: unknown): unknown {
    const { engine, stream } = this;
    // Another label is answered by closing, without a word.
    if (stream === undefined || from.label !== this.label) return undefined;
    engine.tracer.report("request", engine.nowMs, { node: this, peer: from, subject: request });
    return this.step(() => stream.onRequest(from.address, request));
  }

  /** Of the engine: an exchange that this node began has ended. */
  takeOutcome(id: ExchangeId, peer: Address, outcome: ExchangeOutcome<unknown>): void {
    const { engine, stream } = this;
    if (stream === undefined) return;
    const subject = outcome.kind === "reply" ? outcome.reply : outcome.reason;
    const about = { node: this, peer: this.simulator.find(peer), subject };
    engine.tracer.report(outcome.kind === "reply" ? "reply" : "failure", engine.nowMs, about);
    this.step(() => stream.onExchange(id, outcome));
  }

  protected override onStepEnd(): void {
    // What a step sends is scheduled for later already, and nothing happens during a step.
  }

  private get engine(): SimEngine {
    return this.simulator.engine;
  }

  /** What it was sent happens now, one after another, and then it sends what it had to keep. */
  private release(): void {
    if (this.kept === undefined) return;
    for (const event of this.kept.takeReceived()) this.engine.schedule(0, event);
    const sends: SimEvent[] = this.isFlowing ? this.kept.takeSends() : [];
    for (const send of sends) send.fire();
  }

  private freeChannel(name: string): number {
    const place = this.engine.channelNumber(name);
    if (this.engine.channel(place).get(this.index) === undefined) return place;
    throw new Error(`channel ${name} has an owner already`);
  }

  private nextMount(channel: string): SimMount {
    return { life: this.life, index: this.mounts.length, channel };
  }
}
