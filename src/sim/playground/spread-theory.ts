import { exp, pow } from "../../core/math.ts";
import type { SpreadNumbers } from "./spread.options.ts";
import type { SpreadProtocolName } from "./spread-protocols.ts";

/**
 * The share that should have heard at the end of each round, were nobody to lose interest: of s
 * that have not, those are left whom nobody told, and who asked nobody that knew.
 * [Demers 1987 §1.3; Bailey 1975] undefined for protocols that do not go by rounds.
 */
export function theoreticalShares(
  protocol: SpreadProtocolName,
  { fanoutCount, lossRatio, nodesCount }: SpreadNumbers,
  roundsCount: number,
): number[] | undefined {
  const isPush = protocol === "push" || protocol === "pushPull" || protocol === "antiEntropy";
  const isPull = protocol === "pull" || protocol === "pushPull" || protocol === "antiEntropy";
  if (!isPush && !isPull) return undefined;
  const arrives = 1 - lossRatio;
  const shares = [1 / nodesCount];
  for (let round = 1; round <= roundsCount; round += 1) {
    const heard = shares[round - 1] ?? 0;
    let left = 1 - heard;
    if (isPush) left *= exp(-fanoutCount * heard * arrives);
    // A question, and what answers it, both have to arrive.
    if (isPull) left *= pow(1 - heard * arrives * arrives, fanoutCount);
    shares.push(1 - left);
  }
  return shares;
}
