import { deliveryBurst, deliverySeldom, deliverySteady } from "./delivery/delivery.ts";
import { busyMembers } from "./detectors/busy-members.ts";
import { pathMatrix } from "./detectors/path-matrix.ts";
import type { Experiment } from "./experiment.ts";
import { portableExperiments } from "./portable.ts";

/**
 * Every experiment: those that a browser runs as well, and those whose nodes are whole nodes, with
 * their ciphers and codecs. Adding one is a file and a line here or in portable.ts; `hearsay sim`
 * lists and runs them.
 */
export const experiments: readonly Experiment[] = [
  ...portableExperiments,
  busyMembers,
  pathMatrix,
  deliverySeldom,
  deliveryBurst,
  deliverySteady,
];

export function findExperiment(name: string): Experiment | undefined {
  return experiments.find((experiment) => experiment.name === name);
}
