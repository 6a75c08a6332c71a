import { type OptionsOf, oneOf } from "../../core/options.ts";

/** How a version tree treats conflicts, and how much it takes. */
export const versionTreeDefaults = {
  /**
   * What becomes of a write by whoever has not seen all: it is refused and its author told, or it
   * stands beside what it has not seen. [spec state transfer §4]
   */
  conflict: oneOf("reject-stale", "siblings"),
  /** Values of one key side by side; a write that would make more is refused. [spec §5] */
  siblingsMaxCount: 64,
  /** Keys, deleted ones among them until all replicas have seen that they are. [guess] */
  keysMaxCount: 100_000,
  /** Longest key, in UTF-8. [because: it travels with each write] */
  keyMaxBytes: 1_024,
  /** Largest value. [spec §5] */
  valueMaxBytes: 1024 * 1024,
  /** Bytes of all keys, values and contexts. [guess] */
  totalMaxBytes: 256 * 1024 * 1024,
  /** Ranges of dots in the context of one write. [because: it travels with the write] */
  contextRangesMaxCount: 4_096,
  /** Ranges from which on a write leaves out of its context what is superseded for all. [guess] */
  contextTrimFromCount: 64,
  /** Overwritten writes whose key is remembered, to tell a peer what superseded them. [guess] */
  supersededMaxCount: 100_000,
  /** Requests whose outcome is remembered, for those that come again. [spec §4] */
  requestsMaxCount: 10_000,
  /** How long the outcome of a request is remembered. [spec §4] */
  requestKeepMs: 600_000,
  /** Conflicts that a resolver ends at one call. [because: each is a write to all nodes] */
  resolveMaxCount: 100,
  /** Records in the journal, beyond twice what is kept, after which it gets a snapshot. [guess] */
  snapshotAfterCount: 10_000,
} as const;

export type VersionTreeOptions = OptionsOf<typeof versionTreeDefaults>;
