import { type SwimOptions, swimProfiles } from "../../src/peers/swim/swim.options.ts";
import { type Anomaly, type Harm, measureHarm } from "./slow-members.ts";
import { quantile } from "./statistics.ts";

/** Members of every group measured here. */
const COUNT = 64;
const LOSSES = [0.2, 0.3] as const;
const LOSSY_MS = 120_000;

/** Lifeguard's two experiments at reduced size: one long block, or short ones again and again. */
const anomalies: readonly Pick<Anomaly, "slow" | "blockedMs" | "openMs">[] = [
  { slow: 8, blockedMs: 16_384 },
  { slow: 16, blockedMs: 32_768 },
  { slow: 12, blockedMs: 8_192, openMs: 1_024 },
  { slow: 4, blockedMs: 16_384, openMs: 64 },
  { slow: 12, blockedMs: 4_096, openMs: 64 },
];

const own = { lifeguardSuspicion: "scaled", nackRatio: 0.8 } as const;
const { swift } = swimProfiles;

/** What was tried, each over profile `lan`, which is memberlist's. */
export const settings = {
  lan: {},
  "SWIM 2002: no Lifeguard": {
    lifeguardProbe: "off",
    lifeguardSuspicion: "off",
    lifeguardBuddy: "off",
  },
  "Lifeguard as printed": { lifeguardProbe: "intervalAndTimeout", nackRatio: 0.8 },
  "α 2": { suspicionMultiplier: 2 },
  "α 2, K 2": { suspicionMultiplier: 2, suspicionConfirmationsCount: 2 },
  "nack 0.8": { nackRatio: 0.8 },
  scaled: own,
  "scaled, α 2, K 2": { ...own, suspicionMultiplier: 2, suspicionConfirmationsCount: 2 },
  "scaled, α 1, K 3": { ...own, suspicionMultiplier: 1, suspicionConfirmationsCount: 3 },
  "scaled, α 1, K 3, 8 probers": {
    ...own,
    suspicionMultiplier: 1,
    suspicionConfirmationsCount: 3,
    suspectProbersCount: 8,
  },
  "scaled, α 1.5, K 5, 12 probers": {
    ...own,
    suspicionMultiplier: 1.5,
    suspicionConfirmationsCount: 5,
    suspectProbersCount: 12,
  },
  "scaled, α 1, K 5, 12 probers": {
    ...own,
    suspicionMultiplier: 1,
    suspicionConfirmationsCount: 5,
    suspectProbersCount: 12,
  },
  "scaled, α 1, K 8, 16 probers": {
    ...own,
    suspicionMultiplier: 1,
    suspicionConfirmationsCount: 8,
    suspectProbersCount: 16,
  },
  "swift but β 6": { ...swift, suspicionMaxTimeoutMultiplier: 6 },
  "swift but α 1.25, K 4, β 10": {
    ...swift,
    suspicionMultiplier: 1.25,
    suspicionConfirmationsCount: 4,
    suspicionMaxTimeoutMultiplier: 10,
  },
  "swift, early verdict": { ...swift, probeVerdict: "early", probeTimeoutMs: 300 },
  swift,
} as const satisfies Record<string, Partial<SwimOptions>>;

export interface Point {
  /** Median time from a crash to the first who knew, and to all who live. */
  readonly calmFirstMs: number;
  readonly calmAllMs: number;
  /** The same while the slow members are slow; only those who are not count. */
  readonly slowFirstMs: number;
  readonly slowAllMs: number;
  /** FP and FP− over all runs with slow members. */
  readonly falseDeaths: number;
  readonly falseDeathsByHealthy: number;
  /** False deaths without slow members, in two minutes at 20 % and at 30 % loss. */
  readonly lossDeaths: number;
  /** How often a slow member was taken for dead by one that is not. */
  readonly slowDeaths: number;
  /** Packets of a member in a second, with slow members. */
  readonly packets: number;
}

/** One point of the frontier, over `rounds` seeds: the same faults for every setting. */
export function measurePoint(swim: Partial<SwimOptions>, rounds: number): Point {
  const seeds = Array.from({ length: rounds }, (_, index) => index + 1);
  const slow = seeds.flatMap((seed) =>
    anomalies.map((anomaly) =>
      measureHarm({ ...anomaly, seed, swim, count: COUNT, crashAtMs: 1_000 + 200 * seed }),
    ),
  );
  const calm = seeds.flatMap((seed) =>
    anomalies.map((_, index) => measureCalm(seed * anomalies.length + index, swim)),
  );
  const lossy = seeds.flatMap((seed) =>
    LOSSES.map((lossRatio) =>
      measureHarm({ seed, swim, count: COUNT, lossRatio, slow: 0, blockedMs: LOSSY_MS }),
    ),
  );
  return {
    calmFirstMs: medianOf(calm, (harm) => harm.firstKnewMs),
    calmAllMs: medianOf(calm, (harm) => harm.allKnewMs),
    slowFirstMs: medianOf(slow, (harm) => harm.firstKnewMs),
    slowAllMs: medianOf(slow, (harm) => harm.allKnewMs),
    falseDeaths: sumOf(slow, (harm) => harm.falseDeaths),
    falseDeathsByHealthy: sumOf(slow, (harm) => harm.falseDeathsByHealthy),
    lossDeaths: sumOf(lossy, (harm) => harm.falseDeaths),
    slowDeaths: sumOf(slow, (harm) => harm.slowDeaths),
    packets: sumOf(slow, (harm) => harm.packetsPerMemberSecond) / slow.length,
  };
}

function measureCalm(seed: number, swim: Partial<SwimOptions>): Harm {
  const crashAtMs = (seed * 37) % 1_000;
  return measureHarm({ seed, swim, count: COUNT, slow: 0, blockedMs: 1_000, crashAtMs });
}

/** A crash that nobody noticed took for ever. */
function medianOf(harms: readonly Harm[], time: (harm: Harm) => number | undefined): number {
  const never = Number.POSITIVE_INFINITY;
  return quantile(
    harms.map((harm) => time(harm) ?? never),
    0.5,
  );
}

function sumOf(harms: readonly Harm[], value: (harm: Harm) => number): number {
  return harms.reduce((sum, harm) => sum + value(harm), 0);
}
