import { sqrt } from "../../core/math.ts";
import type { ExpectedValue } from "./experiment.ts";
import type { Spread } from "./spread.ts";

/** What a value was compared with, and how that went. */
export interface Judgement {
  /** "told": the difference is known and explained, and not held against the run. */
  readonly verdict: "held" | "missed" | "told";
  readonly expected: number;
  /** In words: `6.39 ± 0.05`, `at most 20 in each run`. */
  readonly wanted: string;
  readonly source: string;
  /** Why a difference is only told. */
  readonly note?: string;
  /** The first seed that broke a bound that each run must keep. */
  readonly seed?: number;
}

/** The values of all runs; the first one is that of `firstSeed`. */
export interface Sample {
  readonly spread: Spread;
  readonly values: readonly number[];
  readonly firstSeed: number;
  /** Runs that the tolerances were chosen for. */
  readonly ownRunsCount: number;
}

export function judgeValue(expected: ExpectedValue, sample: Sample): Judgement {
  const { value, source } = expected;
  const { mean } = sample.spread;
  const told = { expected: value, source };
  if ("deviation" in expected) {
    return { ...told, verdict: "told", wanted: String(value), note: expected.deviation };
  }
  if ("bound" in expected) return { ...told, ...judgeBound(expected, sample) };
  const share = "tolerance" in expected ? 1 : Math.abs(value);
  const tolerance = "tolerance" in expected ? expected.tolerance : expected.toleranceRatio;
  const widened = tolerance * chanceRatio(sample);
  const text = (most: number): string =>
    "tolerance" in expected ? String(rounded(most)) : `${rounded(most * 100)} %`;
  const own = widened > tolerance ? ` (${text(tolerance)} in ${sample.ownRunsCount} runs)` : "";
  return {
    ...told,
    verdict: verdictOf(Math.abs(mean - value) <= share * widened),
    wanted: `${value} ± ${text(widened)}${own}`,
  };
}

/**
 * By how much farther the mean of fewer runs may be off than that of as many as the tolerance was
 * chosen for: its standard error goes with the root of their number.
 */
function chanceRatio({ ownRunsCount, values }: Sample): number {
  return values.length < ownRunsCount ? sqrt(ownRunsCount / values.length) : 1;
}

function judgeBound(
  { bound, of, value: limit }: Extract<ExpectedValue, { bound: string }>,
  { firstSeed, spread, values }: Sample,
): Pick<Judgement, "verdict" | "wanted" | "seed"> {
  const isKept = (value: number): boolean => (bound === "atMost" ? value <= limit : value >= limit);
  const words = `${bound === "atMost" ? "at most" : "at least"} ${limit}`;
  if (of === "mean") return { verdict: verdictOf(isKept(spread.mean)), wanted: words };
  const broken = values.findIndex((value) => !isKept(value));
  const wanted = `${words} in each run`;
  return broken < 0
    ? { verdict: "held", wanted }
    : { verdict: "missed", wanted, seed: firstSeed + broken };
}

function verdictOf(value: boolean): "held" | "missed" {
  return value ? "held" : "missed";
}

/** Four digits, without the dust of binary fractions. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
