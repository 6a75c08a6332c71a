import { at } from "../../../core/collections/at.ts";
import { sqrt } from "../../../core/math.ts";
import { type PeerId, peerId } from "../../../core/peer.ts";
import { Random } from "../../../core/random.ts";
import type {
  AggregateCount,
  AggregateCounters,
  AggregatePeerListener,
  AggregatePeers,
} from "../../../data/aggregate/aggregate.contract.ts";
import type { AggregateMessage } from "../../../data/aggregate/aggregate.messages.ts";
import { aggregateOptions } from "../../../data/aggregate/aggregate.options.ts";
import { type AggregateTimer, Aggregation } from "../../../data/aggregate/aggregation.ts";
import { Gauge } from "../../../data/aggregate/gauge.ts";
import type { SimNode } from "../../sim-node.ts";
import { Simulator } from "../../simulator.ts";
import { RingPlaces } from "../ring-places.ts";

const ROUND_MS = 500;
const LATENCY_MS = 5;

export interface AggregateTownOptions {
  readonly seed: number;
  readonly nodesCount: number;
  readonly neighboursCount?: number;
  readonly lossRatio?: number;
  readonly options?: Readonly<Record<string, number | string>>;
}

/** How far the estimates of all nodes are from the truth, in the inputs' standard deviations. */
export interface TownError {
  readonly largest: number;
  /** Of the mean of all estimates: what was lost, and not only not evened out yet. */
  readonly bias: number;
  /** Share of nodes whose own error bound holds. */
  readonly boundedRatio: number;
}

/** Nodes with one number each, in rings as on real nodes, on a network that loses messages. */
export class AggregateTown {
  readonly simulator: Simulator;
  readonly gauges: Gauge[] = [];
  readonly inputs: number[] = [];
  readonly counts = new Map<AggregateCount, number>();
  private readonly peers: TownPeers[] = [];
  private readonly rings: RingPlaces;
  private readonly setting: AggregateTownOptions;
  private readonly dice: Random;

  constructor(setting: AggregateTownOptions) {
    const { lossRatio = 0, neighboursCount = 6, nodesCount, seed } = setting;
    this.setting = setting;
    this.dice = Random.derive(seed, "inputs");
    this.rings = new RingPlaces(nodesCount, neighboursCount / 2, Random.derive(seed, "rings"));
    const latency = { kind: "constant", ms: LATENCY_MS } as const;
    this.simulator = new Simulator({ seed, latency, lossRatio });
    for (let index = 0; index < nodesCount; index += 1) {
      this.inputs.push(this.dice.normal(0, 1));
      this.simulator.add((host) => this.settle(host));
    }
  }

  runRounds(count: number): void {
    this.simulator.runForMs(count * ROUND_MS);
  }

  /** As many rounds as it takes until the largest error is below `limit`; at most `most`. */
  roundsUntil(limit: number, most: number): number {
    for (let rounds = 0; rounds < most; rounds += 1) {
      if (this.error().largest < limit) return rounds;
      this.runRounds(1);
    }
    return most;
  }

  /** Every second node has another input from now on. */
  changeHalf(): void {
    for (let index = 0; index < this.inputs.length; index += 2) {
      this.inputs[index] = this.dice.normal(3, 1);
    }
  }

  /** Nodes that end without a word; the others hear of it at once. */
  crash(share: number): void {
    const living = this.living();
    const leaving = this.dice.sampleIndexes(living.length, Math.floor(share * living.length));
    for (const index of leaving) {
      const node = at(living, index);
      this.simulator.crash(at(this.simulator.nodes, node));
      for (const neighbour of this.rings.remove(node)) at(this.peers, neighbour).onChange(node);
    }
  }

  /** Of everybody's average, as it stands; their mean is the truth while nothing is lost. */
  error(): TownError {
    const living = this.living();
    const inputs = living.map((index) => at(this.inputs, index));
    const mean = meanOf(inputs);
    const deviation = sqrt(meanOf(inputs.map((input) => (input - mean) * (input - mean))));
    let [largest, sum, bounded] = [0, 0, 0];
    for (const index of living) {
      const estimate = at(this.gauges, index).average();
      const value = estimate?.value ?? Number.POSITIVE_INFINITY;
      const away = Math.abs(value - mean);
      largest = Math.max(largest, away);
      sum += value;
      if (away <= (estimate?.errorBound ?? 0)) bounded += 1;
    }
    const bias = Math.abs(sum / living.length - mean) / deviation;
    return { largest: largest / deviation, bias, boundedRatio: bounded / living.length };
  }

  living(): number[] {
    return this.simulator.nodes.flatMap(({ index, isAlive }) => (isAlive ? [index] : []));
  }

  private settle(host: SimNode): void {
    const { index } = host;
    const options = aggregateOptions({
      roundIntervalMs: ROUND_MS,
      minimaCount: 3,
      ...this.setting.options,
    });
    const counters: AggregateCounters = {
      add: (name, by = 1) => this.counts.set(name, (this.counts.get(name) ?? 0) + by),
    };
    const peers = new TownPeers(this.rings, index);
    this.peers[index] = peers;
    host.mountDirect<AggregateMessage, AggregateTimer, Aggregation>("aggregate", (env) => {
      const engine = new Aggregation(env, { peers, counters }, options);
      const read = (): number => at(this.inputs, index);
      const wiring = engine.machineWiring;
      const gauge = new Gauge({ name: "load", wiring, options, read, low: -1e6, high: 1e6 });
      engine.open(gauge);
      this.gauges[index] = gauge;
      engine.start();
      return engine;
    });
  }
}

/** What one node of the town sees. */
class TownPeers implements AggregatePeers {
  private readonly rings: RingPlaces;
  private readonly index: number;
  private listener: AggregatePeerListener | undefined;

  constructor(rings: RingPlaces, index: number) {
    this.rings = rings;
    this.index = index;
  }

  get size(): number {
    return this.rings.livingCount - 1;
  }

  sample(random: Random, count: number, out: PeerId[]): number {
    let taken = 0;
    for (let tries = 0; taken < count && tries < 100; tries += 1) {
      const draw = random.below(this.rings.placesCount);
      if (draw === this.index || !this.rings.isLiving(draw)) continue;
      out[taken] = peerId(draw);
      taken += 1;
    }
    return taken;
  }

  forEachNeighbour(visit: (peer: PeerId) => void): void {
    for (const neighbour of this.rings.neighbours(this.index)) visit(peerId(neighbour));
  }

  subscribe(listener: AggregatePeerListener): void {
    this.listener = listener;
  }

  /** A neighbour is gone, and others have come in its place. */
  onChange(gone: number): void {
    this.listener?.onPeerDown(peerId(gone), "departed");
    this.listener?.onNeighboursChange();
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
