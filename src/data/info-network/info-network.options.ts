/** How a node takes part in the info network. Figures of the spec are those of CockroachDB. */
export const infoNetworkDefaults = {
  /** A link is sought when the farthest node is farther than this. [spec infostore §7] */
  hopsMaxCount: 5,
  /** Least links that each direction has room for. [spec infostore §7] */
  peersMinCount: 3,
  /** How often a node asks whether it is cut off; times 0.75 … 1.25. [spec infostore §7] */
  stallIntervalMs: 2_000,
  /** Between two dials of addresses known beforehand. [spec infostore §7] */
  bootstrapIntervalMs: 1_000,
  /** Longest wait before an address is dialled again that did not help. [spec infostore §8] */
  bootstrapBackoffMaxMs: 30_000,
  /** Dials of addresses known beforehand that may be under way at once. [spec infostore §8] */
  bootstrapDialsMaxCount: 2,
  /** A dial without an answer is given up after this. [because: two more fit 3 stall intervals] */
  dialTimeoutMs: 4_000,
  /** The least useful link is closed so often, if there is no room. [spec infostore §7] */
  cullIntervalMs: 60_000,
  /** Between two looks for a far node, when the last one found none. [spec infostore §7] */
  tightenIntervalMs: 1_000,
  /** How often a node says whom it has dialled; it lives for twice as long. [spec infostore §7] */
  clientsIntervalMs: 2_000,
  /** How often a node says where it is; it lives for twice as long. [spec infostore §7] */
  descriptorIntervalMs: 60 * 60 * 1_000,
  /** How often who holds the sentinel says so. [because: three chances within its life] */
  sentinelIntervalMs: 1_500,
  /** Life of a sentinel: half a lease of 9 s. [spec infostore §7] */
  sentinelTtlMs: 4_500,
  /** How often what has expired is removed. [guess] */
  sweepIntervalMs: 10_000,
  /**
   * A node that has lived before tells nothing of its own for at most this long, while it has not
   * regained what it wrote. [because: several dials, one a bootstrap interval]
   */
  regainWaitMs: 5_000,
  /** News wait for others to travel together with. [spec infostore §7] */
  infosBatchDelayMs: 10,
  /** A client tells news after this even if the server has said nothing. [spec infostore §7] */
  firstAnswerWaitMs: 1_000,
  /** Who was sent elsewhere may stay for this. [spec infostore §5] */
  refuseGraceMs: 5_000,
  /** A silent stream is closed after this. [spec infostore §5] */
  idleTimeoutMs: 60_000,
  /** How often a client that was sent elsewhere is sent on. [spec infostore §8] */
  forwardsMaxCount: 5,
  /** Streams that others opened and that have no place yet: new, without an id, refused. [guess] */
  guestsMaxCount: 64,
  /** Most bytes of infos in a message. [spec infostore §4] */
  deltaMaxBytes: 1024 * 1024,
  /** Longest key, in UTF-8. [because: it travels with each write] */
  keyMaxBytes: 1_024,
  /** Largest value. [because: it must stand well below deltaMaxBytes] */
  valueMaxBytes: 256 * 1024,
  /** Keys, deleted ones among them until they expire. [guess] */
  keysMaxCount: 100_000,
  /** Bytes of all keys and values. [guess] */
  totalMaxBytes: 256 * 1024 * 1024,
  /** Nodes of which stamps, descriptors or addresses are kept. [guess] */
  originsMaxCount: 10_000,
  /** Addresses that are kept to begin with. [because: one of each node, and some] */
  addressesMaxCount: 10_000,
  /** Notices that wait for one watcher; the oldest gives way. [guess] */
  noticesMaxCount: 10_000,
  /** Watchers at a time. [guess] */
  watchersMaxCount: 1_000,
  /** A deleted key is told of for so long. [because: as a tombstone of data/info] */
  deletionTtlMs: 24 * 60 * 60 * 1_000,
  /** Infos stamped further ahead are dropped. [because: no clock that anybody keeps is so wrong] */
  stampAheadMaxMs: 24 * 60 * 60 * 1_000,
  /**
   * So far ahead of its clock a node follows stamps of its former life, or of a value that it
   * overwrites. [because: well within what others take]
   */
  ratchetAheadMaxMs: 60 * 60 * 1_000,
} as const;

export type InfoNetworkOptions = { readonly [Name in keyof typeof infoNetworkDefaults]: number };
