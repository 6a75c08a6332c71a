import { at } from "../../../core/collections/at.ts";
import { exp, sqrt } from "../../../core/math.ts";
import type { Curve, ExpectedValue, Experiment } from "../experiment.ts";
import {
  meanOfAll,
  normalInputs,
  type PairSelection,
  pushPullTable,
  pushSumTable,
  varianceOf,
} from "./aggregate-pairs.ts";

const SELECTIONS: readonly PairSelection[] = ["perfectMatching", "randomPairs", "eachOnce"];
/** The model of each selection. [spec papers §8] */
const FACTORS: Readonly<Record<PairSelection, number>> = {
  perfectMatching: 1 / 4,
  randomPairs: exp(-1),
  eachOnce: 1 / (2 * sqrt(exp(1))),
};
const POTENTIAL = "push-sum: potential (factor a round)";
const POTENTIAL_AT_START = "push-sum: sum of weights, off (ratio)";

/** How much of the variance is left after each round, by who talks to whom. */
export const aggregateFactors: Experiment = {
  name: "aggregate-factors",
  proves: "Averages converge exponentially: a quarter, 1/e or 1/(2√e) of the variance a round.",
  source: "Jelasity, Montresor, Babaoglu 2005; Kempe, Dobra, Gehrke 2003",
  parameters: { nodesCount: 10_000, roundsCount: 20 },
  runsCount: 10,
  run({ onPass, parameters, seed }) {
    const { nodesCount = 0, roundsCount = 0 } = parameters;
    const values: Record<string, number> = {};
    const curves: Curve[] = [];
    const inputs = normalInputs(seed, nodesCount);
    for (const selection of SELECTIONS) {
      onPass?.(selection);
      const table = pushPullTable({ seed, nodesCount }, "commit", inputs);
      const held = (): number[] => table.machines.map((machine) => at(machine.held, 0));
      const course = courseOf(
        roundsCount,
        () => table.round(selection),
        () => varianceOf(held()),
      );
      values[factorName(selection)] = meanFactor(course);
      values[massName(selection)] = Math.abs(meanOfAll(held()) - meanOfAll(inputs));
      curves.push(curveOf(selection, course));
    }
    onPass?.("push-sum");
    const { course, lost } = potentials(seed, inputs, roundsCount);
    values[POTENTIAL] = meanFactor(course);
    values[POTENTIAL_AT_START] = lost;
    curves.push(curveOf("push-sum: potential", course));
    return { values, curves };
  },
  expectedAt: ({ nodesCount = 0 }) => ({
    ...Object.fromEntries(
      SELECTIONS.map((selection) => [factorName(selection), factor(selection)]),
    ),
    ...Object.fromEntries(SELECTIONS.map((selection) => [massName(selection), NOTHING_LOST])),
    [POTENTIAL_AT_START]: NOTHING_LOST,
    [POTENTIAL]: {
      value: 1 / 2 - 1 / (2 * nodesCount),
      toleranceRatio: 0.02,
      source: "Kempe 2003, lemma 2.3",
    },
  }),
};

const NOTHING_LOST: ExpectedValue = {
  value: 1e-9,
  bound: "atMost",
  of: "eachRun",
  source: "spec aggregation §11",
};

function factor(selection: PairSelection): ExpectedValue {
  const source = "Jelasity 2005, section 3; spec papers §8";
  return { value: FACTORS[selection], toleranceRatio: 0.01, source };
}

function factorName(selection: PairSelection): string {
  return `push-pull, ${selection}: variance (factor a round)`;
}

function massName(selection: PairSelection): string {
  return `push-pull, ${selection}: mean, off by`;
}

/** The measure before the first round, and after each. */
function courseOf(roundsCount: number, round: () => void, measure: () => number): number[] {
  const course = [measure()];
  for (let turn = 0; turn < roundsCount; turn += 1) {
    round();
    course.push(measure());
  }
  return course;
}

/**
 * Φ is a sum over n² contributions; the expectation over random inputs of Σ (s − w · mean)² is that
 * sum, and n nodes make one throw of inputs enough. [Kempe 2003, section 2.2]
 */
function potentials(
  seed: number,
  inputs: readonly number[],
  roundsCount: number,
): { readonly course: number[]; readonly lost: number } {
  const table = pushSumTable({ seed, nodesCount: inputs.length }, inputs);
  const mean = meanOfAll(inputs);
  const course = courseOf(
    roundsCount,
    () => table.sendAll(),
    () => {
      let sum = 0;
      for (const { held } of table.machines) {
        const away = at(held, 0) - at(held, 1) * mean;
        sum += away * away;
      }
      return sum;
    },
  );
  const weights = table.machines.reduce((sum, { held }) => sum + at(held, 1), 0);
  return { course, lost: Math.abs(weights / inputs.length - 1) };
}

/** Of what is left, from round to round. */
function meanFactor(course: readonly number[]): number {
  const factors = course.slice(1).map((value, index) => value / at(course, index));
  return meanOfAll(factors);
}

function curveOf(name: string, course: readonly number[]): Curve {
  const points = course.map((value, round): [number, number] => [round, value / at(course, 0)]);
  const labels = { xLabel: "round", yLabel: "of that at the start" };
  return { chart: "What is left of the variance", name, ...labels, points };
}
