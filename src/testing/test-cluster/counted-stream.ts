import type { Address } from "../../core/address.ts";
import type { ExchangeId, StreamEnv, TimerId } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { ExchangeOutcome, StreamProtocol } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";

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

/** Counts what goes out. */
export class CountedStreamEnv<M, T> implements StreamEnv<M, T> {
  private readonly env: StreamEnv<M, T>;
  private readonly counts: SimHostCounts;

  constructor(env: StreamEnv<M, T>, counts: SimHostCounts) {
    this.env = env;
    this.counts = counts;
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
    this.env.send(to, message);
  }

  setTimer(timer: T, delayMs: number): TimerId {
    return this.env.setTimer(timer, delayMs);
  }

  clearTimer(id: TimerId): void {
    this.env.clearTimer(id);
  }

  exchange(to: Address, request: M, deadlineMs: number): ExchangeId {
    this.counts.exchangesBegun += 1;
    return this.env.exchange(to, request, deadlineMs);
  }
}

/** Counts what comes in. */
export class CountedStream<M, T, P extends StreamProtocol<M, T>> implements StreamProtocol<M, T> {
  readonly inner: P;
  private readonly counts: SimHostCounts;

  constructor(inner: P, counts: SimHostCounts) {
    this.inner = inner;
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
    this.inner.onExchange(id, outcome);
  }

  onRequest(from: Address, request: M): M | undefined {
    this.counts.requestsAnswered += 1;
    return this.inner.onRequest(from, request);
  }
}
