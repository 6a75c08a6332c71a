import { expect, it } from "vitest";
import type { Experiment } from "../../src/sim/experiments/experiment.ts";
import { type ExperimentOptions, runExperiment } from "../../src/sim/experiments/run-experiment.ts";

/** Ten times what the longest takes on an idle machine. */
const TIMEOUT_MS = 900_000;

/** One test: the means of an experiment are what was published, within its own tolerances. */
export function holds(experiment: Experiment, options: ExperimentOptions = {}): void {
  const at = JSON.stringify(options.parameters ?? {});
  it(
    `${experiment.name} ${at}: ${experiment.proves}`,
    () => {
      const { values } = runExperiment(experiment, options);
      const judged = values.filter(({ judgement }) => judgement !== undefined);
      expect(judged.some(({ judgement }) => judgement?.verdict === "held")).toBe(true);
      const missed = judged.filter(({ judgement }) => judgement?.verdict === "missed");
      const texts = missed.map(({ judgement, mean, name }) => {
        return `${name}: ${mean}, not ${judgement?.wanted} (${judgement?.source})`;
      });
      expect(texts).toEqual([]);
    },
    TIMEOUT_MS,
  );
}
