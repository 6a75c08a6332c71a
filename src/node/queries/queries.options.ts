/** Queries over links, and typed ones over Serf's wire. */
export const queriesDefaults = {
  /** How long answers are waited for when the asker does not say. [guess] */
  timeoutMs: 10_000,
  /** The longest that an asker may wait, and that a query is answered here. [guess] */
  timeoutMaxMs: 600_000,
  /** Queries that this node has defined; further ones are refused. [guess] */
  definitionsMaxCount: 1_024,
  /** Queries of this node that collect at once; further ones are refused. [guess] */
  askedMaxCount: 256,
  /** Members that one query asks over links; more of them have to be filtered. [guess] */
  targetsMaxCount: 8_192,
  /** Answers that wait for the asker's code, of one query; more are asked for again. [guess] */
  waitingMaxCount: 65_536,
  /** Bytes of these. [guess] */
  waitingMaxBytes: 16_777_216,
  /** The same of all queries under way; above it one answer of each may still wait. [guess] */
  waitingTotalMaxBytes: 134_217_728,
  /** Largest encoded question or answer over links. [byzantine §5] */
  payloadMaxBytes: 1_048_576,
  /** Answers of one member under way without a receipt. [guess] */
  windowCount: 8,
  /** Up to so many members are asked directly; more by a tree. [because: as many dials at once] */
  directMaxCount: 32,
  /** Branches of the tree, at the asker and at each that passes on. [guess] */
  fanoutCount: 8,
  /** Pause before who has not acknowledged is asked again, directly. [because: five round trips
   * of a slow link] */
  repeatIntervalMs: 1_000,
  /** Queries that are answered at a time; further ones are refused as busy. [guess] */
  answeringMaxCount: 1_024,
  /** Of these, of one asker. [because: a quarter, so that one does not keep out others] */
  answeringPerPeerMaxCount: 256,
  /** Queries remembered against doubles, under way and over; the oldest gives way. [guess] */
  rememberedMaxCount: 16_384,
  /** Bytes of answers without a receipt, of all queries; then further ones are refused as busy, and
   * each under way has one answer without a receipt at most. [guess] */
  unconfirmedMaxBytes: 67_108_864,
  /** Third members that a word may also travel by. [guess] */
  relayMaxCount: 8,
  /** Words of others passed on in a second; the rest is dropped. [guess] */
  passedPerSecondCount: 10_000,
  /** Tag filters looked at in a second; then queries with filters are refused as busy. [because: as
   * Serf's of queries, twenty times: they come from members of the cluster alone] */
  tagFiltersPerSecondCount: 1_000,
} as const;

export type QueriesOptions = { readonly [Name in keyof typeof queriesDefaults]: number };
