import type { Env, TimerId } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";

/** Messages of one node, of all its protocols together. */
export interface Meter {
  sentCount: number;
  receivedCount: number;
}

/** A protocol whose messages are counted, for `mountDirect`. */
export function metered<M, T>(
  env: Env<M, T>,
  meter: Meter,
  make: (env: Env<M, T>) => Protocol<M, T>,
): Protocol<M, T> {
  return new MeteredProtocol(make(new MeteredEnv(env, meter)), meter);
}

class MeteredEnv<M, T> implements Env<M, T> {
  private readonly env: Env<M, T>;
  private readonly meter: Meter;

  constructor(env: Env<M, T>, meter: Meter) {
    this.env = env;
    this.meter = meter;
  }

  get self(): PeerId {
    return this.env.self;
  }

  get random(): Random {
    return this.env.random;
  }

  now(): number {
    return this.env.now();
  }

  wallClock(): number {
    return this.env.wallClock();
  }

  send(to: PeerId, message: M): void {
    this.meter.sentCount += 1;
    this.env.send(to, message);
  }

  setTimer(timer: T, delayMs: number): TimerId {
    return this.env.setTimer(timer, delayMs);
  }

  clearTimer(id: TimerId): void {
    this.env.clearTimer(id);
  }
}

class MeteredProtocol<M, T> implements Protocol<M, T> {
  private readonly protocol: Protocol<M, T>;
  private readonly meter: Meter;

  constructor(protocol: Protocol<M, T>, meter: Meter) {
    this.protocol = protocol;
    this.meter = meter;
  }

  start(): void {
    this.protocol.start();
  }

  stop(): void {
    this.protocol.stop();
  }

  onMessage(from: PeerId, message: M): void {
    this.meter.receivedCount += 1;
    this.protocol.onMessage(from, message);
  }

  onTimer(timer: T): void {
    this.protocol.onTimer(timer);
  }
}
