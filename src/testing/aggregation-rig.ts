import { at } from "../core/collections/at.ts";
import { type PeerId, peerId } from "../core/peer.ts";
import { Random } from "../core/random.ts";
import type {
  AggregateCount,
  AggregatePeerListener,
  AggregatePeers,
  MachineWiring,
  Outbox,
} from "../data/aggregate/aggregate.contract.ts";
import type { AggregateMessage, AggregatePart } from "../data/aggregate/aggregate.messages.ts";
import { type AggregateOptions, aggregateOptions } from "../data/aggregate/aggregate.options.ts";
import { type AggregateTimer, Aggregation } from "../data/aggregate/aggregation.ts";
import { Gauge } from "../data/aggregate/gauge.ts";
import { RecordingEnv } from "./recording-env.ts";

export class RigCounts {
  readonly counts = new Map<AggregateCount, number>();

  add(name: AggregateCount, by = 1): void {
    this.counts.set(name, this.of(name) + by);
  }

  of(name: AggregateCount): number {
    return this.counts.get(name) ?? 0;
  }
}

/** The surroundings of one machine, whose clock the test turns. */
export class RigWiring implements MachineWiring {
  readonly self: PeerId;
  readonly random: Random;
  readonly counters = new RigCounts();
  nowMs = 0;

  constructor(self: string) {
    this.self = peerId(self);
    this.random = new Random(self);
  }

  now(): number {
    return this.nowMs;
  }

  wallClock(): number {
    return 1_600_000_000_000 + this.nowMs;
  }
}

/** Parts in the order in which they were put. */
export class RigOutbox implements Outbox {
  readonly put: (peer: PeerId, part: AggregatePart) => void;
  private parts: { readonly to: PeerId; readonly part: AggregatePart }[] = [];

  constructor() {
    this.put = (to, part) => this.parts.push({ to, part });
  }

  taken(): readonly { readonly to: PeerId; readonly part: AggregatePart }[] {
    const taken = this.parts;
    this.parts = [];
    return taken;
  }

  one(): AggregatePart {
    const taken = this.taken();
    return at(taken, taken.length - 1).part;
  }
}

/** A fixed list of peers, all of them neighbours. */
export class RigPeers implements AggregatePeers {
  private readonly names: PeerId[];
  private readonly listeners: AggregatePeerListener[] = [];

  constructor(names: readonly string[]) {
    this.names = names.map((name) => peerId(name));
  }

  get size(): number {
    return this.names.length;
  }

  sample(random: Random, count: number, out: PeerId[]): number {
    const chosen = random.sampleIndexes(this.names.length, count);
    chosen.forEach((index, place) => {
      out[place] = at(this.names, index);
    });
    return chosen.length;
  }

  forEachNeighbour(visit: (peer: PeerId) => void): void {
    for (const name of this.names) visit(name);
  }

  subscribe(listener: AggregatePeerListener): void {
    this.listeners.push(listener);
  }

  leave(name: string): void {
    this.names.splice(this.names.indexOf(peerId(name)), 1);
    for (const listener of this.listeners) listener.onPeerDown(peerId(name), "departed");
  }

  arrive(name: string): void {
    this.names.push(peerId(name));
    for (const listener of this.listeners) listener.onNeighboursChange();
  }
}

export interface RigNodeOptions {
  readonly name: string;
  readonly peers: readonly string[];
  readonly options?: Readonly<Record<string, number | string>>;
  readonly wallClockMs?: number;
}

/** One node with its engine, whose messages the test carries. */
export class RigNode {
  readonly name: string;
  readonly env: RecordingEnv<AggregateMessage, AggregateTimer>;
  readonly engine: Aggregation;
  readonly peers: RigPeers;
  readonly counters = new RigCounts();
  readonly options: AggregateOptions;

  constructor({ name, options, peers, wallClockMs = 1_600_000_000_000 }: RigNodeOptions) {
    this.name = name;
    this.options = aggregateOptions({ roundJitterRatio: 0, ...options });
    this.env = new RecordingEnv({ self: name, wallClockMs, seed: name.length + 7 });
    this.peers = new RigPeers(peers);
    this.engine = new Aggregation(this.env, this, this.options);
    this.engine.start();
  }

  gauge(name: string, read: () => number | undefined, range = [-1e9, 1e9]): Gauge {
    const [low = 0, high = 0] = range;
    const { engine, options } = this;
    const gauge = new Gauge({ name, wiring: engine.machineWiring, options, read, low, high });
    engine.open(gauge);
    return gauge;
  }
}

/** Rounds of all nodes at once, and every message carried; `loses` says which are lost. */
export function runRounds(
  nodes: readonly RigNode[],
  count: number,
  loses: (from: RigNode, to: RigNode, message: AggregateMessage) => boolean = () => false,
): void {
  for (let round = 0; round < count; round += 1) {
    for (const node of nodes) {
      node.env.advance(node.options.roundIntervalMs, node.engine);
      carry(nodes, loses);
    }
  }
}

function carry(
  nodes: readonly RigNode[],
  loses: (from: RigNode, to: RigNode, message: AggregateMessage) => boolean,
): void {
  for (let isMoving = true; isMoving; ) {
    isMoving = false;
    for (const from of nodes) {
      const { sent } = from.env;
      from.env.taken();
      for (const { message, to } of sent) {
        isMoving = true;
        const target = nodes.find(({ name }) => name === String(to));
        if (target === undefined || loses(from, target, message)) continue;
        target.engine.onMessage(peerId(from.name), message);
      }
    }
  }
}
