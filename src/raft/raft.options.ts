import { type GivenOptions, type OptionsOf, oneOf, resolveOptions } from "../core/options.ts";

/** The numbers of a Raft group. All of its nodes must have the same timeouts. */
export const raftDefaults = {
  /** Time between two heartbeats of a leader. [spec raft §10: one tick] */
  heartbeatIntervalMs: 100,
  /** Least time without a leader before an election. [spec raft §10: 10 ticks] */
  electionTimeoutMinMs: 1_000,
  /** Above the longest such time; each is drawn uniformly between the two. [spec raft §10] */
  electionTimeoutMaxMs: 2_000,
  /**
   * Whether a server asks if it would win before it raises its term; "off" is for comparisons with
   * measurements of plain Raft. [Ongaro 2014 §9.6]
   */
  preVote: oneOf("on", "off"),
  /** Longest that entries wait for others while some are under way. [because: an idle pipe sends
   * at once, a busy one sends with the next acknowledgement] */
  flushIntervalMs: 1,
  /** Bytes of entries in one message, or one entry that is larger. [because: fits a link record] */
  appendMaxBytes: 64 * 1024,
  /** Entries in one message. [guess] */
  appendMaxCount: 1_024,
  /** Messages with entries under way to one peer. [spec raft §10.13] */
  inFlightMaxCount: 256,
  /** Bytes of entries under way to one peer. [spec raft §10.13] */
  inFlightMaxBytes: 16 * 1024 * 1024,
  /** Bytes of entries that wait for what they stand for; what has no room comes again. [guess] */
  heldBackMaxBytes: 4 * 1024 * 1024,
  /** After it, what was not acknowledged is sent again. [guess] */
  resendAfterMs: 300,
  /** Largest command. [spec raft §2: event data of 1 MiB; above it the data is no id] */
  commandMaxBytes: 1024 * 1024,
  /** Bytes of entries that are not committed yet; above it proposals are refused. [spec §10.13] */
  uncommittedMaxBytes: 64 * 1024 * 1024,
  /** Entries kept behind a snapshot, for followers that are a little late. [spec raft §7] */
  trailingEntriesCount: 2_000,
  /** Entries behind the last snapshot after which another helps. [spec raft §7] */
  snapshotAfterCount: 10_000,
  /** The same by size. [spec raft §7] */
  snapshotAfterBytes: 64 * 1024 * 1024,
  /** Bytes of a snapshot in one message. [spec raft §7] */
  snapshotChunkBytes: 256 * 1024,
  /** Largest snapshot. [because: the journal writes it in one piece] */
  snapshotMaxBytes: 256 * 1024 * 1024,
  /** Members in all. [guess] */
  membersMaxCount: 64,
  /** Time between two questions whether there is a group. [guess] */
  helloIntervalMs: 500,
  /** Wishes of one node that are under way. [guess] */
  requestsMaxCount: 16_384,
  /** How long a wish may take; afterwards its outcome is not known. [guess] */
  requestTimeoutMs: 10_000,
  /** Entries given to one subscriber in one go. [because: a step should be short] */
  deliverMaxCount: 512,
} as const;

export type RaftOptions = OptionsOf<typeof raftDefaults>;

/** @throws HearsayError CONFIG_OPTION */
export function raftOptions(given?: GivenOptions<typeof raftDefaults>): RaftOptions {
  return resolveOptions("raft", raftDefaults, given, (options) => {
    if (options.electionTimeoutMaxMs < options.electionTimeoutMinMs) {
      return "electionTimeoutMaxMs must not be below electionTimeoutMinMs";
    }
    if (options.heartbeatIntervalMs >= options.electionTimeoutMinMs) {
      return "heartbeatIntervalMs must be below electionTimeoutMinMs; a half or less is usual";
    }
    return undefined;
  });
}
