/** How values spread. */
export interface Summary {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

const DECIMALS = 1_000;

/** Percentiles by nearest rank; rounded to thousandths, so that reports are short. */
export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (ratio: number): number =>
    rounded(sorted[Math.max(0, Math.ceil(ratio * sorted.length) - 1)] ?? 0);
  const sum = sorted.reduce((total, value) => total + value, 0);
  return {
    count: sorted.length,
    mean: sorted.length === 0 ? 0 : rounded(sum / sorted.length),
    p50: rank(0.5),
    p90: rank(0.9),
    p99: rank(0.99),
    max: rank(1),
  };
}

export function rounded(value: number): number {
  return Math.round(value * DECIMALS) / DECIMALS;
}
