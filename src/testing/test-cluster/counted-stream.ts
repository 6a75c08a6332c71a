import type { Address } from "../../core/address.ts";
import type { ExchangeId, StreamEnv, TimerId } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { ExchangeOutcome, StreamProtocol } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import type { SimOutbox } from "./sim-outbox.ts";

/** What one simulated node did, by the names of a real host. Messages have no bytes here. */
export class SimHostCounts {
  packetsSent = 0;
  packetsReceived = 0;
  exchangesBegun = 0;
  requestsAnswered = 0;

  snapshot(): Readonly<Record<string, number>> {
    const { packetsSent, packetsReceived, exchangesBegun, requestsAnswered } = this;
    return { packetsSent, packetsReceived, exchangesBegun, requestsAnswered };
  }
}

/** Counts what goes out, and holds back what must wait for the disk. */
export class CountedStreamEnv<M, T> implements StreamEnv<M, T> {
  private readonly env: StreamEnv<M, T>;
  private readonly counts: SimHostCounts;
  private readonly outbox: SimOutbox;
  /** Exchanges that have waited, under the names that their protocol knows them by. */
  private readonly heldIds = new Map<ExchangeId, ExchangeId>();
  private heldCount = 0;

  constructor(env: StreamEnv<M, T>, counts: SimHostCounts, outbox: SimOutbox) {
    this.env = env;
    this.counts = counts;
    this.outbox = outbox;
  }

  get self(): PeerId {
    return this.env.self;
  }

  get random(): Random {
    return this.env.random;
  }

  get packetMaxBytes(): number {
    return this.env.packetMaxBytes;
  }

  now(): number {
    return this.env.now();
  }

  wallClock(): number {
    return this.env.wallClock();
  }

  send(to: Address, message: M): void {
    this.counts.packetsSent += 1;
    if (this.outbox.isOpen) this.env.send(to, message);
    else this.outbox.put(() => this.env.send(to, message));
  }

  setTimer(timer: T, delayMs: number): TimerId {
    return this.env.setTimer(timer, delayMs);
  }

  clearTimer(id: TimerId): void {
    this.env.clearTimer(id);
  }

  exchange(to: Address, request: M, deadlineMs: number): ExchangeId {
    this.counts.exchangesBegun += 1;
    if (this.outbox.isOpen) return this.env.exchange(to, request, deadlineMs);
    this.heldCount += 1;
    // Below 0: the simulator counts its own from 1.
    const held = -this.heldCount as ExchangeId;
    this.outbox.put(() => this.heldIds.set(this.env.exchange(to, request, deadlineMs), held));
    return held;
  }

  /** What the protocol calls an exchange that has ended. */
  takeId(id: ExchangeId): ExchangeId {
    const held = this.heldIds.get(id) ?? id;
    this.heldIds.delete(id);
    return held;
  }
}

/** Counts what comes in. */
export class CountedStream<M, T, P extends StreamProtocol<M, T>> implements StreamProtocol<M, T> {
  readonly inner: P;
  private readonly env: CountedStreamEnv<M, T>;
  private readonly counts: SimHostCounts;

  constructor(inner: P, env: CountedStreamEnv<M, T>, counts: SimHostCounts) {
    this.inner = inner;
    this.env = env;
    this.counts = counts;
  }

  start(): void {
    this.inner.start();
  }

  stop(): void {
    this.inner.stop();
  }

  onMessage(from: Address, message: M): void {
    this.counts.packetsReceived += 1;
    this.inner.onMessage(from, message);
  }

  onTimer(timer: T): void {
    this.inner.onTimer(timer);
  }

  onExchange(id: ExchangeId, outcome: ExchangeOutcome<M>): void {
    this.inner.onExchange(this.env.takeId(id), outcome);
  }

  onRequest(from: Address, request: M): M | undefined {
    this.counts.requestsAnswered += 1;
    return this.inner.onRequest(from, request);
  }
}
