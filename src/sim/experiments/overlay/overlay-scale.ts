/** HyParView and Plumtree together, at any size: joined, broadcast over, broken and healed. */
import { at } from "../../../core/collections/at.ts";
import type { LinkEnv } from "../../../core/env.ts";
import { resolveOptions } from "../../../core/options.ts";
import { makeOrigin, peerId } from "../../../core/peer.ts";
import { Random } from "../../../core/random.ts";
import type { PlumtreeEnv } from "../../../exchange/plumtree/plumtree.contract.ts";
import { plumtreeDefaults } from "../../../exchange/plumtree/plumtree.options.ts";
import { Plumtree } from "../../../exchange/plumtree/plumtree.ts";
import type { HyParViewMessage } from "../../../peers/hyparview/hyparview.messages.ts";
import { hyparviewOptions } from "../../../peers/hyparview/hyparview.options.ts";
import type { HyParViewTimer } from "../../../peers/hyparview/hyparview.timers.ts";
import { HyParView } from "../../../peers/hyparview/hyparview.ts";
import type { SimNode } from "../../sim-node.ts";
import { Simulator } from "../../simulator.ts";
import type { ExpectedValues, Experiment, ExperimentSetting } from "../experiment.ts";
import { SeenReplica } from "../replicas/seen-replica.ts";
import { largestPartOf } from "./hyparview-town.ts";

const REPLICA = "x";
const CYCLE_MS = 60_000;
/** For a burst of broadcasts, its repairs, and its announcements. */
const BURST_MS = 2_000;

const parameters = {
  nodesCount: 1_000,
  /** Shuffles between the last join and the first broadcast. */
  cyclesCount: 3,
  broadcastsCount: 100,
  /** Broadcasts of one publisher at one moment. */
  burstCount: 10,
  killedRatio: 0.4,
  /** Time between the crash and the next broadcast. */
  healingMs: 60_000,
  laterBroadcastsCount: 20,
  joinGapMs: 1,
} as const;

/** The scale of issue 5: `hearsay sim overlay-scale --set nodesCount=100000`, or its bench. */
export const overlayScale: Experiment = {
  name: "overlay-scale",
  proves: "Trees over a small overlay reach all of any number, and all survivors of a disaster.",
  source: "ours",
  parameters,
  runsCount: 1,
  run,
  expected: {
    "payloads beyond one each, last burst (ratio)": {
      value: 0.05,
      source: "specs, plumtree-hyparview F: a settled tree of one publisher",
      deviation: "publishers change here, and shorter ways for one change the tree of all",
    },
    ...expected(),
  },
  expectedAt: expected,
};

function expected(): ExpectedValues {
  const all = (why: string) => ({ value: 1, tolerance: 0, source: why });
  return {
    "reached, stable (ratio)": all("one connected overlay, no failures"),
    "survivors in the largest part (ratio)": all("Leitão DSN 2007 §5.3"),
    "reached, after the crash (ratio)": all("issue 5: all survivors get every later message"),
  };
}

function run({ onPass, parameters: given, seed }: ExperimentSetting) {
  const { broadcastsCount, burstCount, cyclesCount, healingMs, joinGapMs, ...others } = {
    ...parameters,
    ...given,
  };
  const { killedRatio, laterBroadcastsCount, nodesCount } = others;
  const town = new ScaleTown(seed);
  onPass?.("joins");
  town.grow(nodesCount, joinGapMs);
  onPass?.("stabilises");
  town.simulator.runForMs(cyclesCount * CYCLE_MS);
  onPass?.("broadcasts");
  const stable = town.broadcast(broadcastsCount, burstCount);
  onPass?.("crash and healing");
  town.kill(killedRatio);
  town.simulator.runForMs(healingMs);
  const whole = town.wholeness();
  onPass?.("broadcasts after the crash");
  const later = town.broadcast(laterBroadcastsCount, burstCount);
  onPass?.("over");
  return {
    values: {
      "events (millions)": town.simulator.counts.events / 1e6,
      "links dialled": town.simulator.counts.linksDialled,
      "reached, stable (ratio)": stable.reachedRatio,
      "payloads beyond one each, last burst (ratio)": stable.redundancyRatio,
      "survivors in the largest part (ratio)": whole,
      "reached, after the crash (ratio)": later.reachedRatio,
      "payloads beyond one each, after the crash (ratio)": later.redundancyRatio,
    },
    curves: [
      {
        chart: "hops",
        name: "stable",
        xLabel: "hops",
        yLabel: "first copies",
        points: stable.hops.map((count, hop): [number, number] => [hop, count]),
        shape: "bars",
        elsewhere: "zero",
      },
    ],
  } as const;
}

interface Bursts {
  /** Of all pairs of an update and a living node, those where it is there; least of all bursts. */
  readonly reachedRatio: number;
  /** Of the last burst. */
  readonly redundancyRatio: number;
  readonly hops: readonly number[];
}

class ScaleTown {
  readonly simulator: Simulator;
  private readonly random: Random;
  private readonly hyparviews: HyParView[] = [];
  private readonly plumtrees: Plumtree[] = [];
  private readonly replicas: SeenReplica[] = [];
  private payloadsCount = 0;
  private newsCount = 0;
  /** Few tries in each search: while all join at once, nearly all are full, and say so. */
  private readonly options = hyparviewOptions({ joinContactsCount: 1, refillTriesCount: 4 });
  private readonly plumtreeOptions = resolveOptions("plumtree", plumtreeDefaults, {});
  private readonly counters = {
    add: (name: string, by = 1): void => {
      if (name === "plumtree.payloadsReceived") this.payloadsCount += by;
      else if (name === "plumtree.news") this.newsCount += by;
    },
  };

  constructor(seed: number) {
    this.simulator = new Simulator({ seed, latencyMinMs: 1, latencyMaxMs: 5 });
    this.random = Random.derive(seed, "town");
  }

  /** Each joins by way of a random one that is there. */
  grow(nodesCount: number, gapMs: number): void {
    for (let count = 0; count < nodesCount; count += 1) {
      this.simulator.add((host) => this.settle(host));
      this.simulator.runForMs(gapMs);
    }
  }

  kill(ratio: number): void {
    const { nodes } = this.simulator;
    for (const index of this.random.sampleIndexes(nodes.length, Math.round(ratio * nodes.length))) {
      this.simulator.crash(at(nodes, index));
    }
  }

  /** Share of the living in the largest connected part of the active views. */
  wholeness(): number {
    const living = this.living();
    const places = new Map(living.map((index, place) => [index, place]));
    const active = living.map((index) => {
      const peers: number[] = [];
      at(this.hyparviews, index).forEachNeighbour((peer) => {
        const place = places.get(Number(peer));
        if (place !== undefined) peers.push(place);
      });
      return peers;
    });
    return largestPartOf(active) / living.length;
  }

  /** In bursts of random publishers, each followed to its end. */
  broadcast(broadcastsCount: number, burstCount: number): Bursts {
    const living = this.living();
    const before = this.hops();
    let [leastRatio, redundancyRatio] = [1, 0];
    for (let sent = 0; sent < broadcastsCount; sent += burstCount) {
      const [payloadsBefore, newsBefore] = [this.payloadsCount, this.newsCount];
      const publisher = at(living, this.random.below(living.length));
      const count = Math.min(burstCount, broadcastsCount - sent);
      const replica = at(this.replicas, publisher);
      const origin = makeOrigin(`n${publisher}`, 1);
      at(this.simulator.nodes, publisher).step(() => {
        for (let one = 0; one < count; one += 1) replica.publish(origin);
      });
      const last = replica.seen.last(origin);
      this.simulator.runForMs(BURST_MS);
      let reached = 0;
      for (const index of living) {
        const { seen } = at(this.replicas, index);
        for (let seq = last - count + 1; seq <= last; seq += 1) {
          if (seen.has({ origin, seq })) reached += 1;
        }
      }
      leastRatio = Math.min(leastRatio, reached / living.length / count);
      redundancyRatio = (this.payloadsCount - payloadsBefore) / (this.newsCount - newsBefore) - 1;
    }
    const hops = this.hops().map((total, hop) => total - (before[hop] ?? 0));
    return { reachedRatio: leastRatio, redundancyRatio, hops };
  }

  private settle(host: SimNode): void {
    const { index } = host;
    const seeds = index === 0 ? [] : [{ peer: peerId(this.random.below(index)) }];
    const wiring = { counters: this.counters, afterStep: host.afterStep.bind(host), seeds };
    const make = (env: LinkEnv<HyParViewMessage, HyParViewTimer>) =>
      new HyParView(env, wiring, this.options);
    const hyparview = host.mountLinked<HyParViewMessage, HyParViewTimer, HyParView>(
      "hyparview",
      make,
    );
    const replica = new SeenReplica();
    const plumtree = host.mountOnLinks("plumtree", (env: PlumtreeEnv) => {
      const { counters, plumtreeOptions } = this;
      return new Plumtree(env, { peers: hyparview, counters }, plumtreeOptions);
    });
    plumtree.enrol({ name: REPLICA, replica, sizeOf: () => 1 });
    this.hyparviews[index] = hyparview;
    this.plumtrees[index] = plumtree;
    this.replicas[index] = replica;
    plumtree.start();
    hyparview.start();
  }

  private living(): number[] {
    return this.simulator.nodes.filter(({ isAlive }) => isAlive).map(({ index }) => index);
  }

  private hops(): number[] {
    const hops: number[] = [];
    for (const plumtree of this.plumtrees) {
      const counts = plumtree.statistics(REPLICA)?.hops ?? [];
      for (const [hop, count] of counts.entries()) hops[hop] = (hops[hop] ?? 0) + count;
    }
    return Array.from(hops, (count) => count ?? 0);
  }
}
