/** How much of a topic's past a node keeps. What exceeds any bound is forgotten, oldest first. */
export const historyDefaults = {
  /** Updates kept. [guess] */
  keptMaxCount: 100_000,
  /** Bytes of payload kept. [guess] */
  keptMaxBytes: 64 * 1024 * 1024,
  /** Age at which an update is forgotten, by its author's clock. [guess: a long weekend] */
  keptMaxMs: 4 * 24 * 60 * 60 * 1_000,
  /** Largest payload of one update. [because: it must fit an anti-entropy message] */
  payloadMaxBytes: 1024 * 1024,
  /** Records in the journal, beyond twice what is kept, after which it gets a snapshot. [guess] */
  snapshotAfterCount: 10_000,
} as const;

export type HistoryOptions = { readonly [Name in keyof typeof historyDefaults]: number };
