/**
 * What a benchmark is: a file `bench/NAME.bench.ts` that exports `name`, `description` and `run`.
 * It measures itself and a named peer in the same run, for on a busy machine only ratios last.
 */

/** One figure. `ratio` is ours over the peer's. */
export interface MeasuredRow {
  readonly id: string;
  readonly value: number;
  readonly unit: string;
  readonly peer?: string;
  readonly ratio?: number;
  /** In words: `ratio <= 1.5`. Made by `judged`, as is `met`. */
  readonly target?: string;
  readonly met?: boolean;
}

/** A figure that this machine cannot give; the target, if it has one, counts as missed. */
export interface SkippedRow {
  readonly id: string;
  /** How to install what is missing, in one line. */
  readonly skipped: string;
  readonly target?: string;
}

export type Row = MeasuredRow | SkippedRow;

export interface Bench {
  readonly name: string;
  readonly description: string;
  run(): Promise<Row[]>;
}

/** What a row promises: of its `value` or of its `ratio`, at most or at least a number. */
export interface Target {
  readonly of: "value" | "ratio";
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** The row with its target in words and whether it was met. A missing ratio meets no target. */
export function judged(row: MeasuredRow, target: Target): MeasuredRow {
  const { of, atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = target;
  const figure = of === "value" ? row.value : (row.ratio ?? Number.NaN);
  const words: string[] = [];
  if (target.atMost !== undefined) words.push(`${of} <= ${atMost}`);
  if (target.atLeast !== undefined) words.push(`${of} >= ${atLeast}`);
  return { ...row, target: words.join(", "), met: figure <= atMost && figure >= atLeast };
}

/** True of rows with a target that was missed or could not be tried. */
export function isMissed(row: Row): boolean {
  if (row.target === undefined) return false;
  return "skipped" in row || row.met !== true;
}

/** The middle value; of an even number the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}
