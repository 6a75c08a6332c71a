import type { Experiment, ExperimentSetting } from "../experiment.ts";
import { BusyTown, type BusyTownSetting } from "./busy-town.ts";

const source = "ours: issue 8, a busy process is not a dead one";

const parameters = {
  nodesCount: 16,
  busyCount: 4,
  /** Longer than `lan` waits before it takes somebody for dead. */
  blockMs: 10_000,
  everyMs: 20_000,
  durationMs: 300_000,
} as const;

/** Members that stand still again and again, when they say so and when they do not. */
export const busyMembers: Experiment = {
  name: "busy-members",
  proves: "Who says that it is busy is seldom buried, and its death is found out a while later.",
  source,
  parameters,
  runsCount: 5,
  run,
  expected: {
    "taken for dead, silent (a block)": {
      value: 10,
      bound: "atLeast",
      of: "mean",
      source: "a block outlasts a suspicion of lan, for each of the 12 others; ours",
    },
    "taken for dead, saying so (a block)": {
      value: 0.9,
      bound: "atMost",
      of: "mean",
      source: "the first block of each, of which nobody could know: 4 × 12 of 60; ours",
    },
    "well members taken for dead": { value: 0, bound: "atMost", of: "eachRun", source: "ours" },
    "death of a busy member, saying so (s)": {
      value: 80,
      bound: "atMost",
      of: "eachRun",
      source: "three times the longest suspicion of 16 members, and a round of probes",
    },
  },
};

function run({ onPass, parameters: given, seed }: ExperimentSetting) {
  const { durationMs, ...rest } = { ...parameters, ...given };
  const blocksCount = (rest.busyCount * durationMs) / rest.everyMs;
  const values: Record<string, number> = { "well members taken for dead": 0 };
  for (const [saying, how] of [
    ["off", "silent"],
    ["on", "saying so"],
  ] as const) {
    onPass?.(how);
    const setting: BusyTownSetting = { ...rest, seed, saying };
    const town = new BusyTown(setting);
    town.run(durationMs);
    values[`taken for dead, ${how} (a block)`] = town.wronglyDeadCount / blocksCount;
    values["well members taken for dead"] =
      (values["well members taken for dead"] ?? 0) + town.wronglyDeadWellCount;
    values[`death of a busy member, ${how} (s)`] = town.crash("busy") / 1_000;
    values[`death of another member, ${how} (s)`] = town.crash("well") / 1_000;
  }
  return { values, curves: [] };
}
