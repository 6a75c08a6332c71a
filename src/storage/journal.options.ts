/** Bounds of a journal. */
export const journalDefaults = {
  /** A file of the journal is closed, and the next begun, when it is larger. [guess] */
  segmentMaxBytes: 8 * 1024 * 1024,
  /** Files above which channels that keep the oldest from being dropped should snapshot. [guess] */
  segmentsMaxCount: 8,
  /** Largest record. [because: a batch is held in memory whole, twice] */
  recordMaxBytes: 16 * 1024 * 1024,
  /** Largest snapshot of one channel. [because: it is written and read in one piece] */
  snapshotMaxBytes: 256 * 1024 * 1024,
  /** Bytes that wait for the disk above which `hasRoom` says no. [guess] */
  pendingMaxBytes: 64 * 1024 * 1024,
} as const;

export type JournalOptions = { readonly [Name in keyof typeof journalDefaults]: number };
