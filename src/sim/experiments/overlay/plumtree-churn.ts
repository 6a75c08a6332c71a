import { at } from "../../../core/collections/at.ts";
import type { LinkEnv } from "../../../core/env.ts";
import { resolveOptions } from "../../../core/options.ts";
import { makeOrigin, type Origin, peerId } from "../../../core/peer.ts";
import { Random } from "../../../core/random.ts";
import type { PlumtreeEnv } from "../../../exchange/plumtree/plumtree.contract.ts";
import { plumtreeDefaults } from "../../../exchange/plumtree/plumtree.options.ts";
import { Plumtree } from "../../../exchange/plumtree/plumtree.ts";
import type { HyParViewMessage } from "../../../peers/hyparview/hyparview.messages.ts";
import {
  type HyParViewOptions,
  hyparviewOptions,
} from "../../../peers/hyparview/hyparview.options.ts";
import type { HyParViewTimer } from "../../../peers/hyparview/hyparview.timers.ts";
import { HyParView } from "../../../peers/hyparview/hyparview.ts";
import type { SimNode } from "../../sim-node.ts";
import { Simulator } from "../../simulator.ts";
import type { ExpectedValues, Experiment, ExperimentSetting } from "../experiment.ts";
import { SeenReplica } from "../replicas/seen-replica.ts";

const REPLICA = "x";
/** One broadcast, 50 failures and one shuffle of each node. */
const CYCLE_MS = 5_000;
const JOIN_GAP_MS = 4;
const LATENCY_MS = 1;
const UNBOUNDED = 1_000_000;
const source = "Leitão SRDS 2007 §4.4, Figure 6";

const parameters = {
  nodesCount: 10_000,
  failuresCount: 50,
  /** Cycles with failures. */
  cyclesCount: 100,
  /** Cycles before them. */
  warmUpCount: 10,
} as const;

/** Failures go on while node 0 broadcasts, without any rest for the overlay or the tree. */
export const plumtreeChurn: Experiment = {
  name: "plumtree-churn",
  proves: "Every broadcast reaches every living node while 50 nodes of 10,000 die in each cycle",
  source,
  parameters,
  runsCount: 1,
  run,
  expected: {
    "payloads beyond one each, mean": {
      value: 0.1,
      source: `${source}: 0.03 to 0.1`,
      bound: "atMost",
      of: "mean",
    },
    ...always(),
  },
  expectedAt: always,
};

function always(): ExpectedValues {
  return { "least reached (%)": { value: 100, tolerance: 0, source } };
}

interface Resident {
  readonly host: SimNode;
  readonly origin: Origin;
  readonly replica: SeenReplica;
  readonly plumtree: Plumtree;
}

class ChurningTown {
  readonly simulator: Simulator;
  readonly residents: Resident[] = [];
  private readonly hyparview: HyParViewOptions;

  constructor(seed: number) {
    this.simulator = new Simulator({ seed, latency: { kind: "constant", ms: LATENCY_MS } });
    this.hyparview = hyparviewOptions({
      shuffleIntervalMs: CYCLE_MS,
      // All join by one contact within seconds, as in the paper; what guards it would slow them.
      joinContactsCount: 1,
      evictionsPerSecond: UNBOUNDED,
      peerMessagesPerSecond: UNBOUNDED,
    });
  }

  grow(nodesCount: number): void {
    for (let count = 0; count < nodesCount; count += 1) {
      this.simulator.add((host) => this.settle(host));
      this.simulator.runForMs(JOIN_GAP_MS);
    }
  }

  get living(): readonly Resident[] {
    return this.residents.filter(({ host }) => host.isAlive);
  }

  payloadsCount(): number {
    return this.residents.reduce((sum, { plumtree }) => {
      return sum + (plumtree.statistics(REPLICA)?.payloadsReceivedCount ?? 0);
    }, 0);
  }

  private settle(host: SimNode): void {
    const seeds = host.index === 0 ? [] : [{ peer: peerId(0) }];
    const counters = { add: (): void => {} };
    const afterStep = host.afterStep.bind(host);
    const peers = host.mountLinked(
      "hyparview",
      (env: LinkEnv<HyParViewMessage, HyParViewTimer>) =>
        new HyParView(env, { counters, afterStep, seeds }, this.hyparview),
    );
    const replica = new SeenReplica();
    const options = resolveOptions("plumtree", plumtreeDefaults, {});
    const plumtree = host.mountOnLinks("plumtree", (env: PlumtreeEnv) => {
      return new Plumtree(env, { peers, counters }, options);
    });
    plumtree.enrol({ name: REPLICA, replica, sizeOf: () => 1 });
    peers.start();
    plumtree.start();
    this.residents.push({ host, origin: makeOrigin(`n${host.index}`, 1), replica, plumtree });
  }
}

function run({ onPass, parameters: given, seed }: ExperimentSetting) {
  const { cyclesCount, failuresCount, nodesCount, warmUpCount } = { ...parameters, ...given };
  const town = new ChurningTown(seed);
  const random = Random.derive(seed, "failures");
  onPass?.("joins");
  town.grow(nodesCount);
  const publisher = at(town.residents, 0);
  const reached: [number, number][] = [];
  const redundancy: [number, number][] = [];
  let payloads = town.payloadsCount();
  for (let cycle = 1 - warmUpCount; cycle <= cyclesCount; cycle += 1) {
    if (cycle % 10 === 0) onPass?.(`cycle ${cycle} of ${cyclesCount}`);
    if (cycle > 0) {
      const victims = town.living.filter((one) => one !== publisher);
      for (const index of random.sampleIndexes(victims.length, failuresCount)) {
        const { host } = at(victims, index);
        // Within the way of the broadcast, so that it meets dead ends.
        town.simulator.plan(random.real() * 20, () => town.simulator.crash(host, "machine"));
      }
    }
    const dot = publisher.host.step(() => publisher.replica.publish(publisher.origin));
    town.simulator.runForMs(CYCLE_MS);
    const { living } = town;
    const before = payloads;
    payloads = town.payloadsCount();
    if (cycle <= 0) continue;
    const count = living.filter(({ replica }) => replica.seen.has(dot)).length;
    reached.push([cycle, (100 * count) / living.length]);
    redundancy.push([cycle, (payloads - before) / (living.length - 1) - 1]);
  }
  const labels = { xLabel: "cycles" };
  return {
    values: {
      "least reached (%)": Math.min(...reached.map(([, ratio]) => ratio)),
      "payloads beyond one each, mean": redundancy.reduce((s, [, y]) => s + y, 0) / cyclesCount,
      "payloads beyond one each, most": Math.max(...redundancy.map(([, y]) => y)),
    },
    curves: [
      {
        chart: "reliability",
        name: "reached",
        ...labels,
        yLabel: "living nodes (%)",
        points: reached,
      },
      {
        chart: "redundancy",
        name: "one sender",
        ...labels,
        yLabel: "payloads beyond one each, a node",
        points: redundancy,
      },
    ],
  };
}
