import { HearsayError } from "../../core/errors.ts";
import { type OptionsOf, oneOf, resolveOptions } from "../../core/options.ts";

/** The numbers of gossip aggregation. */
export const aggregateDefaults = {
  /** Time between two rounds. [spec aggregation §1] */
  roundIntervalMs: 500,
  /** Each interval is longer or shorter by up to this share. [spec aggregation §1] */
  roundJitterRatio: 0.1,
  /** Rounds of an epoch. [spec aggregation §1: 29 for 10⁻⁶] */
  epochRoundsCount: 30,
  /** How averages are made. [spec aggregation §4: flow updating] */
  averaging: oneOf("flow", "pushSum", "pushPull"),
  /** Push-pull: whether a lost reply is found out and mended. [spec aggregation §2] */
  atomicity: oneOf("commit", "none"),
  /** Push-sum: whether a lost transfer is mended by the next one. [spec aggregation §3] */
  transfers: oneOf("counted", "plain"),
  /** An exchange is given up after this. [spec aggregation §2: 2 × RTT, at least 300 ms] */
  exchangeTimeoutMs: 400,
  /** How often one asks what became of an exchange. [because: the spec's 3 move the mean by 0.002 σ
   * in 30 rounds at 20 % loss] */
  statusTriesCount: 10,
  /** A neighbour that did not answer is asked again, so often. [because: 7 × nearer after 60 rounds
   * at 30 % loss, docs/protocols/aggregation.md] */
  repeatsCount: 2,
  /** Neighbours with a flow. [spec aggregation §4] */
  flowsMaxCount: 64,
  /** A flow on which nothing succeeded for so many rounds is taken back. [because: a neighbour is
   * asked every sixth round] */
  flowIdleCount: 60,
  /** Minima of extrema propagation: ± 5 %. [spec aggregation §6] */
  minimaCount: 400,
  /** Rounds without a change after which minima count as whole. [spec aggregation §6] */
  quietCount: 5,
  /** A departed node's extreme or record expires after so many epochs. [spec aggregation §5] */
  expiryCount: 3,
  /** Largest message to one peer. [spec aggregation §1: stream] */
  messageMaxBytes: 262_144,
  /** Largest record of one origin. [because: 2,048 buckets, spec aggregation §7] */
  recordMaxBytes: 16_384,
  /** Origins with a record, by task. [guess] */
  originsMaxCount: 2_048,
  /** Aggregates of this node. [guess] */
  tasksMaxCount: 64,
  /** Parts of tasks that this node only passes on. [guess] */
  relayedMaxCount: 256,
  /** An epoch so far ahead of our clock is not believed. [because: clocks are off by hours] */
  epochAheadMaxMs: 86_400_000,
  /** Messages of others that are read in one interval. [because: six neighbours, and as many
   * that have us by chance] */
  messagesMaxCount: 512,
  /** Buckets of a sketch of quantiles. [spec aggregation §7] */
  bucketsMaxCount: 2_048,
  /** Relative accuracy of quantiles. [spec aggregation §7] */
  quantileAccuracyRatio: 0.01,
  /** Items that a sketch of heavy hitters counts. [guess] */
  hittersMaxCount: 128,
} as const;

export type AggregateOptions = OptionsOf<typeof aggregateDefaults>;

/** @throws HearsayError CONFIG_OPTION */
export function aggregateOptions(
  given: Readonly<Record<string, number | string>> = {},
): AggregateOptions {
  const options = resolveOptions("aggregates", aggregateDefaults, given);
  const positive = [
    "roundIntervalMs",
    "epochRoundsCount",
    "flowsMaxCount",
    "flowIdleCount",
    "originsMaxCount",
    "tasksMaxCount",
    "messagesMaxCount",
    "hittersMaxCount",
    "bucketsMaxCount",
    "quantileAccuracyRatio",
  ] as const;
  for (const name of positive) {
    if (options[name] > 0) continue;
    throw new HearsayError("CONFIG_OPTION", `aggregates.${name} is 0, but must be above 0.`);
  }
  if (options.minimaCount < 3 || options.minimaCount > 4_096) {
    const rule = "must be 3 … 4096: of fewer there is no error, and more fit no message";
    throw new HearsayError("CONFIG_OPTION", `aggregates.minimaCount ${rule}.`);
  }
  if (options.quantileAccuracyRatio >= 1) {
    throw new HearsayError("CONFIG_OPTION", "aggregates.quantileAccuracyRatio must be below 1.");
  }
  return options;
}
