/** What is played where nodes watch each other. */
import type { DatedDeed } from "../../../../../src/sim/playground/play-town.ts";
import {
  type WatchNumbers,
  watchDefaults,
} from "../../../../../src/sim/playground/watch.options.ts";
import type { WatchDetectorName } from "../../../../../src/sim/playground/watch-detectors.ts";
import { WATCH_TICK_MS } from "../../../../../src/sim/playground/watch-town.ts";
import type { PlayOf, ScenarioOf, Tick } from "../play.ts";

export type WatchPlay = PlayOf<WatchDetectorName, WatchNumbers>;
export type WatchScenario = ScenarioOf<WatchPlay>;

export const watchTick: Tick = { ms: WATCH_TICK_MS, word: "second" };

/** A node near the middle dies soon. */
const deathAtStart: readonly DatedDeed[] = [{ atMs: 2_000, do: "kill", node: 5 }];

export const firstWatch: WatchPlay = {
  seed: 1,
  protocols: ["swim", "heartbeat"],
  numbers: watchDefaults,
  deeds: deathAtStart,
};

function scenario(
  name: string,
  words: Pick<WatchScenario, "title" | "says" | "tables">,
  play: Partial<Omit<WatchPlay, "numbers">> & { readonly numbers?: Partial<WatchNumbers> },
): WatchScenario {
  const numbers = { ...watchDefaults, ...play.numbers };
  return { name, ...words, play: { ...firstWatch, ...play, numbers, scenario: name } };
}

export const watchScenarios: readonly WatchScenario[] = [
  scenario(
    "one-death",
    {
      title: "One dies",
      says: "SWIM asks and tells; heartbeats are waited for until a silence is long enough.",
    },
    {},
  ),
  scenario(
    "lifeguard",
    {
      title: "Two packets in five are lost: with Lifeguard, and without",
      says: "Nobody dies. Lifeguard doubts itself first, and holds few of the living for dead.",
    },
    { protocols: ["swim", "swimPlain"], numbers: { nodesCount: 32, lossRatio: 0.4 }, deeds: [] },
  ),
  scenario(
    "slow-members",
    {
      title: "One member in eight is slow",
      says: "Slow members suspect the healthy. Lifeguard halves that; phi waits out short stops.",
    },
    { protocols: ["swim", "phiDirect"], numbers: { nodesCount: 32, slowRatio: 0.125 } },
  ),
  scenario(
    "phi-or-silence",
    {
      title: "Phi, or a fixed silence",
      says: "Both go by gossiped heartbeats: phi learns how regular they are, and errs more often.",
    },
    { protocols: ["phi", "heartbeat"] },
  ),
  scenario(
    "swift",
    {
      title: "SWIM, twice as soon",
      says: "In the profile swift a suspicion runs a quarter as long: members look themselves.",
    },
    { protocols: ["swim", "swimSwift"] },
  ),
  scenario(
    "partition",
    {
      title: "A partition, and its end",
      says: "Each side holds the other for dead; it is whole again after a minute.",
    },
    {
      protocols: ["swim", "phiDirect"],
      numbers: { nodesCount: 48 },
      deeds: [
        { atMs: 2_000, do: "part", from: [0.1, -1], to: [0.3, 1] },
        { atMs: 62_000, do: "heal" },
      ],
    },
  ),
  scenario(
    "many-deaths",
    {
      title: "A quarter dies at once",
      says: "Pings of the dead fail all over the town: news of many deaths shares its packets.",
    },
    { protocols: ["swim", "phiDirect"], deeds: [{ atMs: 2_000, do: "killSome", ratio: 0.25 }] },
  ),
];
