/** Many nodes in one overlay of HyParView, on simulated links. */
import { at } from "../../../core/collections/at.ts";
import type { Env, LinkEnv } from "../../../core/env.ts";
import { makeOrigin, peerId } from "../../../core/peer.ts";
import type { Random } from "../../../core/random.ts";
import type { PushedUpdate } from "../../../exchange/enrolled.ts";
import { floodingDefaults } from "../../../exchange/flooding/flooding.options.ts";
import { Flooding } from "../../../exchange/flooding/flooding.ts";
import type { HyParViewCount } from "../../../peers/hyparview/hyparview.contract.ts";
import type { HyParViewMessage } from "../../../peers/hyparview/hyparview.messages.ts";
import {
  type HyParViewOptions,
  hyparviewOptions,
} from "../../../peers/hyparview/hyparview.options.ts";
import type { HyParViewTimer } from "../../../peers/hyparview/hyparview.timers.ts";
import { HyParView } from "../../../peers/hyparview/hyparview.ts";
import type { SimNode } from "../../sim-node.ts";
import { Simulator } from "../../simulator.ts";
import { SeenReplica } from "../replicas/seen-replica.ts";

const REPLICA = "x";
const LATENCY_MS = 1;
/** Longer than any flood. */
const FLOOD_MS = 200;

export interface HyParViewTownOptions {
  readonly seed: number;
  readonly hyparview?: Partial<HyParViewOptions>;
  /** Whether nodes can flood. Default: "silent", which costs nothing. */
  readonly nodes?: "silent" | "flooding";
  /** Whom a node may ask to join. Default: the first one. */
  readonly seedsOf?: (index: number) => readonly number[];
  /** Whom it knows from a former life. Default: nobody. */
  readonly rememberedBy?: (index: number) => readonly number[];
}

/** What one flood came to. */
export interface FloodReport {
  /** Living nodes that have it, of all that live. */
  readonly reachedRatio: number;
  readonly lastHop: number;
}

/** The active views of the living, by new numbers. */
export interface TownGraph {
  readonly living: readonly number[];
  /** For each its neighbours, the dead among them left out. */
  readonly active: readonly (readonly number[])[];
}

export class HyParViewTown {
  readonly simulator: Simulator;
  readonly hyparviews: HyParView[] = [];
  readonly options: HyParViewOptions;
  private readonly replicas: SeenReplica[] = [];
  private readonly counts = new Map<string, number>();
  private readonly given: HyParViewTownOptions;
  private readonly kind: "silent" | "flooding";
  private arrivedAtMs: number[] = [];
  private readonly counters = {
    add: (name: string, by = 1): void => {
      this.counts.set(name, (this.counts.get(name) ?? 0) + by);
    },
  };

  constructor(options: HyParViewTownOptions) {
    const { hyparview = {}, nodes = "silent", seed } = options;
    this.given = options;
    this.simulator = new Simulator({ seed, latency: { kind: "constant", ms: LATENCY_MS } });
    this.options = hyparviewOptions(hyparview);
    this.kind = nodes;
  }

  count(name: HyParViewCount): number {
    return this.counts.get(name) ?? 0;
  }

  /** Adds nodes one by one, `gapMs` apart. */
  grow(nodesCount: number, gapMs: number): void {
    for (let count = 0; count < nodesCount; count += 1) {
      this.simulator.add((host) => this.settle(host));
      this.simulator.runForMs(gapMs);
    }
  }

  run(durationMs: number): void {
    this.simulator.runForMs(durationMs);
  }

  /** Kills the contact and random others at one moment. */
  kill(ratio: number, random: Random): void {
    const { nodes } = this.simulator;
    const others = random.sampleIndexes(nodes.length - 1, Math.round(ratio * nodes.length) - 1);
    for (const index of [0, ...others.map((other) => other + 1)]) {
      this.simulator.crash(at(nodes, index));
    }
  }

  graph(): TownGraph {
    const living = this.simulator.nodes.filter((node) => node.isAlive).map(({ index }) => index);
    const places = new Map(living.map((index, place) => [index, place]));
    const active = living.map((index) => {
      const peers: number[] = [];
      at(this.hyparviews, index).forEachNeighbour((peer) => {
        const place = places.get(Number(peer));
        if (place !== undefined) peers.push(place);
      });
      return peers;
    });
    return { living, active };
  }

  /** Share of the living in the largest connected part. */
  wholeness(): number {
    const { active } = this.graph();
    return largestPartOf(active) / active.length;
  }

  /** One update of `node` over all active views, followed to its end. */
  flood(node: number): FloodReport {
    const { nodes, nowMs } = this.simulator;
    this.arrivedAtMs = [];
    const replica = at(this.replicas, node);
    at(nodes, node).step(() => replica.publish(makeOrigin(`n${node}`, 1)));
    this.run(FLOOD_MS);
    const living = nodes.filter(({ isAlive }) => isAlive).length;
    const lastMs = this.arrivedAtMs.reduce((last, ms) => Math.max(last, ms), nowMs);
    return {
      reachedRatio: (this.arrivedAtMs.length + 1) / living,
      lastHop: Math.round((lastMs - nowMs) / LATENCY_MS),
    };
  }

  private settle(host: SimNode): void {
    const { rememberedBy = () => [], seedsOf = () => [0] } = this.given;
    const wiring = {
      counters: this.counters,
      afterStep: host.afterStep.bind(host),
      seeds: seedsOf(host.index).map((seed) => ({ peer: peerId(seed) })),
      remembered: rememberedBy(host.index).map((peer) => ({ peer: peerId(peer) })),
    };
    const make = (env: LinkEnv<HyParViewMessage, HyParViewTimer>) =>
      new HyParView(env, wiring, this.options);
    const hyparview = host.mountLinked<HyParViewMessage, HyParViewTimer, HyParView>(
      "hyparview",
      make,
    );
    this.hyparviews[host.index] = hyparview;
    if (this.kind === "flooding") this.mountFlooding(host, hyparview);
    hyparview.start();
  }

  private mountFlooding(host: SimNode, peers: HyParView): void {
    const replica = new SeenReplica();
    this.replicas[host.index] = replica;
    replica.subscribe({
      onNews: (_dot, _update, from) => {
        if (from !== undefined) this.arrivedAtMs.push(this.simulator.nowMs);
      },
    });
    host.mountOnLinks("flooding", (env: Env<PushedUpdate, never>) => {
      const flooding = new Flooding(env, { peers, counters: this.counters }, floodingDefaults);
      flooding.enrol({ name: REPLICA, replica, sizeOf: () => 1 });
      return flooding;
    });
  }
}

/** Nodes of the largest connected part. */
export function largestPartOf(active: readonly (readonly number[])[]): number {
  const isSeen = new Uint8Array(active.length);
  let largest = 0;
  for (let start = 0; start < active.length; start += 1) {
    if (isSeen[start] === 1) continue;
    const part = [start];
    isSeen[start] = 1;
    for (let head = 0; head < part.length; head += 1) {
      for (const peer of at(active, at(part, head))) {
        if (isSeen[peer] === 1) continue;
        isSeen[peer] = 1;
        part.push(peer);
      }
    }
    largest = Math.max(largest, part.length);
  }
  return largest;
}
