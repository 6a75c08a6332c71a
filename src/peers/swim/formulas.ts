import { ln } from "../../core/math.ts";

/*
 * memberlist's formulas, as pure functions. `nodesCount` counts this node and the dead and left
 * ones not yet reaped. Checked row by row against test/vectors/memberlist/numeric.json.
 */

/** Takes away the rounding of a logarithm before a floor, so that exact powers stay exact. */
const FLOOR_SLACK = 1e-9;

/** Smallest whole d with base^d × unit ≥ value: a ceil(log) that no rounding can spoil. */
function ceilLog(base: number, value: number, unit: number): number {
  let exponent = 0;
  for (let power = unit; power < value; power *= base) exponent += 1;
  return exponent;
}

/**
 * How many packets a broadcast goes out in; 0 still means once, for the check follows a send.
 * Source: spec section 16.
 */
export function retransmitLimit(multiplier: number, nodesCount: number): number {
  return multiplier * ceilLog(10, nodesCount + 1, 1);
}

/** How much longer the pause between push/pulls is above 32 nodes. Spec section 17.4. */
export function pushPullScale(nodesCount: number): number {
  return nodesCount <= 32 ? 1 : ceilLog(2, nodesCount, 32) + 1;
}

/** The least time from suspicion to death, in milliseconds. Spec section 15. */
export function suspicionMinMs(
  multiplier: number,
  nodesCount: number,
  probeIntervalMs: number,
): number {
  const log10 = ln(Math.max(1, nodesCount)) / ln(10);
  const thousandths = Math.max(1_000, Math.floor(1_000 * log10 + FLOOR_SLACK));
  return (multiplier * thousandths * probeIntervalMs) / 1_000;
}

/** Confirmations that bring a suspicion down to its least time; 0 when too few could give them. */
export function confirmationsWanted(multiplier: number, nodesCount: number): number {
  const wanted = Math.max(0, Math.floor(multiplier) - 2);
  // This node and the suspect cannot confirm.
  return nodesCount - 2 < wanted ? 0 : wanted;
}

export interface SuspicionState {
  readonly confirmationsCount: number;
  /** Confirmations that bring the time down to `minMs`. */
  readonly wantedCount: number;
  readonly elapsedMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** Time left before a suspect counts as dead; 0 or less means now. Spec section 15. */
export function remainingSuspicionMs(state: SuspicionState): number {
  const { confirmationsCount, wantedCount, elapsedMs, minMs, maxMs } = state;
  if (wantedCount < 1) return minMs - elapsedMs;
  if (confirmationsCount === 0) return maxMs - elapsedMs;
  const share = ln(confirmationsCount + 1) / ln(wantedCount + 1);
  const total = Math.floor(maxMs - (maxMs - minMs) * share + FLOOR_SLACK * maxMs);
  return Math.max(minMs, total) - elapsedMs;
}
