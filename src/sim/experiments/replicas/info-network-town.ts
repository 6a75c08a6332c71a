/** Many nodes of one info network on simulated links. */
import { at } from "../../../core/collections/at.ts";
import type { LinkEnv } from "../../../core/env.ts";
import type { Random } from "../../../core/random.ts";
import { encodeUtf8 } from "../../../core/text.ts";
import type {
  InfoNetworkCount,
  InfoNetworkTimer,
} from "../../../data/info-network/info-network.contract.ts";
import type { InfoMap } from "../../../data/info-network/info-network.messages.ts";
import {
  type InfoNetworkOptions,
  infoNetworkDefaults,
} from "../../../data/info-network/info-network.options.ts";
import { InfoNetwork } from "../../../data/info-network/info-network.ts";
import { nodeDescriptorCodec } from "../../../data/info-network/node-descriptor.wire.ts";
import type { SimNode } from "../../sim-node.ts";
import { Simulator } from "../../simulator.ts";
import { largestPartOf } from "../overlay/hyparview-town.ts";
import { infoAddressOf, SimInfoStreams, type StreamPiece } from "./info-streams.ts";

const CLUSTER_ID = Uint8Array.from({ length: 16 }, (_, index) => index + 1);
const UPDATE_KEY = "update";

export interface InfoNetworkTownOptions {
  readonly seed: number;
  readonly latencyMs?: number;
  readonly network?: Partial<InfoNetworkOptions>;
}

/** How far one update came, and how it got there. */
export interface UpdateReport {
  readonly reachedCount: number;
  readonly hopsMost: number;
  readonly lastMs: number;
}

export class InfoNetworkTown {
  readonly simulator: Simulator;
  readonly networks: InfoNetwork[] = [];
  private readonly options: InfoNetworkOptions;
  private readonly places = new Map<string, number>();
  private readonly disks = new Map<number, readonly string[]>();
  private readonly lives = new Map<number, number>();
  private readonly counts = new Map<string, number>();
  /** Of each way of each stream what was sent on it; while somebody looks. */
  private sent: Set<string> | undefined;
  resentCount = 0;
  sentCount = 0;
  /** Whoever this is holds the sentinel, also when it starts again. */
  private sentinel = 0;

  constructor({ latencyMs = 1, network = {}, seed }: InfoNetworkTownOptions) {
    this.simulator = new Simulator({ seed, latency: { kind: "constant", ms: latencyMs } });
    this.options = { ...infoNetworkDefaults, ...network };
  }

  count(name: InfoNetworkCount): number {
    return this.counts.get(name) ?? 0;
  }

  /** Adds nodes, `gapMs` apart, that know of the first one alone. */
  grow(nodesCount: number, gapMs: number): void {
    for (let count = 0; count < nodesCount; count += 1) {
      this.places.set(infoAddressOf(this.simulator.nodes.length), this.simulator.nodes.length);
      this.simulator.add((host) => this.settle(host));
      this.simulator.runForMs(gapMs);
    }
  }

  run(durationMs: number): void {
    this.simulator.runForMs(durationMs);
  }

  network(index: number): InfoNetwork {
    return at(this.networks, index);
  }

  /** Calls the network of a node from outside. */
  step<R>(index: number, body: (network: InfoNetwork) => R): R {
    return at(this.simulator.nodes, index).step(() => body(this.network(index)));
  }

  living(): number[] {
    return this.simulator.nodes.filter(({ isAlive }) => isAlive).map(({ index }) => index);
  }

  kill(indexes: readonly number[]): void {
    for (const index of indexes) this.simulator.crash(at(this.simulator.nodes, index));
  }

  restart(indexes: readonly number[]): void {
    for (const index of indexes) this.simulator.restart(at(this.simulator.nodes, index));
  }

  /** Who holds the sentinel. */
  get holder(): number {
    return this.sentinel;
  }

  /** The sentinel goes from one node to another. */
  moveSentinel(to: number): void {
    const [former, next] = [this.sentinel, to];
    this.sentinel = to;
    if (at(this.simulator.nodes, former).isAlive) {
      this.step(former, (network) => network.releaseSentinel());
    }
    this.step(next, (network) => network.holdSentinel());
  }

  /** Whether all the living know of all the living, and hold the sentinel. */
  get isConnected(): boolean {
    const living = this.living();
    return living.every(
      (index) =>
        this.network(index).read("sentinel").status === "ok" &&
        living.every((other) => this.network(index).read(`node:${other + 1}`).status === "ok"),
    );
  }

  get stalledCount(): number {
    const conditions = this.living().map((index) => this.network(index).status().condition);
    return conditions.filter((condition) => condition === "stalled").length;
  }

  /** Longest way that the descriptor of a living node came to another one. */
  hopsMost(): number {
    const living = this.living();
    let most = 0;
    for (const index of living) {
      for (const other of living) {
        const reading = this.network(index).read(`node:${other + 1}`);
        if (reading.status === "ok") most = Math.max(most, reading.info.hops);
      }
    }
    return most;
  }

  /** How many streams beyond its bound the node with most of them has; 0: all keep it. */
  excess(): number {
    let most = 0;
    for (const index of this.living()) {
      const { incoming, outgoing, peersMaxCount } = this.network(index).status();
      most = Math.max(most, incoming.length - peersMaxCount, outgoing.length - peersMaxCount);
    }
    return most;
  }

  /** Whom each of the living has opened streams to, by number. */
  streams(): string[] {
    return this.living().flatMap((index) =>
      this.network(index)
        .status()
        .outgoing.map(({ nodeId, stream }) => `${index + 1} ${nodeId} ${stream}`),
    );
  }

  /** Share of the living in the largest connected part. */
  wholeness(): number {
    const living = this.living();
    const places = new Map(living.map((index, place) => [index + 1, place]));
    const neighbours: number[][] = living.map(() => []);
    for (const [place, index] of living.entries()) {
      for (const { nodeId } of this.network(index).status().outgoing) {
        const other = places.get(nodeId);
        if (other === undefined) continue;
        at(neighbours, place).push(other);
        at(neighbours, other).push(place);
      }
    }
    return largestPartOf(neighbours) / living.length;
  }

  /** One update of `from`, followed until all have it or `limitMs` have passed. */
  update(from: number, limitMs: number): UpdateReport {
    const startMs = this.simulator.nowMs;
    const value = encodeUtf8(`${from} ${startMs}`);
    const outcome = this.step(from, (network) => network.set(UPDATE_KEY, value, 0));
    if (outcome.status !== "stored") throw new Error(`the update was refused: ${outcome.status}`);
    const { origStamp } = outcome.held.info;
    const hasIt = (index: number): boolean => {
      const reading = this.network(index).read(UPDATE_KEY);
      return reading.status === "ok" && reading.info.origStamp === origStamp;
    };
    const living = this.living();
    this.simulator.runUntil(() => living.every(hasIt), limitMs);
    const reached = living.filter(hasIt);
    const hops = reached.map((index) => {
      const reading = this.network(index).read(UPDATE_KEY);
      return reading.status === "ok" ? reading.info.hops : 0;
    });
    const lastMs = this.simulator.nowMs - startMs;
    return { reachedCount: reached.length, hopsMost: Math.max(...hops), lastMs };
  }

  /** From now on what is sent is looked at; a second call begins anew. */
  watchSending(): void {
    this.sent = new Set();
    this.resentCount = 0;
    this.sentCount = 0;
  }

  /** Some of the living, none of them one of `spared`. */
  pick(count: number, random: Random, spared: readonly number[]): number[] {
    const others = this.living().filter((index) => !spared.includes(index));
    return random.shuffle(others).slice(0, count);
  }

  private settle(host: SimNode): void {
    const { index } = host;
    const life = (this.lives.get(index) ?? 0) + 1;
    this.lives.set(index, life);
    const make = (env: LinkEnv<StreamPiece, InfoNetworkTimer>): SimInfoStreams => {
      const streams = new SimInfoStreams(env, this.places, (way, infos) => this.audit(way, infos));
      const network = new InfoNetwork(
        {
          env,
          wiring: {
            streams,
            descriptors: nodeDescriptorCodec,
            counters: { add: (name, by = 1) => this.add(name, by) },
            afterStep: (body) => host.afterStep(body),
            storage: {
              addresses: this.disks.get(index) ?? [],
              write: (addresses) => this.disks.set(index, addresses),
            },
          },
        },
        {
          nodeId: index + 1,
          clusterId: CLUSTER_ID,
          address: { network: "tcp", address: infoAddressOf(index) },
          resolvers: index === 0 ? [] : [infoAddressOf(0)],
          life: life === 1 ? "first" : "later",
        },
        this.options,
      );
      streams.network = network;
      this.networks[index] = network;
      return streams;
    };
    host.mountLinked<StreamPiece, InfoNetworkTimer, SimInfoStreams>("infoNetwork", make).start();
    if (index === this.sentinel) this.network(index).holdSentinel();
  }

  private add(name: InfoNetworkCount, by: number): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }

  private audit(way: string, infos: InfoMap): void {
    if (this.sent === undefined) return;
    for (const [key, { origStamp }] of infos) {
      const name = `${way} ${key} ${origStamp}`;
      this.sentCount += 1;
      if (this.sent.has(name)) this.resentCount += 1;
      this.sent.add(name);
    }
  }
}
