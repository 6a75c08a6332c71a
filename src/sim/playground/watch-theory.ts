/** How soon a death is found, by the literature, where nothing else happens. */
import { ln, pow, sqrt } from "../../core/math.ts";
import { heartbeatOptions } from "../../peers/heartbeat/heartbeat.options.ts";
import { newsIntervalMs } from "../../peers/heartbeat/news-interval.ts";
import { silenceLimitMs } from "../../peers/heartbeat/silence-detector.ts";
import { phiNormal } from "../../peers/phi-accrual/phi.ts";
import { phiAccrualOptions } from "../../peers/phi-accrual/phi-accrual.options.ts";
import { suspicionMinMs } from "../../peers/swim/formulas.ts";
import { swimOptions } from "../../peers/swim/swim.options.ts";
import { BEAT_ENTRY_BYTES } from "../experiments/detectors/beating-town.ts";
import { meanLatencyMs } from "./spread-theory.ts";
import { toldCurve } from "./told-curve.ts";
import type { WatchNumbers } from "./watch.options.ts";
import {
  heartbeatGivenOf,
  isSwim,
  phiGivenOf,
  swimGivenOf,
  type WatchDetectorName,
  watchProfile,
} from "./watch-detectors.ts";

/** Means, in ms since the death. */
export interface WatchTheory {
  readonly firstSuspectedMs: number;
  readonly firstKnewMs: number;
  readonly halfKnewMs: number;
  readonly allKnewMs: number;
  /** The share of the others that should know after each `THEORY_STEP_MS`. */
  readonly knewByStep: readonly number[];
}

export const THEORY_STEP_MS = 25;
/** Of T_fail of the largest town, and of phi. */
const LAST_MS = 150_000;
const STEPS = LAST_MS / THEORY_STEP_MS;
/**
 * Deviation of the times between newer beats, of their mean: less than that of a wait without a
 * memory, for who has just heard a newer one has a young one. [measured in these towns]
 */
const NEWS_VARIATION = 0.7;
/** What is less likely changes nothing that can be seen. */
const MIN_ODDS = 1e-9;
/** A distribution stands for so many equal parts of it. */
const PARTS = 8;

/** What stands on the page beside the lines: what they are, and who says so. */
export const watchTheoryWords: Readonly<Record<WatchDetectorName, string>> = {
  swim:
    "a ping of the dead begins after a period in the mean, the shortest of n-1 waits (in step: " +
    "e/(e-1) periods [Das 2002 §3.1]), and fails after one more; a suspicion that is confirmed " +
    "runs its least time, 4 log10 n periods [Dadgar 2017]; both are told as s' = s e^-fi",
  swimPlain:
    "a ping of the dead begins after a period in the mean, the shortest of n-1 waits (in step: " +
    "e/(e-1) periods [Das 2002 §3.1]), and fails after one more; each suspicion runs 4 log10 n " +
    "periods [Das 2002 §4.2]; both are told as s' = s e^-fi",
  swimSwift:
    "as SWIM, but a suspicion that is confirmed runs log10 n periods, and those that hear of it " +
    "look themselves",
  heartbeat:
    "T_fail, by which all but one in 10⁶ have heard of a beat, since the last beat came, which " +
    "spreads as s' = s e^-i, and at most a round more [van Renesse 1998 §3]",
  phi:
    "φ = t / (m ln 10) of a memoryless wait with mean m [Hayashibara 2004 §4.3], where m is two " +
    "rounds or more, since every second message at most has a newer beat",
  phiDirect:
    "φ of the normal distribution [Hayashibara 2004 §4.3], of a second, a pause of 5 s that is " +
    "accepted, and deviations of 0.1 s, since the last heartbeat, and at most a round more",
};

/** `upMs`: how long the nodes had known each other. */
export function watchTheory(
  name: WatchDetectorName,
  numbers: WatchNumbers,
  upMs: number,
): WatchTheory {
  if (isSwim(name)) return swimTheory(name, numbers);
  if (name === "heartbeat") return heartbeatTheory(numbers);
  return name === "phi" ? gossipedPhiTheory(numbers, upMs) : directPhiTheory(numbers);
}

function swimTheory(
  name: Extract<WatchDetectorName, `swim${string}`>,
  numbers: WatchNumbers,
): WatchTheory {
  const { lossRatio, nodesCount } = numbers;
  const options = swimOptions(watchProfile, swimGivenOf(name, numbers));
  const { gossipIntervalMs: intervalMs, gossipNodesCount: fanout, probeIntervalMs } = options;
  const others = nodesCount - 1;
  const suspicionMs = suspicionMinMs(options.suspicionMultiplier, nodesCount, probeIntervalMs);
  const told = { intervalMs, fanout: fanout * (1 - lossRatio), stepMs: THEORY_STEP_MS };
  const latencyMs = meanLatencyMs(numbers);
  const first = [1 / others];
  const suspected = toldCurve({ ...told, latencyMs, entered: first, stepsCount: STEPS });
  // Whoever heard of the suspicion comes to its end alone, if nobody says so before.
  const late = Math.round(suspicionMs / THEORY_STEP_MS);
  const entered = suspected.map((_, step) => suspected[step - late] ?? 0);
  const knew = toldCurve({ ...told, latencyMs, entered, stepsCount: STEPS });
  // Who pings the dead does so in its own period, somewhere in its own list of all.
  const unpinged = (sinceMs: number): number => {
    const share = Math.max(0, sinceMs - probeIntervalMs) / (others * probeIntervalMs);
    return share >= 1 ? 0 : pow(1 - share, others);
  };
  const firstAt = steps((ms) => unpinged(ms) - unpinged(ms + THEORY_STEP_MS));
  const firstSuspectedMs = probeIntervalMs + (probeIntervalMs * others) / (others + 1);
  const firstKnewMs = firstSuspectedMs + suspicionMs;
  const stepOf = (share: number): number => knew.findIndex((one) => one >= share);
  const allStep = stepOf(1 - 1 / (2 * others));
  return {
    firstSuspectedMs,
    firstKnewMs,
    halfKnewMs: firstSuspectedMs + stepOf(0.5) * THEORY_STEP_MS,
    allKnewMs: firstSuspectedMs + allStep * THEORY_STEP_MS,
    knewByStep: delayed(knew, firstAt),
  };
}

/** Steps of the horizon. */
function steps(valueAt: (ms: number, step: number) => number): number[] {
  return Array.from({ length: STEPS }, (_, step) => valueAt(step * THEORY_STEP_MS, step));
}

/** A curve that begins at a random step. */
function delayed(curve: readonly number[], begins: readonly number[]): number[] {
  const sums = new Array<number>(curve.length).fill(0);
  for (const [begun, odds] of begins.entries()) {
    if (odds < MIN_ODDS) continue;
    for (let step = begun; step < sums.length; step += 1) {
      sums[step] = (sums[step] ?? 0) + odds * (curve[step - begun] ?? 0);
    }
  }
  return sums;
}

function heartbeatTheory(numbers: WatchNumbers): WatchTheory {
  const options = heartbeatOptions(heartbeatGivenOf(numbers));
  const cluster = { membersCount: () => numbers.nodesCount, entryBytes: BEAT_ENTRY_BYTES };
  const limitMs = options.failAfterMs > 0 ? options.failAfterMs : silenceLimitMs(cluster, options);
  const wait = { suspectMs: [limitMs], deadMs: [limitMs] };
  return silenceTheory(numbers, { ...wait, arrived: gossipedBeat(numbers) });
}

function gossipedPhiTheory(numbers: WatchNumbers, upMs: number): WatchTheory {
  const options = phiAccrualOptions(phiGivenOf("phi", numbers));
  const { deadLevel, firstCount, firstIntervalMs, suspectLevel } = options;
  const newsMs = newerBeatMs(numbers);
  // Each node goes by the mean of the times that it has seen, and of the first, which are given.
  const count = Math.max(1, upMs / newsMs);
  const means = normalParts.map((z) => {
    const seenMs = upMs + z * NEWS_VARIATION * newsMs * sqrt(count);
    return (seenMs + firstCount * firstIntervalMs) / (count + firstCount);
  });
  const silences = (level: number): number[] => means.map((mean) => level * ln(10) * mean);
  const wait = { suspectMs: silences(suspectLevel), deadMs: silences(deadLevel) };
  return silenceTheory(numbers, { ...wait, arrived: gossipedBeat(numbers) });
}

function directPhiTheory(numbers: WatchNumbers): WatchTheory {
  const options = phiAccrualOptions(phiGivenOf("phiDirect", numbers));
  const { roundIntervalMs } = heartbeatOptions({ spread: "neighbours" });
  const { lossRatio } = numbers;
  // So long until one comes through, where each is lost by chance.
  const meanMs = roundIntervalMs / (1 - lossRatio);
  const spreadMs = (roundIntervalMs * sqrt(lossRatio)) / (1 - lossRatio);
  const deviationMs = Math.max(options.deviationMinMs, spreadMs);
  const silence = (level: number): number[] => {
    return [meanMs + options.acceptablePauseMs + phiDeviations(level) * deviationMs];
  };
  const latencyMs = meanLatencyMs(numbers);
  // The last one that came may be some rounds older than the last that was sent.
  const arrived = (sinceMs: number): number => {
    const roundsBefore = Math.ceil((latencyMs - sinceMs) / roundIntervalMs);
    return roundsBefore <= 0 ? 1 : pow(lossRatio, roundsBefore);
  };
  const wait = { suspectMs: silence(options.suspectLevel), deadMs: silence(options.deadLevel) };
  return silenceTheory(numbers, { ...wait, arrived });
}

interface SilenceTerms {
  /** How long a silence has to be, of each of as many equal parts of all nodes. */
  readonly suspectMs: readonly number[];
  readonly deadMs: readonly number[];
  /** The share that has heard the last sign of life so long after it was given, or before. */
  readonly arrived: (sinceMs: number) => number;
}

/** A node that waits, from the last sign of life on, and looks once a round. */
function silenceTheory(numbers: WatchNumbers, terms: SilenceTerms): WatchTheory {
  const { roundIntervalMs } = heartbeatOptions();
  const others = numbers.nodesCount - 1;
  // The last beat was up to a round before the death, and each looks up to a round late.
  const ages = Array.from({ length: PARTS }, (_, part) => ((part + 0.5) / PARTS) * roundIntervalMs);
  const looked = Array.from({ length: 2 * STEPS }, (_, step) => {
    const sinceMs = (step - STEPS) * THEORY_STEP_MS;
    return meanOf(ages, (late) => terms.arrived(sinceMs - late));
  });
  const curveOf = (silences: readonly number[], age: number): number[] => {
    const places = silences.map((ms) => STEPS + Math.round((age - ms) / THEORY_STEP_MS));
    return steps((_, step) => meanOf(places, (place) => looked[place + step] ?? 1));
  };
  const suspected = ages.map((age) => curveOf(terms.suspectMs, age));
  const knew = ages.map((age) => curveOf(terms.deadMs, age));
  const firstOf = (curves: readonly (readonly number[])[]): number =>
    meanOf(curves, (curve) => sumOf(curve, (share) => pow(1 - share, others)));
  const knewByStep = steps((_, step) => meanOf(knew, (curve) => curve[step] ?? 1));
  return {
    firstSuspectedMs: firstOf(suspected),
    firstKnewMs: firstOf(knew),
    halfKnewMs: knewByStep.findIndex((share) => share >= 0.5) * THEORY_STEP_MS,
    allKnewMs: meanOf(knew, (curve) => sumOf(curve, (share) => 1 - pow(share, others))),
    knewByStep,
  };
}

/** The mean of a time of which it is known how likely it is not over after each step. */
function sumOf(curve: readonly number[], notOver: (share: number) => number): number {
  return curve.reduce((sum, share) => sum + notOver(share), 0) * THEORY_STEP_MS;
}

function meanOf<Value>(values: readonly Value[], numberOf: (value: Value) => number): number {
  return values.reduce((sum, value) => sum + numberOf(value), 0) / values.length;
}

/** Equally likely parts of the standard normal distribution, by the middle of each. */
const normalParts = Array.from({ length: PARTS }, (_, part) => {
  const share = (part + 0.5) / PARTS;
  const tail = Math.min(share, 1 - share);
  const z = phiDeviations((0 - ln(tail)) / ln(10));
  return share < 0.5 ? 0 - z : z;
});

/** The z at which φ is this level. */
function phiDeviations(level: number): number {
  let [low, high] = [-10, 60];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (phiNormal(middle) < level) low = middle;
    else high = middle;
  }
  return low;
}

/** The share that has heard of a beat that a node was told, so long after. */
function gossipedBeat(numbers: WatchNumbers): (sinceMs: number) => number {
  const intervalMs = beatNewsMs(numbers);
  const terms = { intervalMs, fanout: 1 - numbers.lossRatio, latencyMs: meanLatencyMs(numbers) };
  const entered = [1 / (numbers.nodesCount - 1)];
  const shares = toldCurve({ ...terms, stepMs: THEORY_STEP_MS, entered, stepsCount: STEPS });
  return (sinceMs) => {
    return sinceMs < 0 ? 0 : (shares[Math.floor(sinceMs / THEORY_STEP_MS)] ?? 1);
  };
}

/** A list that is larger than a message goes in parts, which take turns. */
function beatNewsMs({ nodesCount }: WatchNumbers): number {
  const cluster = { membersCount: () => nodesCount, entryBytes: BEAT_ENTRY_BYTES };
  const options = heartbeatOptions();
  return Math.max(options.roundIntervalMs, newsIntervalMs(cluster, options));
}

/**
 * How often a node hears of a newer beat of another. Both that meet have beats of an age drawn from
 * the same distribution: a message is news in half of the cases in which these differ.
 */
function newerBeatMs(numbers: WatchNumbers): number {
  const { roundIntervalMs } = heartbeatOptions();
  const heard = gossipedBeat(numbers);
  const phases = Array.from({ length: PARTS }, (_, part) => (part / PARTS) * roundIntervalMs);
  const same = meanOf(phases, (phase) => {
    let sum = 0;
    for (let age = phase; age < LAST_MS; age += roundIntervalMs) {
      const share = heard(age) - heard(age - roundIntervalMs);
      sum += share * share;
    }
    return sum;
  });
  return (2 * beatNewsMs(numbers)) / (1 - same) / (1 - numbers.lossRatio);
}
