import type { Experiment } from "../../../../src/sim/experiments/experiment.ts";
import type { ExperimentReport } from "../../../../src/sim/experiments/run-experiment.ts";

/** What the page asks of the worker that runs experiments. */
export type TableRequest =
  | { readonly kind: "catalog" }
  | {
      readonly kind: "run";
      readonly name: string;
      readonly seed: number;
      readonly runsCount: number;
      /** Those that are not as published. */
      readonly parameters: Readonly<Record<string, number>>;
    };

/** An experiment, as it is chosen from. */
export type Listed = Pick<Experiment, "name" | "proves" | "source" | "parameters" | "runsCount">;

export type TableAnswer =
  | { readonly kind: "catalog"; readonly experiments: readonly Listed[] }
  | { readonly kind: "progress"; readonly text: string }
  | { readonly kind: "report"; readonly report: ExperimentReport }
  | { readonly kind: "failure"; readonly text: string };
