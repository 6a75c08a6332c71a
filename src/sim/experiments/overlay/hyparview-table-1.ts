import { at } from "../../../core/collections/at.ts";
import { Random } from "../../../core/random.ts";
import type { Curve, ExpectedValues, Experiment, ExperimentSetting } from "../experiment.ts";
import { HyParViewTown, largestPartOf } from "./hyparview-town.ts";
import { OverlayGraph } from "./overlay-graph.ts";

/** Longer than all joins together, so that no shuffle comes before the last one. */
const CYCLE_MS = 400_000;
/** So long that neither comes: the paper has no beacons and no probes. */
const NEVER_MS = 1e9;
const SAMPLES_COUNT = 400;
const source = "Leitão DSN 2007, Table 1";

const parameters = {
  nodesCount: 10_000,
  /** Stabilization cycles after the last join: one shuffle a node and cycle. */
  cyclesCount: 50,
  /** Floods that are followed to their end. */
  messagesCount: 20,
  /** Time between two joins, which all go to the same contact. */
  joinGapMs: 20,
} as const;

/** The overlay of a stable network: paths, clustering, degrees, and floods over it. */
export const hyparviewTable1: Experiment = {
  name: "hyparview-table-1",
  proves: "HyParView makes a symmetric random graph of degree 5, and floods reach all in 9 hops.",
  source,
  parameters,
  runsCount: 1,
  run,
  expected: {
    "path (hops)": { value: 6.38542, tolerance: 0.05, source },
    "clustering (ratio)": {
      value: 0.0012,
      source: `${source}: 0.00092, of a random 5-regular graph 0.0004`,
      bound: "atMost",
      of: "mean",
    },
    "last hop, mean": {
      value: 8.5,
      tolerance: 0.5,
      source: `${source}: at most 9.0; of a random graph 8.14 (specs, papers §5)`,
    },
    ...always(),
  },
  expectedAt: always,
};

/** At any size of a hundred nodes and more. */
function always(): ExpectedValues {
  const exactly = (value: number, why: string) => ({ value, tolerance: 0, source: why });
  return {
    "in-degree 5 (ratio)": {
      value: 0.995,
      source: "Leitão DSN 2007, Figure 5: almost all of 10,000 nodes",
      bound: "atLeast",
      of: "eachRun",
    },
    "one-sided links": exactly(0, "both ends of a link hear the same of it"),
    "largest part (ratio)": exactly(1, "Leitão DSN 2007 §5.2: never in parts"),
    "reached by floods (ratio)": exactly(1, "no failures, and one connected part"),
  };
}

function run({ onPass, parameters: given, seed }: ExperimentSetting) {
  const { cyclesCount, joinGapMs, messagesCount, nodesCount } = { ...parameters, ...given };
  const town = new HyParViewTown({
    seed,
    nodes: "flooding",
    hyparview: {
      shuffleIntervalMs: CYCLE_MS,
      beaconIntervalMs: NEVER_MS,
      // One contact for all, as in the paper.
      joinContactsCount: 1,
      evictionsPerSecond: 1_000_000,
      peerMessagesPerSecond: 1_000_000,
    },
  });
  onPass?.("joins");
  town.grow(nodesCount, joinGapMs);
  const quality: [number, number][] = [];
  for (let cycle = 1; cycle <= cyclesCount; cycle += 1) {
    onPass?.(`cycle ${cycle} of ${cyclesCount}`);
    town.run(CYCLE_MS);
    quality.push([cycle, degreesOf(town.graph().active).fullRatio]);
  }
  const { active } = town.graph();
  const graph = new OverlayGraph(active);
  const random = Random.derive(seed, "measured");
  const samplesCount = Math.min(SAMPLES_COUNT, nodesCount);
  const floods = random.sampleIndexes(nodesCount, messagesCount).map((node) => town.flood(node));
  const degrees = degreesOf(active);
  const histogram = degrees.counts.map((count, degree): [number, number] => [degree, count]);
  return {
    values: {
      "path (hops)": graph.pathLength(random, samplesCount),
      "clustering (ratio)": graph.clustering(random, nodesCount),
      "last hop, mean": meanOf(floods.map(({ lastHop }) => lastHop)),
      "last hop, most": Math.max(...floods.map(({ lastHop }) => lastHop)),
      "reached by floods (ratio)": Math.min(...floods.map(({ reachedRatio }) => reachedRatio)),
      "in-degree 5 (ratio)": degrees.fullRatio,
      "sum of active views": degrees.sum,
      "one-sided links": oneSidedOf(active),
      "largest part (ratio)": largestPartOf(active) / nodesCount,
    },
    curves: curvesOf(histogram, quality),
  };
}

function curvesOf(
  histogram: readonly (readonly [number, number])[],
  quality: readonly (readonly [number, number])[],
): readonly Curve[] {
  return [
    {
      chart: "in-degrees",
      name: "active views",
      xLabel: "neighbours",
      yLabel: "nodes",
      points: histogram,
      shape: "bars",
      elsewhere: "zero",
    },
    {
      chart: "stabilization",
      name: "in-degree 5",
      xLabel: "cycles",
      yLabel: "nodes (ratio)",
      points: quality,
      elsewhere: "last",
    },
  ];
}

function degreesOf(active: readonly (readonly number[])[]) {
  const counts: number[] = [];
  for (const peers of active) counts[peers.length] = (counts[peers.length] ?? 0) + 1;
  const all = Array.from(counts, (count) => count ?? 0);
  const sum = all.reduce((total, count, degree) => total + count * degree, 0);
  return { counts: all, sum, fullRatio: (all[5] ?? 0) / active.length };
}

/** Links that only one end takes for one. */
export function oneSidedOf(active: readonly (readonly number[])[]): number {
  let count = 0;
  for (const [node, peers] of active.entries()) {
    for (const peer of peers) if (!at(active, peer).includes(node)) count += 1;
  }
  return count;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
