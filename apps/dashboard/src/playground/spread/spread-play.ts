/** What is played where an update spreads. */
import type { DatedDeed } from "../../../../../src/sim/playground/play-town.ts";
import {
  type SpreadNumbers,
  spreadDefaults,
} from "../../../../../src/sim/playground/spread.options.ts";
import {
  type SpreadProtocolName,
  usesRounds,
} from "../../../../../src/sim/playground/spread-protocols.ts";
import { meanLatencyMs } from "../../../../../src/sim/playground/spread-theory.ts";
import type { SpreadSetting } from "../../../../../src/sim/playground/spread-town.ts";
import type { PlayOf, ScenarioOf, Tick } from "../play.ts";

export type SpreadPlay = PlayOf<SpreadProtocolName, SpreadNumbers>;
export type SpreadScenario = ScenarioOf<SpreadPlay>;

/** Node 0, in the middle, has news. */
export const newsAtStart: readonly DatedDeed[] = [{ atMs: 0, do: "infect", node: 0 }];

export const firstSpread: SpreadPlay = {
  seed: 1,
  protocols: ["push", "pushPull"],
  numbers: spreadDefaults,
  deeds: newsAtStart,
};

/** Rounds; or, where neither town has any, the mean latency of a hop. */
export function tickOf({ numbers, protocols }: SpreadPlay): Tick {
  return protocols.some(usesRounds)
    ? { ms: numbers.roundIntervalMs, word: "round" }
    : { ms: Math.max(1, meanLatencyMs(numbers)), word: "hop" };
}

/** The town of one of the two. */
export function settingOf(play: SpreadPlay, side: 0 | 1): SpreadSetting {
  const { numbers, protocols, seed } = play;
  return { seed, numbers, protocol: protocols[side], tickMs: tickOf(play).ms };
}
