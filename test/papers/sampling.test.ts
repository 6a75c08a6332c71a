import { expect, it } from "vitest";
import type { Experiment } from "../../src/sim/experiments/experiment.ts";
import { samplingHealing } from "../../src/sim/experiments/overlay/sampling-healing.ts";
import { samplingOverlay } from "../../src/sim/experiments/overlay/sampling-overlay.ts";
import { runExperiment } from "../../src/sim/experiments/run-experiment.ts";

/** What was missed, in words. By hand: `hearsay sim NAME --set nodesCount=10000`. */
function missedBy(experiment: Experiment): string[] {
  const { values } = runExperiment(experiment, { runsCount: 1 });
  expect(values.some(({ judgement }) => judgement?.verdict === "held")).toBe(true);
  return values.flatMap(({ judgement, mean, name }) =>
    judgement?.verdict === "missed" ? [`${name} is ${mean}, not ${judgement.wanted}`] : [],
  );
}

it("peer sampling makes the networks that theory and the papers say", () => {
  expect(missedBy(samplingOverlay)).toEqual([]);
});

it("peer sampling forgets half of all nodes, and the other half stays together", () => {
  expect(missedBy(samplingHealing)).toEqual([]);
});
