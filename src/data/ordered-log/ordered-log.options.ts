import { type GivenOptions, type OptionsOf, oneOf, resolveOptions } from "../../core/options.ts";

/** The numbers of an ordered log. Delays for batching are the longest: an idle pipe waits not. */
export const orderedLogDefaults = {
  /** Largest event. [spec raft §2] */
  eventMaxBytes: 1024 * 1024,
  /** Largest note. [because: it stands in the order itself, as ids do] */
  noteMaxBytes: 64 * 1024,
  /** Events without a place, above which appends are refused or wait. [spec raft §4] */
  pendingMaxCount: 10_000,
  /** The same in bytes. [guess] */
  pendingMaxBytes: 64 * 1024 * 1024,
  /** All events held, above which appends are refused or wait. [guess] */
  heldMaxBytes: 1024 * 1024 * 1024,
  /** The same by items. [because: their names stand in each snapshot of the order] */
  heldMaxCount: 1_000_000,
  /** What becomes of an append when there is no room. [spec raft §4] */
  overload: oneOf("reject", "wait"),
  /** Appends that wait for room. [guess] */
  waitingMaxCount: 10_000,
  /** How long events wait for others on their way to the voters. [bench/order: 0 is a turn of the
   * event loop, in which those come whose callers waited for the same batch] */
  pushIntervalMs: 0,
  /** Bytes of events in one message, or one event that is larger. [because: fits a link record] */
  pushMaxBytes: 64 * 1024,
  /** Events in one message, or names of events. [guess] */
  pushMaxCount: 512,
  /** Peers, voters aside, to which new events go in a round. [spec raft §3: N] */
  fanoutCount: 5,
  /** Rounds in which a node passes on an event that is new to it. [spec raft §3: M] */
  roundsCount: 2,
  /** Time between two rounds. [spec raft §3] */
  roundDelayMs: 50,
  /** How long others than voters wait before they announce what has no place; and voters where the
   * order asks before it keeps ids, for it then says the same. [guess] */
  announceAfterMs: 100,
  /** Longest that an event waits for its id, which brings it to the disk in one sync. [guess] */
  flushAfterMs: 20,
  /** First pause before something is announced, pushed or fetched again. [spec raft §4] */
  retryMinMs: 100,
  /** Longest such pause. [spec raft §4] */
  retryMaxMs: 5_000,
  /** Longest that a leader waits before it acknowledges what has no place yet. [spec raft §4] */
  ackDelayMs: 20,
  /** Longest that ids wait for others while a batch is under way. [bench/order: more batches cost
   * less than callers that wait; spec raft §4 has 5] */
  orderBatchMs: 0,
  /** Ids in one batch. [spec raft §4] */
  batchMaxCount: 256,
  /** Batches proposed at a time. [spec raft §4] */
  batchesUnderWayMaxCount: 4,
  /** How long an event waits for one before it, until peers are asked for that. [spec raft §4] */
  dependencyTimeoutMs: 10_000,
  /** How long peers may take to say that they lack it. [guess] */
  lackTimeoutMs: 1_000,
  /** How long what is ordered may take to arrive by itself. [because: as gossip's round] */
  fetchDelayMs: 50,
  /** How long a peer may take to give what it is asked for. [spec raft §6] */
  fetchTimeoutMs: 500,
  /** Events asked for at a time. [spec raft §6] */
  fetchMaxCount: 64,
  /** How far ahead of what is applied events are fetched. [because: some messages' worth] */
  fetchAheadCount: 1_024,
  /** Bytes in one answer. [because: some link records' worth] */
  fetchMaxBytes: 1024 * 1024,
  /** Time between two comparisons of what has no place with a random peer. [spec raft §6] */
  exchangeIntervalMs: 2_000,
  /** Time between two reports to the leader. [spec raft §5] */
  reportIntervalMs: 1_000,
  /** Who was silent for so long is not waited for. [spec raft §7] */
  silentAfterMs: 24 * 60 * 60 * 1000,
  /** Events behind the cut that are kept for those who are a little late. [spec raft §7] */
  trailingCount: 2_000,
  /** The same in bytes. [guess] */
  trailingBytes: 64 * 1024 * 1024,
  /** Items by which a further cut must gain. [guess] */
  trimStepCount: 1_000,
  /** Or bytes. [guess] */
  trimStepBytes: 64 * 1024 * 1024,
  /** Items after which a node takes a snapshot of its applications. [spec raft §7] */
  snapshotAfterCount: 10_000,
  /** The same by bytes. [spec raft §7] */
  snapshotAfterBytes: 64 * 1024 * 1024,
  /** Bytes of a snapshot in one message. [spec raft §7] */
  snapshotChunkBytes: 256 * 1024,
  /** Largest snapshot. [because: it is put together in memory, and the journal takes 256 MiB] */
  snapshotMaxBytes: 192 * 1024 * 1024,
  /** Items given to one application in one go. [because: a step should be short] */
  deliverMaxCount: 512,
  /** Others' events that nobody wants are dropped after so long. [spec raft §7] */
  pendingTtlMs: 10 * 60 * 1000,
  /** Least number of peers in a view that a leader hands out. [spec raft §8] */
  viewMinCount: 5,
  /** How long such a view is good. [spec raft §8] */
  viewTtlMs: 30_000,
} as const;

export type OrderedLogOptions = OptionsOf<typeof orderedLogDefaults>;

/** @throws HearsayError CONFIG_OPTION */
export function orderedLogOptions(
  given?: GivenOptions<typeof orderedLogDefaults>,
): OrderedLogOptions {
  return resolveOptions("orderedLog", orderedLogDefaults, given, (options) => {
    if (options.retryMinMs < 1) return "retryMinMs must be at least 1";
    if (options.retryMaxMs < options.retryMinMs) {
      return "retryMaxMs must not be below retryMinMs";
    }
    if (options.batchMaxCount < 1 || options.batchesUnderWayMaxCount < 1) {
      return "batchMaxCount and batchesUnderWayMaxCount must be at least 1";
    }
    return undefined;
  });
}
