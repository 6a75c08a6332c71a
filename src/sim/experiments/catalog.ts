import {
  adversaryBias,
  adversaryCrash,
  adversaryFlooding,
  adversaryForgery,
  adversaryFreeRiders,
  adversaryPoisoning,
} from "./adversaries.ts";
import { aggregateCount } from "./aggregate-count.ts";
import { aggregateFactors } from "./aggregate-factors.ts";
import { aggregateLoss } from "./aggregate-loss.ts";
import { aggregateMass } from "./aggregate-mass.ts";
import { broadcastLatency, broadcastThroughput } from "./broadcast-challenge.ts";
import { busyMembers } from "./busy-members.ts";
import { detectors } from "./detectors.ts";
import type { Experiment } from "./experiment.ts";
import { heartbeatDetection } from "./heartbeat-detection.ts";
import { heartbeatLevels } from "./heartbeat-levels.ts";
import { hyparviewHealing } from "./hyparview-healing.ts";
import { hyparviewTable1 } from "./hyparview-table-1.ts";
import { infoNetwork } from "./info-network.ts";
import { monitorGroups } from "./monitor-groups.ts";
import { orders } from "./orders.ts";
import { overlayScale } from "./overlay-scale.ts";
import { pathMatrix } from "./path-matrix.ts";
import { phiCalibration } from "./phi-calibration.ts";
import { playgroundExperiments } from "./playground-spread.ts";
import { plumtreeChurn } from "./plumtree-churn.ts";
import { plumtreeTable1 } from "./plumtree-table-1.ts";
import { raftElections } from "./raft-elections.ts";
import { raftSplitVotes } from "./raft-split-votes.ts";
import { rumorFrugal } from "./rumor-frugal.ts";
import { rumorLaws } from "./rumor-laws.ts";
import { rumorRounds } from "./rumor-rounds.ts";
import { demersTable1, demersTable2, demersTable3 } from "./rumor-tables.ts";
import { samplingHealing } from "./sampling-healing.ts";
import { samplingOverlay } from "./sampling-overlay.ts";
import { scuttlebuttLight } from "./scuttlebutt-light.ts";
import { scuttlebuttOverload } from "./scuttlebutt-overload.ts";
import { scuttlebuttPolicies } from "./scuttlebutt-policies.ts";

/** Every experiment. Adding one is a file and a line here; `hearsay sim` lists and runs them. */
export const experiments: readonly Experiment[] = [
  samplingOverlay,
  samplingHealing,
  demersTable1,
  demersTable2,
  demersTable3,
  rumorLaws,
  rumorRounds,
  rumorFrugal,
  hyparviewTable1,
  hyparviewHealing,
  overlayScale,
  infoNetwork,
  broadcastLatency,
  broadcastThroughput,
  adversaryFlooding,
  adversaryFreeRiders,
  adversaryPoisoning,
  adversaryBias,
  adversaryForgery,
  adversaryCrash,
  plumtreeTable1,
  plumtreeChurn,
  scuttlebuttOverload,
  raftElections,
  raftSplitVotes,
  orders,
  scuttlebuttLight,
  scuttlebuttPolicies,
  aggregateFactors,
  aggregateLoss,
  aggregateMass,
  aggregateCount,
  monitorGroups,
  detectors,
  heartbeatDetection,
  heartbeatLevels,
  phiCalibration,
  busyMembers,
  pathMatrix,
  ...playgroundExperiments,
];

export function findExperiment(name: string): Experiment | undefined {
  return experiments.find((experiment) => experiment.name === name);
}
