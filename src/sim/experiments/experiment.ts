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
  /**
   * Whole or fractional numbers a user may change, with their defaults (`nodesCount: 1000`). The
   * unit a name ends in is its schema, as of every option (core/options.ts).
   */
  readonly parameters: Readonly<Record<string, number>>;
  /** Runs when the user does not say. */
  readonly runsCount: number;
  /** One run. The same setting gives the same course, byte for byte. */
  run(setting: ExperimentSetting): ExperimentCourse;
  /** What the means over all runs should be, by the name of the value; at the defaults. */
  readonly expected?: ExpectedValues;
  /** The same at other parameters, where it follows from them; without it nothing is held then. */
  expectedAt?(parameters: Readonly<Record<string, number>>): ExpectedValues;
}

export interface ExperimentSetting {
  readonly seed: number;
  readonly parameters: Readonly<Record<string, number>>;
  /** Told now and then how far a long run is, in a few words. */
  readonly onPass?: (progress: string) => void;
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
  /** Of the axis; linear when not said. */
  readonly xScale?: "linear" | "logarithmic";
  /** How it is drawn; a line when not said. */
  readonly shape?: "line" | "bars" | "dots";
  /**
   * For what a run counts in the mean where only others have a point: for its last one before (of a
   * share that was reached), or for zero (of a histogram). Not at all when not said.
   */
  readonly elsewhere?: "last" | "zero";
}

export type ExpectedValues = Readonly<Record<string, ExpectedValue>>;

/** A published or derived value, and how far the mean may be from it. */
export type ExpectedValue = {
  readonly value: number;
  /** Where it stands, or how it follows. */
  readonly source: string;
} & (
  | { readonly toleranceRatio: number }
  | { readonly tolerance: number }
  /** A limit, which the mean or every single run must keep. */
  | { readonly bound: "atMost" | "atLeast"; readonly of: "mean" | "eachRun" }
  /** Told, not held: the reason. */
  | { readonly deviation: string }
);
