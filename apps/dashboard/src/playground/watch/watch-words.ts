/** Detectors and their numbers in the words of the field, each with an explanation. */

import type { WatchNumbers } from "../../../../../src/sim/playground/watch.options.ts";
import {
  isPhi,
  isSwim,
  type WatchDetectorName,
} from "../../../../../src/sim/playground/watch-detectors.ts";
import type { NumberRule } from "../play.ts";

export const detectorTitles: Readonly<Record<WatchDetectorName, string>> = {
  swim: "SWIM with Lifeguard",
  swimPlain: "SWIM without Lifeguard",
  swimSwift: "SWIM, profile swift",
  heartbeat: "Heartbeats by gossip",
  phi: "Phi accrual, by gossip",
  phiDirect: "Phi accrual, told by all to all",
};

/** All keep a record of all: a town of twice as many takes four times the time and memory. */
export const WATCHING_MAX_COUNT = 256;

interface WatchNumberRule extends NumberRule {
  /** Who has it; all where it is not said. */
  readonly of?: (detector: WatchDetectorName) => boolean;
}

export const watchNumberRules: Readonly<Record<keyof WatchNumbers, WatchNumberRule>> = {
  nodesCount: {
    ...{ least: 3, most: WATCHING_MAX_COUNT, label: "Nodes" },
    says:
      `How many there are, up to ${WATCHING_MAX_COUNT} in each town: every node keeps a record ` +
      "of every other, so that twice as many take four times as long.",
  },
  lossRatio: {
    ...{ least: 0, most: 0.95, label: "Loss", step: 0.01 },
    says: "Share of all packets that the network loses: 0.2 is one in five.",
  },
  latencyMinMs: {
    ...{ least: 0, most: 2_000, label: "Latency from, ms" },
    says: "The least time a packet is under way.",
  },
  latencyMaxMs: {
    ...{ least: 0, most: 2_000, label: "to, ms" },
    says: "The longest; between the two all are equally likely. SWIM waits 500 ms for an answer.",
  },
  slowRatio: {
    ...{ least: 0, most: 1, label: "Slow members", step: 0.01 },
    says:
      "Share of members that are slow: nothing comes in or goes out for 4 s of each 8, as the " +
      "Lifeguard paper has it.",
  },
  suspicionMultiplier: {
    ...{ least: 0, most: 20, label: "Suspicion", of: isSwim },
    says:
      "How long SWIM suspects before it says dead, in probe intervals times log10 of the nodes; " +
      "0: as shipped (4; in the profile swift 1).",
  },
  failAfterMs: {
    ...{ least: 0, most: 120_000, label: "T_fail, ms", of: (name) => name === "heartbeat" },
    says:
      "Silence after which a member is dead, 2 s or more; 0: so that one in a million beats is " +
      "missed by anybody.",
  },
  deadLevel: {
    ...{ least: 0, most: 30, label: "Phi", step: 0.5, of: isPhi },
    says:
      "The level at which a member is dead: 5 is one mistake in 100,000 heartbeats, if the model " +
      "is right; 0: as shipped (gossiped 5, direct 8).",
  },
};

/** Whether one of the two has such a number. */
export function watchApplies(
  name: keyof WatchNumbers,
  detectors: readonly WatchDetectorName[],
): boolean {
  const { of } = watchNumberRules[name];
  return of === undefined || detectors.some(of);
}
