import { sqrt } from "../../core/math.ts";

/** How a value spreads over the runs of an experiment. */
export interface Spread {
  readonly mean: number;
  /** Of a single run from the mean; 0 of one run. */
  readonly deviation: number;
  /** Half of the interval in which the true mean is with 95 %; 0 of one run. */
  readonly confidence: number;
  readonly min: number;
  readonly max: number;
}

/** Student's t at 97.5 %, by the degrees of freedom from 1. */
const quantiles = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
  2.045, 2.042,
] as const;
/** Where there are more: the normal distribution's. */
const LAST_QUANTILE = 1.96;

export function spreadOf(values: readonly number[]): Spread {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const min = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const max = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  if (count < 2) return { mean, deviation: 0, confidence: 0, min, max };
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const deviation = sqrt(squares / (count - 1));
  const quantile = quantiles[count - 2] ?? LAST_QUANTILE;
  return { mean, deviation, confidence: (quantile * deviation) / sqrt(count), min, max };
}
