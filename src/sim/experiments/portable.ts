/**
 * The experiments that run in a browser as well, for nothing in them comes to Node (a fence sees to
 * it). Adding one is a file and a line here.
 */
import {
  adversaryBias,
  adversaryCrash,
  adversaryFlooding,
  adversaryForgery,
  adversaryFreeRiders,
  adversaryPoisoning,
} from "./adversaries/adversaries.ts";
import { aggregateCount } from "./aggregate/aggregate-count.ts";
import { aggregateFactors } from "./aggregate/aggregate-factors.ts";
import { aggregateLoss } from "./aggregate/aggregate-loss.ts";
import { aggregateMass } from "./aggregate/aggregate-mass.ts";
import { broadcastLatency, broadcastThroughput } from "./broadcast/broadcast-challenge.ts";
import { detectors } from "./detectors/detectors.ts";
import { heartbeatDetection } from "./detectors/heartbeat-detection.ts";
import { heartbeatLevels } from "./detectors/heartbeat-levels.ts";
import { phiCalibration } from "./detectors/phi-calibration.ts";
import type { Experiment } from "./experiment.ts";
import { monitorGroups } from "./monitor/monitor-groups.ts";
import { orders } from "./order/orders.ts";
import { raftElections } from "./order/raft-elections.ts";
import { raftSplitVotes } from "./order/raft-split-votes.ts";
import { hyparviewHealing } from "./overlay/hyparview-healing.ts";
import { hyparviewTable1 } from "./overlay/hyparview-table-1.ts";
import { overlayScale } from "./overlay/overlay-scale.ts";
import { plumtreeChurn } from "./overlay/plumtree-churn.ts";
import { plumtreeTable1 } from "./overlay/plumtree-table-1.ts";
import { samplingHealing } from "./overlay/sampling-healing.ts";
import { samplingOverlay } from "./overlay/sampling-overlay.ts";
import { playgroundExperiments } from "./playground-spread.ts";
import { infoNetwork } from "./replicas/info-network.ts";
import { scuttlebuttLight } from "./replicas/scuttlebutt-light.ts";
import { scuttlebuttOverload } from "./replicas/scuttlebutt-overload.ts";
import { scuttlebuttPolicies } from "./replicas/scuttlebutt-policies.ts";
import { rumorFrugal } from "./rumor/rumor-frugal.ts";
import { rumorLaws } from "./rumor/rumor-laws.ts";
import { rumorRounds } from "./rumor/rumor-rounds.ts";
import { demersTable1, demersTable2, demersTable3 } from "./rumor/rumor-tables.ts";

export const portableExperiments: readonly Experiment[] = [
  demersTable1,
  demersTable2,
  demersTable3,
  rumorLaws,
  rumorRounds,
  rumorFrugal,
  hyparviewTable1,
  hyparviewHealing,
  plumtreeTable1,
  plumtreeChurn,
  samplingOverlay,
  samplingHealing,
  scuttlebuttOverload,
  scuttlebuttPolicies,
  raftElections,
  raftSplitVotes,
  aggregateFactors,
  aggregateLoss,
  ...playgroundExperiments,
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
  orders,
  scuttlebuttLight,
  aggregateMass,
  aggregateCount,
  monitorGroups,
  detectors,
  heartbeatDetection,
  heartbeatLevels,
  phiCalibration,
];
