import { type GivenOptions, type OptionsOf, oneOf, resolveOptions } from "../../core/options.ts";

/** The numbers of phi accrual. Levels are φ: 3 is one mistake in a thousand heartbeats. */
export const phiAccrualDefaults = {
  /**
   * How the times between heartbeats are distributed: normally; normally, by Akka's approximation
   * (logistic); or without a memory (exponential). [Hayashibara 2004 §4.3: normal]
   */
  model: oneOf("normal", "logistic", "exponential"),
  /** From here on a peer is suspect. [because: one heartbeat in 100,000, where the model holds] */
  suspectLevel: 5,
  /** From here on it is dead. [Cassandra phi_convict_threshold, Akka threshold: 8] */
  deadLevel: 8,
  /** What mistakes about a peer add to both levels. ["rising": Hayashibara 2004 §3.3, to ◊P] */
  thresholds: oneOf("fixed", "rising"),
  /** How far they rise: one for each mistake. [guess] */
  raisedMaxLevel: 8,
  /** Times between heartbeats that are remembered: the paper's W_S. [Hayashibara 2004: 1000] */
  windowMaxCount: 1_000,
  /** A deviation less than this is not believed. [Akka min-std-deviation] */
  deviationMinMs: 100,
  /** Added to the mean: a stop that is none. [Akka acceptable-heartbeat-pause: 3 s; ours: loss] */
  acceptablePauseMs: 0,
  /** What the first times are taken to be, before there are any. [Akka heartbeat-interval] */
  firstIntervalMs: 1_000,
  /** So many of them stand in the window at first, at ± a quarter. [Akka: 2] */
  firstCount: 2,
  /** Longer times are not remembered; 0: all are. [chitchat max_interval] */
  intervalMaxMs: 10_000,
  /**
   * A round so late says that this node stood still: it condemns nobody for as long. [sim
   * detectors: a third of the mistakes that 5 s make, which are longer than a verdict takes]
   */
  localPauseMs: 2_500,
  /** Peers that are judged. [memberlist: a cluster has hundreds] */
  peersMaxCount: 4_096,
  /** What is kept of the course of one peer. [as SWIM's evidence] */
  evidenceMaxCount: 16,
} as const;

export type PhiAccrualOptions = OptionsOf<typeof phiAccrualDefaults>;

/** The constants of others. Both know one level only. */
export const phiAccrualPresets = {
  /** [Akka 2.6 reference.conf, akka.cluster.failure-detector] */
  akka: {
    model: "logistic",
    suspectLevel: 8,
    deadLevel: 8,
    acceptablePauseMs: 3_000,
    intervalMaxMs: 0,
  },
  /** [Cassandra 4 FailureDetector, ArrivalWindow: first and longest interval 2 gossip rounds] */
  cassandra: {
    model: "exponential",
    suspectLevel: 8,
    deadLevel: 8,
    firstIntervalMs: 2_000,
    firstCount: 1,
    intervalMaxMs: 2_000,
    localPauseMs: 5_000,
  },
} as const satisfies Record<string, Partial<PhiAccrualOptions>>;

/**
 * What nodes lay over the defaults, by how heartbeats travel. Gossiped news of a member comes by
 * many ways, and its times are no bell: the normal model errs 30 times a day and node there; the
 * tail of the exponential one is heavier than theirs, so that levels can be lower. Straight to
 * neighbours it is as soon as SWIM, and right about nodes that stand still for seconds.
 * [sim detectors]
 */
export const phiAccrualBySpread = {
  /** News that is newer comes with every second message. */
  gossip: { model: "exponential", suspectLevel: 3, deadLevel: 5, firstIntervalMs: 2_000 },
  neighbours: { acceptablePauseMs: 5_000 },
} as const satisfies Record<string, Partial<PhiAccrualOptions>>;

export type PhiAccrualPreset = keyof typeof phiAccrualPresets;

/** A rule across options that makes no sense; undefined when all is well. */
export function phiAccrualProblem(options: PhiAccrualOptions): string | undefined {
  const { deadLevel, firstCount, firstIntervalMs, peersMaxCount, suspectLevel } = options;
  if (deadLevel < suspectLevel) return "deadLevel must not be below suspectLevel.";
  if (options.windowMaxCount < 1 || firstCount < 1) {
    return "windowMaxCount and firstCount must be 1 or more: φ is measured by them.";
  }
  if (options.windowMaxCount < firstCount) return "firstCount must fit into windowMaxCount.";
  if (firstIntervalMs < 1) return "firstIntervalMs must be 1 or more.";
  if (options.deviationMinMs < 0.001) return "deviationMinMs must be above 0: φ divides by it.";
  if (options.localPauseMs < 1) return "localPauseMs must be longer than a round.";
  if (peersMaxCount < 1) return "peersMaxCount must be 1 or more: nobody to judge.";
  return undefined;
}

/** @throws HearsayError CONFIG_OPTION */
export function phiAccrualOptions(
  given: GivenOptions<typeof phiAccrualDefaults> = {},
  preset?: PhiAccrualPreset,
): PhiAccrualOptions {
  const base = preset === undefined ? {} : phiAccrualPresets[preset];
  const laid = { ...base, ...given };
  return resolveOptions("phiAccrual", phiAccrualDefaults, laid, phiAccrualProblem);
}
