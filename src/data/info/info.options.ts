/** How much an info store takes. What exceeds a bound is refused, never dropped. */
export const infoDefaults = {
  /** Keys, deleted ones among them until all replicas have seen that they are. [guess] */
  keysMaxCount: 100_000,
  /** Longest key, in UTF-8. [because: it travels with each write] */
  keyMaxBytes: 1_024,
  /** Largest value. [because: it must fit an anti-entropy message] */
  valueMaxBytes: 1024 * 1024,
  /** Bytes of all keys and values. [guess] */
  totalMaxBytes: 256 * 1024 * 1024,
  /** Overwritten writes whose key is remembered, to tell a peer what superseded them. [guess] */
  supersededMaxCount: 100_000,
  /**
   * A deleted or expired key is remembered here for so long, also when all have seen that it is: a
   * write older than the deletion may still be on its way from a member that is cut off, until that
   * member is evicted. [because: replicaSets.evictAfterMs]
   */
  tombstoneMinMs: 24 * 60 * 60 * 1_000,
  /** Records in the journal, beyond twice what is kept, after which it gets a snapshot. [guess] */
  snapshotAfterCount: 10_000,
} as const;

export type InfoOptions = { readonly [Name in keyof typeof infoDefaults]: number };
