import {
  adversaryBias,
  adversaryCrash,
  adversaryFlooding,
  adversaryForgery,
  adversaryFreeRiders,
  adversaryPoisoning,
} from "./adversaries/adversaries.ts";
import { aggregateCount } from "./aggregate/aggregate-count.ts";
import { aggregateMass } from "./aggregate/aggregate-mass.ts";
import { broadcastLatency, broadcastThroughput } from "./broadcast/broadcast-challenge.ts";
import { busyMembers } from "./detectors/busy-members.ts";
import { detectors } from "./detectors/detectors.ts";
import { heartbeatDetection } from "./detectors/heartbeat-detection.ts";
import { heartbeatLevels } from "./detectors/heartbeat-levels.ts";
import { pathMatrix } from "./detectors/path-matrix.ts";
import { phiCalibration } from "./detectors/phi-calibration.ts";
import type { Experiment } from "./experiment.ts";
import { monitorGroups } from "./monitor/monitor-groups.ts";
import { orders } from "./order/orders.ts";
import { overlayScale } from "./overlay/overlay-scale.ts";
import { portableExperiments } from "./portable.ts";
import { infoNetwork } from "./replicas/info-network.ts";
import { scuttlebuttLight } from "./replicas/scuttlebutt-light.ts";

/** Every experiment. Adding one is a file and a line here; `hearsay sim` lists and runs them. */
export const experiments: readonly Experiment[] = [
  ...portableExperiments,
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
  busyMembers,
  pathMatrix,
];

export function findExperiment(name: string): Experiment | undefined {
  return experiments.find((experiment) => experiment.name === name);
}
