import type { Experiment, ExperimentSetting } from "../experiment.ts";
import { PathTown } from "./path-town.ts";

const source = "ours: issue 8, the matrix of who reaches whom";

const parameters = {
  nodesCount: 20,
  /** That are cut off from each other, one way or both. */
  pairsCount: 6,
  /** For how long it is watched once all know. */
  watchMs: 60_000,
} as const;

const LIMIT_MS = 300_000;

/** A partial partition: some members do not reach some others, and all reach most. */
export const pathMatrix: Experiment = {
  name: "path-matrix",
  proves: "All soon know exactly which paths are cut, each way, and nobody is suspected for it.",
  source,
  parameters,
  runsCount: 5,
  run,
  expected: {
    "until all know of the cuts (s)": {
      value: 50,
      bound: "atMost",
      of: "eachRun",
      source: "SWIM comes by each member within two of its rounds, of 20 s here; and 10 s; ours",
    },
    "pictures that are wrong then": { value: 0, bound: "atMost", of: "eachRun", source },
    "until all know of the mending (s)": {
      value: 12,
      bound: "atMost",
      of: "eachRun",
      source: "the longest knock, two answers, a rumour and a comparison; ours",
    },
    "members suspected": { value: 0, bound: "atMost", of: "eachRun", source },
  },
};

function run({ onPass, parameters: given, seed }: ExperimentSetting) {
  const { nodesCount, pairsCount, watchMs } = { ...parameters, ...given };
  const town = new PathTown({ seed, nodesCount });
  onPass?.("cut");
  town.cut(pairsCount);
  const knownMs = town.untilRight(LIMIT_MS);
  const sentBefore = town.sentCount;
  const wrongShare = town.watch(watchMs);
  const sentCount = town.sentCount - sentBefore;
  onPass?.("mended");
  town.mend();
  const mendedMs = town.untilRight(LIMIT_MS);
  return {
    values: {
      "until all know of the cuts (s)": knownMs / 1_000,
      "pictures that are wrong then": wrongShare,
      "until all know of the mending (s)": mendedMs / 1_000,
      "members suspected": town.wronglyDoubtedCount,
      "messages (a node and second)": sentCount / nodesCount / (watchMs / 1_000),
    },
    curves: [],
  };
}
