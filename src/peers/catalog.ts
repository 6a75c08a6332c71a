import { HEARTBEAT_CHANNEL } from "./heartbeat/heartbeat.messages.ts";
import { heartbeatDefaults, heartbeatProblem } from "./heartbeat/heartbeat.options.ts";
import { Heartbeats } from "./heartbeat/heartbeat.ts";
import { HYPARVIEW_CHANNEL } from "./hyparview/hyparview.messages.ts";
import {
  hyparviewDefaults,
  hyparviewProblem,
  hyparviewProfiles,
} from "./hyparview/hyparview.options.ts";
import { HyParView } from "./hyparview/hyparview.ts";
import {
  phiAccrualDefaults,
  phiAccrualPresets,
  phiAccrualProblem,
} from "./phi-accrual/phi-accrual.options.ts";
import { PhiAccrual } from "./phi-accrual/phi-accrual.ts";
import { REACHABILITY_CHANNEL } from "./reachability/reachability.messages.ts";
import { reachabilityDefaults, reachabilityProblem } from "./reachability/reachability.options.ts";
import { Reachability } from "./reachability/reachability.ts";
import { SAMPLING_CHANNEL } from "./sampling/sampling.messages.ts";
import { samplingDefaults, samplingPresets, samplingProblem } from "./sampling/sampling.options.ts";
import { Sampling } from "./sampling/sampling.ts";
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
  sampling: {
    channel: "sampling",
    channelNumber: SAMPLING_CHANNEL,
    summary: "Peer sampling: a small random view that never stops changing; Cyclon, Newscast",
    make: Sampling,
    defaults: samplingDefaults,
    profiles: samplingPresets,
    problem: samplingProblem,
  },
  hyparview: {
    channel: "hyparview",
    channelNumber: HYPARVIEW_CHANNEL,
    summary: "HyParView: a few neighbours on links, both ways, and a reserve for those that fail",
    make: HyParView,
    defaults: hyparviewDefaults,
    profiles: hyparviewProfiles,
    problem: hyparviewProblem,
  },
  reachability: {
    channel: "reachability",
    channelNumber: REACHABILITY_CHANNEL,
    summary: "Who reaches whom: one-way and partial connectivity, by probes, knocks and rows",
    make: Reachability,
    defaults: reachabilityDefaults,
    profiles: {},
    problem: reachabilityProblem,
  },
  heartbeat: {
    channel: "heartbeat",
    channelNumber: HEARTBEAT_CHANNEL,
    summary: "Gossiped heartbeats: counters that rise, for a failure detector to listen to",
    make: Heartbeats,
    defaults: heartbeatDefaults,
    profiles: {},
    problem: heartbeatProblem,
  },
} as const;

/** Detectors that go by heartbeats and say nothing themselves. */
export const heartbeatDetectors = {
  phiAccrual: {
    summary: "Phi accrual: how unlikely a silence is, by the times between a peer's heartbeats",
    make: PhiAccrual,
    defaults: phiAccrualDefaults,
    presets: phiAccrualPresets,
    problem: phiAccrualProblem,
  },
} as const;
