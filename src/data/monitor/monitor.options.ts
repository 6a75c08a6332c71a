import { HearsayError } from "../../core/errors.ts";
import { type OptionsOf, oneOf, resolveOptions } from "../../core/options.ts";
import { MARKS_MAX_COUNT, SENSORS_MAX_COUNT } from "./monitor.messages.ts";

/** The numbers of the monitor. */
export const monitorDefaults = {
  /** Time between two rounds, GEMS's T_gossip. [because: SWIM probes as often] */
  roundIntervalMs: 1_000,
  /** Each interval is longer or shorter by up to this share. [spec aggregation §1] */
  roundJitterRatio: 0.1,
  /** Sensors are read, and records renewed, so often; an epoch of alerts. [spec aggregation §8] */
  sampleIntervalMs: 5_000,
  /** A record or summary that is not renewed is forgotten after so many. [spec aggregation §8] */
  ttlPeriodsCount: 3,
  /** Rounds beyond twice the logarithm of a group until a silent member is suspected.
   * [because: no false death in 10⁴ rounds at 10 % loss, test/papers/monitor-groups] */
  safetyRoundsCount: 12,
  /** The same of groups, whose news also passes through their members. [as above] */
  groupSafetyRoundsCount: 16,
  /** Whose suspicion makes a death: of the living observers. [spec aggregation §8] */
  quorum: oneOf("majority", "all"),
  /** Whether large clusters fall into groups. [spec aggregation §8] */
  layers: oneOf("groups", "flat"),
  /** Up to so many members stay in one group. [spec aggregation §8: groups of 8 to 64] */
  flatMaxCount: 64,
  /** Least size of a group that members are dealt into, in the mean. [because: the dice may
   * give a group half of it] */
  groupMinCount: 16,
  /** Greatest one. [spec aggregation §8: groups of 8 to 64] */
  groupMaxCount: 64,
  /** How many members of a group speak to another one in each round, in the mean. [guess] */
  acrossCount: 2,
  /** Rounds that a dead member or group is still shown in. [because: people look later] */
  lingerRoundsCount: 120,
  /** Rounds that were slept through, beyond which a node distrusts its own suspicions. [guess] */
  pauseRoundsCount: 3,
  /** Most bytes of records in one message. [guess] */
  recordsMaxBytes: 65_536,
  /** Largest record or summary of one origin. [guess] */
  recordMaxBytes: 16_384,
  /** A record so far ahead of our clock is not believed. [because: clocks are off by hours] */
  seqAheadMaxMs: 86_400_000,
  /** Messages of others that are read in one round. [because: a group of 64, and as many] */
  messagesMaxCount: 256,
  /** Rules of alerts; 256 at most. [guess] */
  alertsMaxCount: 64,
  /** Epochs that the next node waits for the one before it to tell of an alert. [guess] */
  handoverCount: 2,
  /** Sensors of one node; 64 at most. [guess] */
  sensorsMaxCount: 64,
} as const;

export type MonitorOptions = OptionsOf<typeof monitorDefaults>;

/** @throws HearsayError CONFIG_OPTION */
export function monitorOptions(
  given: Readonly<Record<string, number | string | undefined>> = {},
): MonitorOptions {
  const options = resolveOptions("monitor", monitorDefaults, given);
  const positive = [
    "roundIntervalMs",
    "sampleIntervalMs",
    "ttlPeriodsCount",
    "groupMinCount",
    "flatMaxCount",
    "acrossCount",
    "messagesMaxCount",
    "sensorsMaxCount",
  ] as const;
  for (const name of positive) {
    if (options[name] > 0) continue;
    throw new HearsayError("CONFIG_OPTION", `monitor.${name} is 0, but must be above 0.`);
  }
  if (options.groupMinCount > options.groupMaxCount || options.groupMaxCount > 512) {
    const rule = "must be at least groupMinCount, and at most 512";
    throw new HearsayError("CONFIG_OPTION", `monitor.groupMaxCount ${rule}.`);
  }
  if (options.sensorsMaxCount > SENSORS_MAX_COUNT || options.alertsMaxCount > MARKS_MAX_COUNT) {
    const rule = `must be at most ${SENSORS_MAX_COUNT}, and alertsMaxCount ${MARKS_MAX_COUNT}`;
    throw new HearsayError(
      "CONFIG_OPTION",
      `monitor.sensorsMaxCount ${rule}: others read no more.`,
    );
  }
  if (options.recordMaxBytes > options.recordsMaxBytes) {
    const rule = "must be at most recordsMaxBytes: no message would have room for it";
    throw new HearsayError("CONFIG_OPTION", `monitor.recordMaxBytes ${rule}.`);
  }
  return options;
}
