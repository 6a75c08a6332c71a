import { exp, ln } from "../../core/math.ts";

/**
 * How long to wait before a silent member is dead: the analysis of van Renesse, Minsky and Hayden
 * (1998 §3). Rounds are counted one gossip at a time: in each, one random member tells another.
 */
export interface GossipTerms {
  /** Members, the failed included. */
  readonly membersCount: number;
  readonly failedCount: number;
  /** Share of messages that come through. */
  readonly arrivalRatio: number;
}

/** That one more hears of a beat in a round, when `knowingCount` have. */
export function incrementRatio(knowingCount: number, terms: GossipTerms): number {
  const { arrivalRatio, failedCount, membersCount: n } = terms;
  return (knowingCount / n) * ((n - failedCount - knowingCount) / (n - 1)) * arrivalRatio;
}

/**
 * Rounds after which the probability that any living member has not heard of a beat is at most
 * `mistakeRatio`, by the paper's recurrence, which takes n steps a round.
 */
export function roundsUntilMistake(mistakeRatio: number, terms: GossipTerms): number {
  const living = terms.membersCount - terms.failedCount;
  /** That so many have heard of it. */
  const odds = new Float64Array(living + 1);
  odds[1] = 1;
  const increments = Float64Array.from(odds, (_, count) => incrementRatio(count, terms));
  for (let rounds = 0; ; rounds += 1) {
    let missing = 0;
    for (let count = 1; count < living; count += 1) missing += odds[count] ?? 0;
    if (living * missing <= mistakeRatio) return rounds;
    for (let count = living; count >= 1; count -= 1) {
      const stays = (odds[count] ?? 0) * (1 - (increments[count] ?? 0));
      odds[count] = stays + (odds[count - 1] ?? 0) * (increments[count - 1] ?? 0);
    }
  }
}

const SEARCH_STEPS = 60;

/**
 * An upper bound of the same, 10 to 27 % above it, in some hundred steps for each member: by
 * Chernoff, P(T > r) ≤ E[e^θT] / e^θr for all θ, where T is a sum of waiting times.
 */
export function roundsBound(mistakeRatio: number, terms: GossipTerms): number {
  const living = terms.membersCount - terms.failedCount;
  if (living < 2) return 0;
  const increments: number[] = [];
  for (let count = 1; count < living; count += 1) increments.push(incrementRatio(count, terms));
  const least = Math.min(...increments);
  // Beyond, the longest waiting time has no such mean any more.
  const mostTilt = 0 - ln(1 - least);
  const wanted = ln(living / mistakeRatio);
  const roundsAt = (share: number): number => {
    const tilt = share * mostTilt;
    const growth = exp(tilt);
    let logMean = 0;
    for (const p of increments) logMean += ln((p * growth) / (1 - (1 - p) * growth));
    return (logMean + wanted) / tilt;
  };
  // One valley over (0, 1).
  let [low, high] = [0.001, 0.999_999];
  for (let step = 0; step < SEARCH_STEPS; step += 1) {
    const third = (high - low) / 3;
    if (roundsAt(low + third) < roundsAt(high - third)) high -= third;
    else low += third;
  }
  return Math.ceil(roundsAt(low));
}

/**
 * T_fail for gossip every `roundIntervalMs`, in which all members speak once: the rounds above come
 * n to an interval.
 */
export function failAfterMs(
  mistakeRatio: number,
  terms: GossipTerms & { readonly roundIntervalMs: number },
): number {
  return Math.ceil((roundsBound(mistakeRatio, terms) * terms.roundIntervalMs) / terms.membersCount);
}
