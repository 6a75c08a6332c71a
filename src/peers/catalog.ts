import { swimDefaults, swimProblem, swimProfiles } from "./swim/swim.options.ts";
import { Swim } from "./swim/swim.ts";

/**
 * Every protocol that answers "who is there". Adding one is a folder and a line here: options
 * reference, simulator, contract runs and metric names iterate over it.
 */
export const peerProtocols = {
  swim: {
    /** Names its dice and its trace lines. */
    channel: "swim",
    summary: "SWIM with Lifeguard on memberlist's wire: a full view and a failure detector",
    make: Swim,
    defaults: swimDefaults,
    profiles: swimProfiles,
    problem: swimProblem,
  },
} as const;
