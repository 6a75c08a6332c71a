/** What the literature says of a spread. */
import { exp, pow } from "../../core/math.ts";
import { directMailDefaults } from "../../exchange/direct-mail/direct-mail.options.ts";
import { ringsCount } from "./ring-overlay.ts";
import type { SpreadNumbers } from "./spread.options.ts";
import type { SpreadProtocolName } from "./spread-protocols.ts";
import { staggeredCurve } from "./staggered-theory.ts";

export interface SpreadTheory {
  /** The share that should have heard by the end of each tick; empty where nobody says. */
  readonly curve: readonly number[];
  /** The share that hears at all; undefined where it is all, sooner or later, or nobody says. */
  readonly final: number | undefined;
}

/** What it is of. */
export interface TheorySetting {
  readonly protocol: SpreadProtocolName;
  readonly numbers: SpreadNumbers;
  readonly tickMs: number;
  readonly ticksCount: number;
  /** The share of nodes within so many hops of the author, where there is an overlay. */
  readonly sharesByHops: readonly number[];
}

/** Whoever solves x = f(x) by walking towards it, does so in fewer steps. */
const STEPS_MAX = 2_000;
const STEP_MIN = 1e-12;

/** What stands on the page beside the lines: what they are, and who says so. */
export const theoryWords: Readonly<Record<SpreadProtocolName, string>> = {
  push:
    "i' = i e^-(1-s)/k + new, s' = s e^-i, round by round; who never hears: s = e^-(k+1)(1-s) " +
    "[Demers et al. 1987 §1.4]",
  pull: "s' = s (1-i)^f: a node stays ignorant if all it asks are [Demers et al. 1987 §1.3]",
  pushPull: "s' = s e^-fi (1-i)^f: told by nobody, and asked in vain [Demers et al. 1987 §1.3]",
  coin:
    "i' = i - i/k + new, s' = s e^-i, round by round; who never hears: s = e^-k(1-s) " +
    "[Demers et al. 1987 §1.4]",
  blind:
    "s' = s e^-f(new), the final size of an epidemic: s = e^-F(1-s) with F calls a node " +
    "[Kermack and McKendrick 1927; Eugster et al. 2004]",
  antiEntropy:
    "s' = s e^-fi (1-i)^f, as push-pull, a part of a round at a time: rounds are not in step, " +
    "and whoever hears tells it sooner [Demers et al. 1987 §1.3]",
  flooding:
    "breadth first through this very overlay, one hop a mean latency; with loss bond " +
    "percolation, hop by hop [Newman 2002]",
  plumtree:
    "the first message floods all links, so as flooding; whatever is lost is grafted, so all " +
    "hear [Leitão et al. 2007 §3]",
  directMail: "a batch of 100 letters each 10 ms; as many hear as letters arrive [Demers §1.2]",
};

export function spreadTheory(setting: TheorySetting): SpreadTheory {
  const { lossRatio } = setting.numbers;
  switch (setting.protocol) {
    case "push":
      // The paper's tellers call one other a round; of more it says nothing about interest.
      return setting.numbers.fanoutCount > 1
        ? { curve: tirelessCurve(setting), final: undefined }
        : { curve: tiringCurve(setting), final: 1 - rumorResidue(setting.numbers) };
    case "antiEntropy": {
      const { numbers, ticksCount } = setting;
      const curve = staggeredCurve(numbers, meanLatencyMs(numbers), ticksCount);
      return { curve, final: undefined };
    }
    case "pull":
    case "pushPull":
      return { curve: tirelessCurve(setting), final: undefined };
    case "coin":
      return { curve: coinCurve(setting), final: 1 - blindResidue(setting.numbers) };
    case "blind":
      return { curve: blindCurve(setting), final: 1 - blindResidue(setting.numbers) };
    case "flooding": {
      const final = lossRatio === 0 ? undefined : percolatedShare(setting.numbers);
      return { curve: hopsCurve(setting), final };
    }
    case "plumtree":
      return { curve: hopsCurve(setting), final: undefined };
    case "directMail":
      return {
        curve: mailCurve(setting),
        final: lossRatio === 0 ? undefined : mailedShare(setting.numbers),
      };
  }
}

/**
 * Those who never hear of a pushed rumor whose tellers lose interest with chance 1/k whenever a
 * call was in vain: s = e^-(k+1)(1-s). [Demers 1987 §1.4] Of a network that loses messages the same
 * equations say s = e^-(k/q+1)(1-s) for a share q that arrives, since a call in vain is noticed
 * only if it and its answer come.
 */
export function rumorResidue({ interestCount, lossRatio }: SpreadNumbers): number {
  return residueOf(interestCount / (1 - lossRatio) + 1);
}

/**
 * Those who never hear where each calls F others, in so many rounds or until a coin says that it is
 * enough: s = e^-F(1-s). [Demers 1987 §1.4 of coins]
 */
export function blindResidue({ fanoutCount, interestCount, lossRatio }: SpreadNumbers): number {
  return residueOf(fanoutCount * interestCount * (1 - lossRatio));
}

/** The smallest s with s = e^-c(1-s); 1 where each tells fewer than one other. */
function residueOf(factor: number): number {
  return settled(0, (s) => exp(-factor * (1 - s)));
}

/**
 * Who hears a flood: a node does unless no neighbour that heard it from elsewhere gets through.
 * Exact for an overlay without short circles. [Newman 2002, Phys. Rev. E 66, 016128]
 */
export function percolatedShare({ lossRatio, neighboursCount }: SpreadNumbers): number {
  const degree = ringsCount(neighboursCount) * 2;
  const arrives = 1 - lossRatio;
  const fromElsewhere = settled(1, (heard) => 1 - pow(1 - arrives * heard, degree - 1));
  return 1 - pow(1 - arrives * fromElsewhere, degree);
}

function settled(start: number, next: (x: number) => number): number {
  let x = start;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const before = x;
    x = next(before);
    if (Math.abs(x - before) < STEP_MIN) break;
  }
  return x;
}

function mailedShare({ lossRatio, nodesCount }: SpreadNumbers): number {
  return 1 / nodesCount + (1 - 1 / nodesCount) * (1 - lossRatio);
}

/**
 * Were nobody to lose interest: of s that have not heard, those are left whom nobody told, and who
 * asked nobody that knew. [Demers 1987 §1.3; Bailey 1975]
 */
function tirelessCurve({ numbers, protocol, ticksCount }: TheorySetting): number[] {
  const { fanoutCount, lossRatio, nodesCount } = numbers;
  const arrives = 1 - lossRatio;
  const shares = [1 / nodesCount];
  for (let round = 1; round <= ticksCount; round += 1) {
    const heard = shares[round - 1] ?? 0;
    // A question, and what answers it, both have to arrive.
    const asked = protocol === "push" ? 1 : pow(1 - heard * arrives * arrives, fanoutCount);
    const told = protocol === "pull" ? 1 : exp(-fanoutCount * heard * arrives);
    const left = (1 - heard) * asked * told;
    shares.push(1 - left);
  }
  return shares;
}

/**
 * ds/dt = -s i, di/dt = s i - (1-s) i / k, a round at a time: who is called in the middle of it may
 * have heard since it began. [Demers 1987 §1.4]
 */
function tiringCurve({ numbers, ticksCount }: TheorySetting): number[] {
  const { interestCount, lossRatio, nodesCount } = numbers;
  const arrives = 1 - lossRatio;
  let telling = 1 / nodesCount;
  let left = 1 - telling;
  const shares = [telling];
  for (let round = 1; round <= ticksCount; round += 1) {
    const leftNow = left * exp(-arrives * telling);
    const inVain = arrives * arrives * (1 - (left + leftNow) / 2);
    telling = telling * exp(-inVain / interestCount) + left - leftNow;
    left = leftNow;
    shares.push(1 - left);
  }
  return shares;
}

/** One teller in k loses interest after each round, whoever it met. [Demers 1987 §1.4] */
function coinCurve({ numbers, ticksCount }: TheorySetting): number[] {
  const { fanoutCount, interestCount, lossRatio, nodesCount } = numbers;
  let telling = 1 / nodesCount;
  const shares = [telling];
  for (let round = 1; round <= ticksCount; round += 1) {
    const left = 1 - (shares[round - 1] ?? 0);
    const leftNow = left * exp(-fanoutCount * (1 - lossRatio) * telling);
    telling = telling * (1 - 1 / interestCount) + left - leftNow;
    shares.push(1 - leftNow);
  }
  return shares;
}

/** Only who heard in the last `interestCount` rounds calls. */
function blindCurve({ numbers, ticksCount }: TheorySetting): number[] {
  const { fanoutCount, interestCount, lossRatio, nodesCount } = numbers;
  const shares = [1 / nodesCount];
  for (let round = 1; round <= ticksCount; round += 1) {
    const heard = shares[round - 1] ?? 0;
    const telling = heard - (shares[round - 1 - interestCount] ?? 0);
    shares.push(1 - (1 - heard) * exp(-fanoutCount * (1 - lossRatio) * telling));
  }
  return shares;
}

/** One hop takes a mean latency. */
function hopsCurve({ numbers, sharesByHops, tickMs, ticksCount }: TheorySetting): number[] {
  const hopMs = Math.max(1, meanLatencyMs(numbers));
  const hopsCount = Math.floor((ticksCount * tickMs) / hopMs);
  const shares = numbers.lossRatio === 0 ? sharesByHops : lossyShares(numbers, hopsCount);
  return Array.from({ length: ticksCount + 1 }, (_, tick) => {
    return shares[Math.floor((tick * tickMs) / hopMs)] ?? shares.at(-1) ?? 0;
  });
}

/** The way of `percolatedShare`, hop by hop: who heard of a neighbour does not tell it back. */
function lossyShares(numbers: SpreadNumbers, hopsCount: number): number[] {
  const degree = ringsCount(numbers.neighboursCount) * 2;
  const arrives = 1 - numbers.lossRatio;
  const others = 1 - 1 / numbers.nodesCount;
  let fromElsewhere = 1 - others;
  const shares = [fromElsewhere];
  for (let hop = 1; hop <= Math.min(hopsCount, STEPS_MAX); hop += 1) {
    const missed = 1 - arrives * fromElsewhere;
    shares.push(1 - others * pow(missed, degree));
    fromElsewhere = 1 - others * pow(missed, degree - 1);
  }
  return shares;
}

function mailCurve({ numbers, tickMs, ticksCount }: TheorySetting): number[] {
  const { batchIntervalMs, batchMaxCount } = directMailDefaults;
  const { lossRatio, nodesCount } = numbers;
  return Array.from({ length: ticksCount + 1 }, (_, tick) => {
    const sinceMs = tick * tickMs - meanLatencyMs(numbers);
    const batches = sinceMs < 0 ? 0 : Math.floor(sinceMs / batchIntervalMs) + 1;
    const letters = Math.min(nodesCount - 1, batches * batchMaxCount);
    return (1 + letters * (1 - lossRatio)) / nodesCount;
  });
}

export function meanLatencyMs({
  latencyMaxMs,
  latencyMinMs,
}: Pick<SpreadNumbers, "latencyMaxMs" | "latencyMinMs">): number {
  return (latencyMinMs + Math.max(latencyMinMs, latencyMaxMs)) / 2;
}
