import type { Experiment } from "./experiment.ts";

/** Every experiment. Adding one is a file and a line here; `hearsay sim` lists and runs them. */
export const experiments: readonly Experiment[] = [];

export function findExperiment(name: string): Experiment | undefined {
  return experiments.find((experiment) => experiment.name === name);
}
