/** Two and more nodes with one large replica each: what tests and benches of divergence share. */
import type { Dot } from "../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../core/dot-set.ts";
import type { Env, TimerId } from "../core/env.ts";
import { makeOrigin, type Origin, type PeerId } from "../core/peer.ts";
import type { Random } from "../core/random.ts";
import type { AntiEntropyProgress } from "../exchange/anti-entropy/anti-entropy.contract.ts";
import type {
  AntiEntropyEnv,
  AntiEntropyTimer,
} from "../exchange/anti-entropy/anti-entropy.env.ts";
import type { AntiEntropyMessage } from "../exchange/anti-entropy/anti-entropy.messages.ts";
import {
  type AntiEntropyOptions,
  antiEntropyDefaults,
} from "../exchange/anti-entropy/anti-entropy.options.ts";
import { AntiEntropy } from "../exchange/anti-entropy/anti-entropy.ts";
import type { ApplyVerdict, Delta, Replica } from "../exchange/replica.ts";
import { StaticView } from "../peers/static/static-view.ts";
import { Simulator, type SimulatorOptions } from "../sim/simulator.ts";

export const ITEM_BYTES = 100;

/** Holds nothing but dots: all updates are the same bytes. So a million cost little. */
export class DotsReplica implements Replica<Uint8Array> {
  readonly seen: DotSet;
  private readonly payload = new Uint8Array(ITEM_BYTES).fill(7);

  constructor(seen = new DotSet()) {
    this.seen = seen;
  }

  apply(dot: Dot): ApplyVerdict {
    return this.seen.add(dot) ? "news" : "known";
  }

  cover(covers: ReadonlyDotSet, forgotten: ReadonlyDotSet): void {
    this.seen.addAll(covers);
    this.seen.addAll(forgotten);
  }

  get(dot: Dot): Uint8Array | undefined {
    return this.seen.has(dot) ? this.payload : undefined;
  }

  collect(wanted: ReadonlyDotSet, theirs: ReadonlyDotSet, budgetBytes: number): Delta<Uint8Array> {
    const updates: (readonly [Dot, Uint8Array])[] = [];
    const most = Math.max(1, Math.floor(budgetBytes / ITEM_BYTES));
    let more = false;
    for (const dot of wanted) {
      if (theirs.has(dot) || !this.seen.has(dot)) continue;
      more = updates.length >= most;
      if (more) break;
      updates.push([dot, this.payload]);
    }
    return { updates, covers: new DotSet(), forgotten: new DotSet(), more };
  }

  subscribe(): void {}
}

/** Every second dot of many origins: as many runs as dots, so that no digest is short. */
export function scattered(itemsCount: number, originsCount: number): DotSet {
  const set = new DotSet();
  for (let at = 0; at < originsCount; at += 1) {
    const origin = originNamed(at);
    const count = Math.floor(itemsCount / originsCount);
    for (let seq = 1; seq <= 2 * count; seq += 2) set.addRange(origin, seq, seq);
  }
  return set;
}

export function originNamed(at: number): Origin {
  return makeOrigin(`node-${at}.example`, 1);
}

/** A copy that lacks `count` random dots. */
export function without(set: ReadonlyDotSet, count: number, random: Random): DotSet {
  const lacking = new Set(random.sampleIndexes(set.size, count));
  const left = new DotSet();
  let index = 0;
  for (const { origin, seq } of set) {
    if (!lacking.has(index)) left.addRange(origin, seq, seq);
    index += 1;
  }
  return left;
}

/** Passes everything on, and tells of each message sent. */
class TappedEnv implements AntiEntropyEnv {
  private readonly env: AntiEntropyEnv;
  private readonly onSend: (from: PeerId, message: AntiEntropyMessage) => void;

  constructor(env: AntiEntropyEnv, onSend: (from: PeerId, message: AntiEntropyMessage) => void) {
    this.env = env;
    this.onSend = onSend;
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
  send(to: PeerId, message: AntiEntropyMessage): void {
    this.onSend(this.self, message);
    this.env.send(to, message);
  }
  setTimer(timer: AntiEntropyTimer, delayMs: number): TimerId {
    return this.env.setTimer(timer, delayMs);
  }
  clearTimer(id: TimerId): void {
    this.env.clearTimer(id);
  }
}

/** What of a node a test gives and hears of. */
export interface Resident {
  readonly replicas: ReadonlyMap<string, Replica<unknown>>;
  readonly sizeOf?: (update: unknown) => number;
}

export interface LandOptions {
  readonly network?: Partial<SimulatorOptions>;
  readonly antiEntropy?: Partial<AntiEntropyOptions>;
  readonly onSend?: (from: PeerId, message: AntiEntropyMessage) => void;
  /** Wraps each step of a node, to measure it. */
  readonly step?: (body: () => void) => void;
}

export class Land {
  readonly simulator: Simulator;
  readonly engines: AntiEntropy[] = [];
  readonly progress: AntiEntropyProgress[] = [];
  readonly counts = new Map<string, number>();

  constructor(
    residents: readonly ((
      host: { wallClockMs: number },
      after: (body: () => void) => void,
    ) => Resident)[],
    { antiEntropy, network, onSend = () => {}, step = (body) => body() }: LandOptions = {},
  ) {
    this.simulator = new Simulator({ seed: 11, ...network });
    for (const [index, makeResident] of residents.entries()) {
      this.simulator.add((host) => {
        const peers = new StaticView(host.self, 6);
        for (let other = 0; other < residents.length; other += 1) {
          peers.add(other as PeerId & number);
        }
        const { replicas, sizeOf = () => ITEM_BYTES } = makeResident(host, (body) =>
          host.afterStep(body),
        );
        host.mountDirect("antiEntropy", (env: Env<AntiEntropyMessage, AntiEntropyTimer>) => {
          const wiring = {
            peers,
            counters: { add: (name: string, by = 1) => this.count(name, by) },
            onProgress: (progress: AntiEntropyProgress) => this.progress.push(progress),
          };
          const options = { ...antiEntropyDefaults, ...antiEntropy };
          const engine = new AntiEntropy(new TappedEnv(env, onSend), wiring, options);
          for (const [name, replica] of replicas) engine.enrol({ name, replica, sizeOf });
          engine.start();
          this.engines[index] = engine;
          return {
            start: () => {},
            stop: () => engine.stop(),
            onMessage: (from: PeerId, message: AntiEntropyMessage) =>
              step(() => engine.onMessage(from, message)),
            onTimer: (timer: AntiEntropyTimer) => step(() => engine.onTimer(timer)),
          };
        });
      });
    }
  }

  count(name: string, by: number): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }

  counted(name: string): number {
    return this.counts.get(`antiEntropy.${name}`) ?? 0;
  }
}

/** A node with one replica of dots. */
export function ofDots(replica: DotsReplica): () => Resident {
  return () => ({ replicas: new Map([["dots", replica]]) });
}
