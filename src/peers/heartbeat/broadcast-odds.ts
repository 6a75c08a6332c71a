import { pow } from "../../core/math.ts";

/**
 * When everybody is cut off from everybody, gossip finds nobody: now and then somebody speaks to
 * all. Each member does in each second with probability (t / t_max)^a, where t seconds are over
 * since the last broadcast that it heard; a is such that the first is expected after t_mean.
 * [van Renesse 1998 §4: a = 10.43 for 1,000 members, 20 s and 10 s]
 */
export interface BroadcastTerms {
  readonly membersCount: number;
  readonly maxSeconds: number;
  readonly meanSeconds: number;
}

const SEARCH_STEPS = 60;
const EXPONENT_MAX = 1_000;

export function broadcastOdds(seconds: number, exponent: number, maxSeconds: number): number {
  return seconds >= maxSeconds ? 1 : pow(Math.max(0, seconds) / maxSeconds, exponent);
}

/** When the first of all members is expected to broadcast. */
export function expectedBroadcastSeconds(exponent: number, terms: BroadcastTerms): number {
  const { maxSeconds, membersCount } = terms;
  let silent = 1;
  let expected = 0;
  for (let second = 1; second <= maxSeconds; second += 1) {
    const nobody = silent * pow(1 - broadcastOdds(second, exponent, maxSeconds), membersCount);
    expected += second * (silent - nobody);
    silent = nobody;
  }
  return expected + silent * maxSeconds;
}

/** The a above: the larger it is, the later the first one speaks. */
export function broadcastExponent(terms: BroadcastTerms): number {
  let [low, high] = [0, EXPONENT_MAX];
  for (let step = 0; step < SEARCH_STEPS; step += 1) {
    const middle = (low + high) / 2;
    if (expectedBroadcastSeconds(middle, terms) < terms.meanSeconds) low = middle;
    else high = middle;
  }
  return low;
}
