import type { Address } from "../../core/address.ts";
import type { ConnectionDoor, ConnectionListener } from "../../core/connections.ts";
import type { Env, ExchangeId, StreamEnv } from "../../core/env.ts";
import type { HostPort } from "../../core/host-port.ts";
import type { PeerId } from "../../core/peer.ts";
import type { ExchangeOutcome, Protocol, StreamProtocol } from "../../core/protocol.ts";
import { Random } from "../../core/random.ts";
import { Stepper } from "../../core/step.ts";
import type { ByteStream, StreamListener, Transport } from "../../transport/transport.ts";
import { resolvePlace } from "../address-text.ts";
import { asError } from "../error-text.ts";
import type { NodeHost } from "../node-host.ts";
import { AcceptorExchange } from "./acceptor-exchange.ts";
import { Clock, type Due } from "./clock.ts";
import type { PacketCoder, PacketReading } from "./coders.ts";
import { DialerExchange, type Request } from "./dialer-exchange.ts";
import { Doorkeeper } from "./doorkeeper.ts";
import { type HostOptions, hostDefaults } from "./host.options.ts";
import { HostConnections } from "./host-connections.ts";
import { HostCounts } from "./host-counts.ts";
import { HostEnv, HostStreamEnv, type Mounted } from "./host-env.ts";
import type { RealHostSetup } from "./host-setup.ts";
import { InboundStreams } from "./inbound-streams.ts";
import { StreamCounter } from "./stream-counter.ts";

/** That of nodes without a label. */
const plainPreamble = Uint8Array.of(0x48, 1);

/** A real node: sockets (or memory), the system's clocks, and protocols that know of neither. */
export class RealHost extends Stepper implements NodeHost {
  readonly self: PeerId;
  readonly counts: HostCounts;
  readonly streamCounter: StreamCounter;
  /** `StreamEnv.packetMaxBytes`. */
  readonly messagesMaxBytes: number;
  private readonly setup: RealHostSetup;
  private readonly options: HostOptions;
  private readonly transport: Transport;
  private readonly packets: PacketCoder<unknown>;
  private readonly clock: Clock;
  private stream: StreamProtocol<unknown, unknown> | undefined;
  private readonly outTo: Address[] = [];
  private readonly outBytes: Uint8Array[] = [];
  private outExchanges: DialerExchange[] = [];
  private readonly exchanges = new Map<DialerExchange, number>();
  private readonly inbound: InboundStreams;
  private readonly connections: HostConnections;
  private nextExchange = 1;
  private stopping: Promise<void> | undefined;

  constructor(setup: RealHostSetup) {
    super();
    this.setup = setup;
    this.self = setup.self;
    this.options = { ...hostDefaults, ...setup.options };
    this.transport = setup.transport;
    this.packets = setup.packets;
    this.messagesMaxBytes = this.options.packetMaxBytes - setup.packets.overheadBytes;
    this.counts = new HostCounts(setup.logger, this.options.reportIntervalMs);
    this.streamCounter = new StreamCounter(this.counts, setup.streamMeter);
    this.clock = new Clock(this.options.timersPerTurnCount, () => this.counts.arrivals);
    this.inbound = new InboundStreams(this.clock, this.options);
    this.connections = new HostConnections({
      transport: setup.transport,
      clock: this.clock,
      counts: this.counts,
      options: this.options,
      preamble: setup.connectionPreamble ?? plainPreamble,
      runStep: (body) => this.isStopped || this.runOwnStep(body),
      onQueued: () => this.isInStep || this.onStepEnd(),
    });
  }

  /**
   * Listens. What arrives before a protocol is mounted is dropped and counted.
   * @returns the address really bound.
   * @throws HearsayError BIND_FAILED
   */
  bind(address: Address): Promise<Address> {
    return this.transport.bind(address, this);
  }

  /** Forgets timers and exchanges, sends what is queued, closes the transport. Idempotent. */
  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  get isStopped(): boolean {
    return this.stopping !== undefined;
  }

  /** Pending timers alone do not keep the process alive any more; open sockets still do. */
  unref(): void {
    this.clock.unref();
  }

  mountStream<M, T, P extends StreamProtocol<M, T>>(
    channel: string,
    make: (env: StreamEnv<M, T>) => P,
  ): P {
    if (this.stream !== undefined) throw new Error("packets and streams have an owner already");
    const mounted: Mounted = { protocol: undefined };
    const protocol = make(new HostStreamEnv(this, mounted, channel));
    mounted.protocol = protocol;
    this.stream = protocol;
    return protocol;
  }

  mount<M, T, To, P extends Protocol<M, T, To>>(
    channel: string,
    send: (to: To, message: M) => void,
    make: (env: Env<M, T, To>) => P,
  ): P {
    const mounted: Mounted = { protocol: undefined };
    const protocol = make(new HostEnv<M, T, To>(this, { mounted, channel }, send));
    mounted.protocol = protocol;
    return protocol;
  }

  mountConnections<L extends ConnectionListener>(make: (door: ConnectionDoor) => L): L {
    return this.connections.mount(make);
  }

  now(): number {
    return this.clock.now();
  }

  wallClock(): number {
    return Date.now();
  }

  resolve(place: HostPort): Promise<readonly Address[]> {
    return resolvePlace(place);
  }

  startTimer(fire: () => void, delayMs: number): number {
    return this.clock.set({ fire }, delayMs);
  }

  stopTimer(key: number): void {
    this.clock.clear(key);
  }

  diceFor(channel: string): Random {
    return Random.derive(this.setup.seed, this.self, channel);
  }

  setDue(due: Due, delayMs: number): number {
    return this.clock.set(due, delayMs);
  }

  clearDue(key: number): void {
    this.clock.clear(key);
  }

  // Packets

  queuePacket(to: Address, message: unknown): void {
    if (this.outTo.length >= this.options.stepPacketsMaxCount) {
      this.drop("step sends too much", to);
      return;
    }
    try {
      this.outBytes.push(this.packets.encode(message));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.drop("packet.encode", to);
      return;
    }
    this.outTo.push(to);
    if (!this.isInStep) this.onStepEnd();
  }

  onPacket(from: Address, bytes: Uint8Array): void {
    const { counts, stream } = this;
    counts.packetsReceived += 1;
    counts.bytesReceived += bytes.length;
    const decoded = this.decode(bytes);
    if (decoded === undefined) return;
    if ("drop" in decoded) {
      this.drop(`packet.${decoded.drop}`, from);
      return;
    }
    if (stream === undefined || this.isStopped) {
      this.drop("packet.nobody", from);
      return;
    }
    this.beginStep();
    try {
      try {
        stream.onMessage(from, decoded.message);
      } finally {
        this.endStep();
      }
    } catch (error) {
      this.die(error);
    }
  }

  /** A codec must not throw; one that does must not let whoever found the bytes stop the node. */
  private decode(bytes: Uint8Array): PacketReading<unknown> | undefined {
    try {
      return this.packets.decode(bytes);
    } catch (error) {
      this.counts.drop("packet.codecFailed", this.clock.now(), asError(error));
      return undefined;
    }
  }

  fireTimer(mounted: Mounted, timer: unknown): void {
    const { protocol } = mounted;
    if (protocol === undefined || this.isStopped) return;
    this.counts.timersFired += 1;
    this.runOwnStep(() => protocol.onTimer(timer));
  }

  // Streams

  queueExchange(to: Address, request: unknown, deadlineMs: number): ExchangeId {
    const id = this.nextExchange as ExchangeId;
    this.nextExchange += 1;
    const bytes = this.encodeRequest(to, request);
    const isFull = this.exchanges.size >= this.options.exchangesMaxCount;
    if (bytes === undefined || isFull || this.isStopped) {
      const detail = bytes === undefined ? "cannot be encoded" : "too many exchanges at once";
      if (isFull) this.drop("stream.tooMany", to);
      this.failLater(id, detail);
      return id;
    }
    const reader = this.setup.streams.decoder("dialer");
    const sent: Request = { to, bytes, deadlineMs, slot: this.streamCounter.slotOf(request) };
    const exchange = new DialerExchange(this, id, { request: sent, reader });
    this.exchanges.set(exchange, this.clock.set(exchange, deadlineMs));
    this.outExchanges.push(exchange);
    this.counts.exchangesBegun += 1;
    if (!this.isInStep) this.onStepEnd();
    return id;
  }

  onExchangeEnd(exchange: DialerExchange, outcome: ExchangeOutcome<unknown>): void {
    this.tellOutcome(exchange.id, outcome);
  }

  onDialerClose(exchange: DialerExchange): void {
    const deadline = this.exchanges.get(exchange);
    if (deadline === undefined) return;
    this.clock.clear(deadline);
    this.exchanges.delete(exchange);
  }

  onStream(stream: ByteStream): StreamListener {
    const exchange = new AcceptorExchange(this, stream, this.setup.streams);
    if (this.isStopped || this.stream === undefined) {
      this.drop("stream.nobody", stream.remote);
      queueMicrotask(() => stream.destroy());
      return exchange;
    }
    this.inbound.add(exchange);
    const onConnection = (begun: AcceptorExchange) => {
      this.inbound.remove(begun);
      return this.connections.accept(stream);
    };
    const preamble = this.setup.connectionPreamble ?? plainPreamble;
    return new Doorkeeper({ preamble, onConnection }, stream, exchange);
  }

  onRequest(from: Address, request: unknown): unknown {
    const { stream } = this;
    if (stream === undefined || this.isStopped) return undefined;
    this.counts.requestsAnswered += 1;
    return this.runOwnStep(() => stream.onRequest(from, request));
  }

  goOnLater(exchange: AcceptorExchange | DialerExchange): void {
    this.clock.set({ fire: () => exchange.goOn() }, 0);
  }

  renewDeadline(exchange: AcceptorExchange): void {
    this.inbound.renewDeadline(exchange);
  }

  onBytesHeld(): void {
    this.inbound.onBytesHeld();
  }

  onStreamDropped(reason: string, peer: Address): void {
    this.drop(`stream.${reason}`, peer);
  }

  onAcceptorClose(exchange: AcceptorExchange): void {
    this.inbound.remove(exchange);
  }

  onTransportError(where: string, error: Error): void {
    this.counts.drop(where, this.clock.now(), error);
  }

  protected override onStepEnd(): void {
    const { gate } = this.setup;
    const position = gate?.endStep();
    if (position !== undefined) {
      this.connections.endStep((onReady) => gate?.whenDurable(position, onReady));
      return gate?.whenDurable(position, this.holdBack());
    }
    this.connections.endStep();
    this.sendPackets(this.outTo, this.outBytes);
    this.outTo.length = 0;
    this.outBytes.length = 0;
    if (this.outExchanges.length > 0) this.beginExchanges();
  }

  /** Keeps what this step sent apart from what others send; returns what lets it go. */
  private holdBack(): () => void {
    const [to, bytes] = [this.outTo.splice(0), this.outBytes.splice(0)];
    const exchanges = this.outExchanges;
    this.outExchanges = [];
    return () => {
      if (this.isStopped) return;
      this.sendPackets(to, bytes);
      for (const exchange of exchanges) exchange.begin(this.transport);
    };
  }

  private sendPackets(to: readonly Address[], packets: readonly Uint8Array[]): void {
    const { counts } = this;
    for (let at = 0; at < to.length; at += 1) {
      const address = to[at];
      const bytes = packets[at];
      if (address === undefined || bytes === undefined) continue;
      counts.packetsSent += 1;
      counts.bytesSent += bytes.length;
      this.transport.sendPacket(address, bytes);
    }
  }

  private beginExchanges(): void {
    const exchanges = this.outExchanges;
    this.outExchanges = [];
    for (const exchange of exchanges) exchange.begin(this.transport);
  }

  private encodeRequest(to: Address, request: unknown): Uint8Array | undefined {
    try {
      return this.setup.streams.encodeRequest(request);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.drop("stream.encode", to);
      return undefined;
    }
  }

  /** Never during the step that began it. */
  private failLater(id: ExchangeId, detail: string): void {
    const outcome = { kind: "failure", reason: "unreachable", detail } as const;
    this.clock.set({ fire: () => this.tellOutcome(id, outcome) }, 0);
  }

  private tellOutcome(id: ExchangeId, outcome: ExchangeOutcome<unknown>): void {
    const { stream } = this;
    if (stream === undefined || this.isStopped) return;
    this.runOwnStep(() => stream.onExchange(id, outcome));
  }

  /** A step that no caller waits for. */
  private runOwnStep<R>(body: () => R): R | undefined {
    try {
      return this.step(body);
    } catch (error) {
      this.die(error);
      return undefined;
    }
  }

  private die(error: unknown): void {
    const cause = asError(error);
    if (this.isStopped) return;
    this.setup.logger?.error(`node ${this.self} stops: a protocol failed: ${cause.message}`, {
      error: cause,
    });
    void this.stop();
    this.setup.onFatal(cause);
  }

  private drop(reason: string, peer: Address): void {
    this.counts.drop(reason, this.clock.now(), peer);
  }

  private async stopAll(): Promise<void> {
    this.clock.stop();
    this.exchanges.clear();
    this.inbound.clear();
    this.connections.clear();
    await this.transport.close();
  }
}
