import { at } from "../../../core/collections/at.ts";
import { exp, ln } from "../../../core/math.ts";
import { Random } from "../../../core/random.ts";
import {
  type GossipTerms,
  incrementRatio,
  roundsUntilMistake,
} from "../../../peers/heartbeat/mistake-odds.ts";
import type { Curve, ExpectedValue, Experiment } from "../experiment.ts";

/** Bytes of one entry, and what a member may send in a second. [van Renesse 1998 §3.1] */
const ENTRY_BYTES = 8;
const BYTES_PER_SECOND = 250;
const SIZES = [50, 100, 150, 200] as const;
const MISTAKES = [
  { text: "10⁻³", ratio: 1e-3 },
  { text: "10⁻⁶", ratio: 1e-6 },
  { text: "10⁻⁹", ratio: 1e-9 },
] as const;
/** Read off Figure 1 at n = 200. */
const PUBLISHED_SECONDS = [163, 210, 256];
const MEAN_NAME = "one gossip at a time, n = 50: mean rounds until all know, of Σ 1/p";

/** How long to wait for a beat that n members gossip, by recurrence and by dice. */
export const heartbeatDetection: Experiment = {
  name: "heartbeat-detection",
  proves: "How long a silence must be before a member is dead, for the odds of a mistake wanted.",
  source: "van Renesse, Minsky, Hayden 1998, §3 and Figure 1; 250 bytes a second and member",
  parameters: { samplesCount: 4_000, gossipsCount: 2_000 },
  runsCount: 3,
  run({ onPass, parameters, seed }) {
    const { gossipsCount = 0, samplesCount = 0 } = parameters;
    const dice = Random.derive(seed, "heartbeat-detection");
    const values: Record<string, number> = {};
    const curves: Curve[] = [];
    for (const { ratio, text } of MISTAKES) {
      onPass?.(`P = ${text}`);
      const points: [number, number][] = [];
      for (const membersCount of SIZES) {
        const terms = { membersCount, failedCount: 1, arrivalRatio: 1 };
        const rounds = roundsUntilMistake(ratio, terms);
        const drawn = drawnRounds(ratio, { terms, rounds, samplesCount, dice });
        const seconds = (rounds * ENTRY_BYTES) / BYTES_PER_SECOND;
        values[secondsName(membersCount, text)] = seconds;
        values[`n = ${membersCount}, P = ${text}: by dice, of the recurrence`] = drawn / rounds;
        points.push([membersCount, seconds]);
      }
      const axes = { xLabel: "members", yLabel: "seconds until a member is dead" };
      curves.push({ chart: "Detection time", name: `P_mistake = ${text}`, ...axes, points });
    }
    values[MEAN_NAME] = gossipedRatio(50, gossipsCount, dice);
    return { values, curves };
  },
  expectedAt: () => {
    const expected: Record<string, ExpectedValue> = {};
    for (const [index, { text }] of MISTAKES.entries()) {
      for (const membersCount of SIZES) {
        const name = `n = ${membersCount}, P = ${text}: by dice, of the recurrence`;
        expected[name] = { value: 1, toleranceRatio: 0.02, source: "spec papers §4.1" };
      }
      const value = at(PUBLISHED_SECONDS, index);
      expected[secondsName(200, text)] = { value, toleranceRatio: 0.01, source: "Figure 1" };
    }
    expected[MEAN_NAME] = { value: 1, toleranceRatio: 0.02, source: "the chain of §3" };
    return expected;
  },
};

function secondsName(membersCount: number, text: string): string {
  return `n = ${membersCount}, P = ${text}: detection (s)`;
}

interface Draw {
  readonly terms: GossipTerms;
  /** Where the tail is wanted. */
  readonly rounds: number;
  readonly samplesCount: number;
  readonly dice: Random;
}

/**
 * The same rounds by dice: the time until all know is a sum of waiting times. Such long ones as a
 * mistake of 10⁻⁹ takes never happen; so they are drawn as if most were as long (each waiting
 * time tilted by e^θ a round), and counted for as much less. [importance sampling, Siegmund 1976]
 */
function drawnRounds(mistakeRatio: number, draw: Draw): number {
  const { dice, rounds, samplesCount, terms } = draw;
  const living = terms.membersCount - terms.failedCount;
  const odds = Array.from({ length: living - 1 }, (_, k) => incrementRatio(k + 1, terms));
  const tilt = tiltFor(odds, rounds);
  const growth = exp(tilt);
  const logMean = odds.reduce((sum, p) => sum + ln((p * growth) / (1 - (1 - p) * growth)), 0);
  const logStays = odds.map((p) => ln((1 - p) * growth));
  const samples: { time: number; weight: number }[] = [];
  for (let sample = 0; sample < samplesCount; sample += 1) {
    let time = 0;
    for (const logStay of logStays) time += 1 + Math.floor(ln(1 - dice.real()) / logStay);
    samples.push({ time, weight: exp(logMean - tilt * time) });
  }
  samples.sort((one, other) => other.time - one.time);
  let tail = 0;
  for (const { time, weight } of samples) {
    tail += (living * weight) / samplesCount;
    if (tail > mistakeRatio) return time;
  }
  return 0;
}

/** The θ at which the tilted waiting times come to so many rounds in the mean. */
function tiltFor(odds: readonly number[], rounds: number): number {
  let [low, high] = [0, 0 - ln(1 - Math.min(...odds))];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    const growth = exp(middle);
    const mean = odds.reduce((sum, p) => sum + 1 / (1 - (1 - p) * growth), 0);
    if (mean < rounds) low = middle;
    else high = middle;
  }
  return low;
}

/** Members that tell each other of a beat, one by one: what the chain above is a picture of. */
function gossipedRatio(membersCount: number, gossipsCount: number, dice: Random): number {
  const failed = membersCount - 1;
  let all = 0;
  for (let gossip = 0; gossip < gossipsCount; gossip += 1) {
    const knows = new Uint8Array(membersCount);
    knows[0] = 1;
    let known = 1;
    for (; known < membersCount - 1; all += 1) {
      const from = dice.below(membersCount);
      const draw = dice.below(membersCount - 1);
      const to = draw < from ? draw : draw + 1;
      // Who has failed neither tells nor hears.
      if (from === failed || to === failed || knows[from] === 0 || knows[to] === 1) continue;
      knows[to] = 1;
      known += 1;
    }
  }
  const terms = { membersCount, failedCount: 1, arrivalRatio: 1 };
  let mean = 0;
  for (let count = 1; count < membersCount - 1; count += 1)
    mean += 1 / incrementRatio(count, terms);
  return all / gossipsCount / mean;
}
