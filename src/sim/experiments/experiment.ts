/**
 * An experiment of a paper, or of our own: numbers and curves from runs that differ by their seed.
 * Tests compare the numbers with what was published; `hearsay sim NAME` prints and draws them.
 */
export interface Experiment {
  /** What `hearsay sim` calls it: kebab-case. */
  readonly name: string;
  /** One line: what it shows. */
  readonly proves: string;
  /** Paper and table, or "ours". */
  readonly source: string;
  /** Whole or fractional numbers a user may change, with their defaults (`nodesCount: 1000`). */
  readonly parameters: Readonly<Record<string, number>>;
  /** Runs when the user does not say. */
  readonly runsCount: number;
  /** One run. The same setting gives the same course, byte for byte. */
  run(setting: ExperimentSetting): ExperimentCourse;
  /** What the means over all runs should be, by the name of the value. */
  readonly expected?: Readonly<Record<string, ExpectedValue>>;
}

export interface ExperimentSetting {
  readonly seed: number;
  readonly parameters: Readonly<Record<string, number>>;
}

/** What one run came to. */
export interface ExperimentCourse {
  /** By name and, in parentheses, unit; every run of an experiment has the same names. */
  readonly values: Readonly<Record<string, number>>;
  readonly curves: readonly Curve[];
}

export interface Curve {
  /** Curves of one chart share it. */
  readonly chart: string;
  readonly name: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly points: readonly (readonly [number, number])[];
}

/** A published or derived value, and how far the mean may be from it. */
export type ExpectedValue = {
  readonly value: number;
  /** Where it stands, or how it follows. */
  readonly source: string;
} & (
  | { readonly toleranceRatio: number }
  | { readonly tolerance: number }
  /** Told, not held: the reason. */
  | { readonly deviation: string }
);
