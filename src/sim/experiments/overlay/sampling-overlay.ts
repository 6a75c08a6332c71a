import { sqrt } from "../../../core/math.ts";
import { Random } from "../../../core/random.ts";
import {
  type SamplingOptions,
  samplingDefaults,
  samplingPresets,
} from "../../../peers/sampling/sampling.options.ts";
import type {
  Curve,
  ExpectedValues,
  Experiment,
  ExperimentCourse,
  ExperimentSetting,
} from "../experiment.ts";
import { spreadOf } from "../spread.ts";
import { type OverlayGraph, randomGraph } from "./overlay-graph.ts";
import { SamplingTown } from "./sampling-town.ts";

/** Nodes looked at, where all would take long. */
const CLUSTERING_SAMPLES_COUNT = 300;
const PATH_SAMPLES_COUNT = 30;

export const samplingSettings: Readonly<Record<string, Partial<SamplingOptions>>> = {
  default: {},
  ...samplingPresets,
};

/** The options of a setting where views have another size than the papers'. */
export function scaled(given: Partial<SamplingOptions>, viewCount: number) {
  const ratio = viewCount / 30;
  const scale = (count: number | undefined, standard: number): number =>
    Math.round((count ?? standard) * ratio);
  return {
    ...given,
    viewMaxCount: viewCount,
    exchangeMaxCount: scale(given.exchangeMaxCount, 15),
    healCount: given.healCount === undefined ? 1 : scale(given.healCount, 1),
    swapCount: scale(given.swapCount, 14),
    // What is measured is what the exchanges do of themselves.
    contactEveryCount: 0,
  };
}

/** What kinds of networks the settings of peer sampling make, beside random graphs. */
export const samplingOverlay: Experiment = {
  name: "sampling-overlay",
  proves:
    "In-degrees, clustering and paths of each setting of peer sampling, beside random graphs.",
  source: "Jelasity 2007 §5; Voulgaris 2005 §5; random graphs by theory",
  parameters: { nodesCount: 1_000, viewCount: 30, roundsCount: 120 },
  runsCount: 3,
  run: runOverlay,
  expectedAt: expectedOverlay,
};

function runOverlay({ onPass, parameters, seed }: ExperimentSetting): ExperimentCourse {
  const { nodesCount = 0, roundsCount = 0, viewCount = 0 } = parameters;
  const values: Record<string, number> = {};
  const curves: Curve[] = [];
  for (const [name, given] of Object.entries(samplingSettings)) {
    onPass?.(name);
    const sketchMaxCount = name === "default" ? samplingDefaults.sketchMaxCount : 0;
    const town = new SamplingTown(seed, { ...scaled(given, viewCount), sketchMaxCount });
    town.grow(nodesCount);
    town.run(roundsCount);
    const graph = town.graph();
    const random = Random.derive(seed, name);
    const degrees = graph.inDegrees();
    values[`${name}: in-degree deviation (links)`] = spreadOf(degrees).deviation;
    values[`${name}: clustering`] = graph.clustering(random, CLUSTERING_SAMPLES_COUNT);
    values[`${name}: path (hops)`] = graph.pathLength(random, PATH_SAMPLES_COUNT);
    values[`${name}: reached (nodes)`] = graph.largestPart();
    values[`${name}: view (peers)`] = spreadOf(town.viewSizes()).mean;
    if (name === "default") {
      values["population told (ratio)"] = spreadOf(town.populations()).mean / nodesCount;
    }
    curves.push(histogram(name, graph));
  }
  return { values, curves };
}

function histogram(name: string, graph: OverlayGraph): Curve {
  const counts = new Map<number, number>();
  for (const degree of graph.inDegrees()) counts.set(degree, (counts.get(degree) ?? 0) + 1);
  return {
    chart: "in-degrees",
    name,
    xLabel: "nodes that know a node",
    yLabel: "nodes",
    points: [...counts].sort(([a], [b]) => a - b),
    elsewhere: "zero",
  };
}

/**
 * Whoever swaps makes random graphs, and evener ones; whoever keeps the youngest makes hubs, and
 * neighbours of neighbours: that is what the papers found, and it holds at any size.
 */
function expectedOverlay(parameters: Readonly<Record<string, number>>): ExpectedValues {
  const { nodesCount = 0, viewCount = 0 } = parameters;
  const theory = randomGraph(nodesCount, viewCount);
  const deviation = sqrt(theory.inDegreeVariance);
  const atMost = (value: number, source: string) =>
    ({ value, source, bound: "atMost", of: "mean" }) as const;
  const atLeast = (value: number, source: string) =>
    ({ value, source, bound: "atLeast", of: "mean" }) as const;
  const binomial = "in-degrees of a random graph are binomial";
  const expected: Record<string, ExpectedValues[string]> = {
    "default: in-degree deviation (links)": atMost(1.2 * deviation, binomial),
    "healer: in-degree deviation (links)": atLeast(2 * deviation, "Jelasity 2007 §5.2"),
    "newscast: in-degree deviation (links)": atLeast(2 * deviation, "Jelasity 2007 §5.2"),
    "healer: clustering": atLeast(1.5 * theory.clustering, "Jelasity 2007 §5.3"),
    "newscast: clustering": atLeast(1.5 * theory.clustering, "Jelasity 2007 §5.3"),
    // The k smallest hashes of one and the same set of names: three runs have one error of 18 %.
    "population told (ratio)": { value: 1, tolerance: 0.4, source: "1/√30, and k minimum values" },
  };
  // In a small network partners know many of the same peers, and what is told twice is lost.
  const isLarge = nodesCount >= 30 * viewCount;
  for (const name of isLarge ? ["swapper", "cyclon"] : []) {
    const source = `Voulgaris 2005 §5.2: evener than random; ${binomial}`;
    expected[`${name}: in-degree deviation (links)`] = atMost(deviation, source);
  }
  for (const name of Object.keys(samplingSettings)) {
    const source = "theory of random graphs";
    expected[`${name}: path (hops)`] = { value: theory.pathLength, toleranceRatio: 0.05, source };
    const all = "nobody is lost";
    expected[`${name}: reached (nodes)`] = { value: nodesCount, tolerance: 0, source: all };
  }
  for (const name of ["default", "swapper", "cyclon"]) {
    const source = "neighbours of a random graph";
    expected[`${name}: clustering`] = { value: theory.clustering, toleranceRatio: 0.2, source };
  }
  return expected;
}
