import { sqrt } from "../../../core/math.ts";
import { aggregateOptions } from "../../../data/aggregate/aggregate.options.ts";
import { ExtremaPropagation } from "../../../data/aggregate/extrema-propagation.ts";
import type { Experiment } from "../experiment.ts";
import { PairTable } from "./aggregate-pairs.ts";

const ESTIMATE = "estimate (nodes)";
const SQUARE = "square of the relative error, times K − 2";
const OUTSIDE = "estimates beyond three standard errors (share)";
const AGREED = "nodes with the same estimate (share)";

/** The size of a cluster by minima of random numbers: 300 clusters, each with other dice. */
export const aggregateCount: Experiment = {
  name: "aggregate-count",
  proves: "Extrema propagation counts nodes without bias, ± 1/√(K − 2), in logarithmic time.",
  source: "Baquero, Almeida, Menezes 2009; spec aggregation §6",
  parameters: { nodesCount: 200, minimaCount: 100, roundsCount: 12 },
  runsCount: 300,
  run({ parameters, seed }) {
    const { minimaCount = 0, nodesCount = 0, roundsCount = 0 } = parameters;
    const options = aggregateOptions({ minimaCount });
    const table = new PairTable({ seed, nodesCount }, (wiring) => {
      // Other dice in every cluster: a node's are by its name, the epoch and the task.
      const task = `nodes-${seed}`;
      return new ExtremaPropagation({ task, wiring, options, share: () => 1 });
    });
    for (let round = 0; round < roundsCount; round += 1) {
      table.round("eachOnce");
      table.tick();
    }
    const estimates = table.machines.map((machine) => machine.current()?.value ?? 0);
    const [estimate = 0] = estimates;
    const relative = estimate / nodesCount - 1;
    const standardError = 1 / sqrt(minimaCount - 2);
    const values = {
      [ESTIMATE]: estimate,
      [SQUARE]: relative * relative * (minimaCount - 2),
      [OUTSIDE]: Math.abs(relative) > 3 * standardError ? 1 : 0,
      [AGREED]: estimates.filter((one) => one === estimate).length / nodesCount,
    };
    return { values, curves: [] };
  },
  expected: {
    // Of 300 clusters, the mean of the estimates is within 3 · 0.101/√300 of the truth.
    [ESTIMATE]: { value: 200, toleranceRatio: 0.018, source: "unbiased" },
    // A standard deviation within 10 % is a variance within 20 %.
    [SQUARE]: { value: 1, tolerance: 0.2, source: "spec papers §8: within 10 % of 1/√(K − 2)" },
    [OUTSIDE]: { value: 0.01, bound: "atMost", of: "mean", source: "spec §11: within 3σ" },
    [AGREED]: { value: 1, bound: "atLeast", of: "eachRun", source: "spec §6: a diameter's rounds" },
  },
};
