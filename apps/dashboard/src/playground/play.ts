/** What is played: two protocols, their numbers, and what is done to both towns. */
import type { DatedDeed } from "../../../../src/sim/playground/play-town.ts";
import {
  type SpreadNumbers,
  spreadDefaults,
} from "../../../../src/sim/playground/spread.options.ts";
import {
  type SpreadProtocolName,
  usesRounds,
} from "../../../../src/sim/playground/spread-protocols.ts";
import { meanLatencyMs } from "../../../../src/sim/playground/spread-theory.ts";
import type { SpreadSetting } from "../../../../src/sim/playground/spread-town.ts";

export interface Play {
  readonly seed: number;
  readonly protocols: readonly [SpreadProtocolName, SpreadProtocolName];
  readonly numbers: SpreadNumbers;
  readonly deeds: readonly DatedDeed[];
  /** The ready-made scenario it began as; undefined: one's own. */
  readonly scenario?: string | undefined;
}

export type NumberName = keyof SpreadNumbers;

/** Least and most of each number. */
export const bounds: Readonly<Record<NumberName, readonly [least: number, most: number]>> = {
  nodesCount: [2, 100_000],
  lossRatio: [0, 0.95],
  latencyMinMs: [0, 400],
  latencyMaxMs: [0, 400],
  fanoutCount: [1, 20],
  interestCount: [1, 50],
  neighboursCount: [2, 20],
  roundIntervalMs: [100, 10_000],
};

export const numberNames = Object.keys(bounds) as readonly NumberName[];
export const SEED_MAX = 2 ** 32 - 1;

/** Node 0, in the middle, has news. */
export const newsAtStart: readonly DatedDeed[] = [{ atMs: 0, do: "infect", node: 0 }];

export const firstPlay: Play = {
  seed: 1,
  protocols: ["push", "pushPull"],
  numbers: spreadDefaults,
  deeds: newsAtStart,
};

/** The nearest that may be. */
export function bounded(name: NumberName, value: number): number {
  const [least, most] = bounds[name];
  if (!Number.isFinite(value)) return spreadDefaults[name];
  const within = Math.min(most, Math.max(least, value));
  return name === "lossRatio" ? within : Math.round(within);
}

/** In what its time is told. */
export interface Tick {
  readonly ms: number;
  readonly word: "round" | "hop";
}

/** Rounds; or, where neither town has any, the mean latency of a hop. */
export function tickOf({ numbers, protocols }: Play): Tick {
  return protocols.some(usesRounds)
    ? { ms: numbers.roundIntervalMs, word: "round" }
    : { ms: Math.max(1, meanLatencyMs(numbers)), word: "hop" };
}

/** The town of one of the two. */
export function settingOf(play: Play, side: 0 | 1): SpreadSetting {
  const { numbers, protocols, seed } = play;
  return { seed, numbers, protocol: protocols[side], tickMs: tickOf(play).ms };
}
