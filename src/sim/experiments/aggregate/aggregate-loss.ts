import type { Curve, ExpectedValue, Experiment } from "../experiment.ts";
import { AggregateTown } from "./aggregate-town.ts";

const ROUNDS = 60;
const AFTER_CHURN_ROUNDS = 40;
const LEAVING_RATIO = 0.3;

/** Word of a change reaches all nodes in so many rounds. */
const WORD_ROUNDS = 15;

const NAMES = {
  first: `after ${ROUNDS} rounds: largest error (σ)`,
  change: `half the inputs changed, ${AFTER_CHURN_ROUNDS} rounds later: largest error (σ)`,
  churn: `30 % crashed, ${AFTER_CHURN_ROUNDS} rounds later: largest error (σ)`,
  bias: "at the end: the mean of all estimates, off by (σ)",
  bounded: "within their own error bound, from 15 rounds after a change (share of nodes)",
} as const;

/** Flow updating where a third of all messages is lost, inputs change and nodes crash. */
export const aggregateLoss: Experiment = {
  name: "aggregate-loss",
  proves: "Averages by flow updating are right within 1 % of σ under 30 % loss, and stay so.",
  source: "ours; Jesus, Baquero, Almeida 2009; spec aggregation §4, §11",
  parameters: { nodesCount: 1_000, lossRatio: 0.3, phasesCount: 3 },
  runsCount: 5,
  run({ onPass, parameters, seed }) {
    const { lossRatio = 0, nodesCount = 0, phasesCount = 0 } = parameters;
    const town = new AggregateTown({ seed, nodesCount, lossRatio });
    const points: [number, number][] = [];
    let bounded = 1;
    let round = 0;
    const pass = (name: string, rounds: number): number => {
      const begunAt = round;
      onPass?.(name);
      for (let turn = 0; turn < rounds; turn += 1) {
        town.runRounds(1);
        round += 1;
        const { boundedRatio, largest } = town.error();
        points.push([round, largest]);
        // Nobody knows of what has just happened elsewhere before word of it has come.
        if (round - begunAt > WORD_ROUNDS) bounded = Math.min(bounded, boundedRatio);
      }
      return town.error().largest;
    };
    const first = pass("from nothing", ROUNDS);
    // Fewer phases for many nodes: one that is left out is what was before it.
    if (phasesCount > 1) town.changeHalf();
    const change = phasesCount > 1 ? pass("half changed", AFTER_CHURN_ROUNDS) : first;
    if (phasesCount > 2) town.crash(LEAVING_RATIO);
    const churn = phasesCount > 2 ? pass("30 % crashed", AFTER_CHURN_ROUNDS) : change;
    const { bias } = town.error();
    const curve: Curve = {
      chart: "Largest error of all nodes",
      name: "flow updating",
      xLabel: "round",
      yLabel: "σ of the inputs",
      points,
    };
    const values = {
      [NAMES.first]: first,
      [NAMES.change]: change,
      [NAMES.churn]: churn,
      [NAMES.bias]: bias,
      [NAMES.bounded]: bounded,
    };
    return { values, curves: [curve] };
  },
  expectedAt: () => ({
    [NAMES.first]: atMost(0.01),
    [NAMES.change]: atMost(0.01),
    [NAMES.churn]: atMost(0.01),
    // Ratios of averages that have not all evened out; after 60 rounds without churn it is 10⁻⁶.
    [NAMES.bias]: { value: 0.002, bound: "atMost", of: "mean", source: "ours: 0.0005 measured" },
    [NAMES.bounded]: { value: 0.99, bound: "atLeast", of: "eachRun", source: "ours" },
  }),
};

function atMost(value: number): ExpectedValue {
  return { value, bound: "atMost", of: "eachRun", source: "issue: at most 1 % of σ" };
}
