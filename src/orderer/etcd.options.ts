import { type GivenOptions, type OptionsOf, oneOf, resolveOptions } from "../core/options.ts";

/** The numbers of an order kept in etcd. */
export const etcdDefaults = {
  /** Longest that one call of the store may take. [because: etcd gives up after 7 s itself; half of
   * a request's time leaves room for another try at another member] */
  callTimeoutMs: 3_000,
  /** How long a proposal or a read may take; afterwards its outcome is not known. [raft] */
  requestTimeoutMs: 10_000,
  /** Proposals and reads of one node that are under way. [raft] */
  requestsMaxCount: 16_384,
  /** Largest command. [because: etcd refuses requests above 1.5 MiB] */
  commandMaxBytes: 1024 * 1024,
  /** Commands in one transaction. [because: with 100 bytes each it is still a small write] */
  batchMaxCount: 1_024,
  /** Bytes of commands in one transaction, or one command that is larger. [guess] */
  batchMaxBytes: 256 * 1024,
  /** Longest wait before a transaction that lost a race twice is tried again. [guess: two writes to
   * a disk] */
  conflictDelayMaxMs: 10,
  /** Wait before a failed call is made again; it doubles. [guess] */
  retryDelayMinMs: 50,
  /** Longest such wait. [guess] */
  retryDelayMaxMs: 3_000,
  /** Time between two looks whether the watch tells all that happens. [because: a member that is
   * cut off from the others tells nothing, and does not say so] */
  checkIntervalMs: 3_000,
  /** Time to live of the leader's lease. [because: etcd makes it 2 s at least] */
  leaseTtlMs: 5_000,
  /** Share of that time after which a leader that hears nothing is none. The rest is for clocks
   * that do not run alike. [guess] */
  leaseTrustRatio: 0.8,
  /** Longest wait of a candidate, so that not all try at once. [guess] */
  campaignDelayMaxMs: 100,
  /** How long others wait for the one to whom a leader hands over. [guess] */
  handoverWaitMs: 2_000,
  /** Whether this node may lead. [because: a node may be there only to hear] */
  candidate: oneOf("yes", "no"),
  /** Commands behind the last state after which another helps. [spec raft §7] */
  snapshotAfterCount: 10_000,
  /** The same by size. [because: etcd is made for a few gigabytes in all] */
  snapshotAfterBytes: 16 * 1024 * 1024,
  /** Commands kept behind a state, for who is a little late. [spec raft §7] */
  trailingCount: 2_000,
  /** Bytes of a state in one key. [because: etcd refuses requests above 1.5 MiB] */
  stateChunkBytes: 512 * 1024,
  /** Largest state; with a larger one the log only grows. [because: as above] */
  stateMaxBytes: 64 * 1024 * 1024,
  /** Who lets etcd forget the past of keys: its operator ("--auto-compaction-retention"), or this
   * group, where it has the store for itself. [because: it ends the watches of all who use it] */
  pastOfKeys: oneOf("operator", "group"),
  /** Batches heard last that are kept for subscribers. [guess] */
  recentMaxCount: 1_024,
  /** Bytes of such batches. [guess] */
  recentMaxBytes: 4 * 1024 * 1024,
  /** Most keys read at once. [guess] */
  pageMaxCount: 1_000,
  /** Bytes read at once, about. [guess] */
  pageBytes: 1024 * 1024,
  /** Commands given to one subscriber in one go. [raft] */
  deliverMaxCount: 512,
} as const;

export type EtcdOptions = OptionsOf<typeof etcdDefaults>;

/** @throws HearsayError CONFIG_OPTION */
export function etcdOptions(given?: GivenOptions<typeof etcdDefaults>): EtcdOptions {
  return resolveOptions("etcd", etcdDefaults, given, (options) => {
    if (options.leaseTtlMs < 2_000) return "leaseTtlMs must be 2000 or more: etcd's least";
    if (options.stateChunkBytes < 1) return "stateChunkBytes must be 1 or more";
    if (options.batchMaxCount < 1) return "batchMaxCount must be 1 or more";
    if (options.retryDelayMinMs < 1) return "retryDelayMinMs must be 1 or more";
    return undefined;
  });
}
