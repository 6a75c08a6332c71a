/** The numbers of an operation log. */
export const operationLogDefaults = {
  /** An id may be submitted again for so long. [spec §8] */
  retryMaxMs: 300_000,
  /** Clocks of those who submit may differ by so much. [spec §8] */
  skewMaxMs: 60_000,
  /** Records in the log; at the bound nothing more is written. [spec §12] */
  logMaxCount: 100_000,
  /** Bytes of the log; the same. [spec §12] */
  logMaxBytes: 268_435_456,
  /** Records that wait for a cause; others are put off meanwhile. [because: half of the log] */
  waitingMaxCount: 50_000,
  /** Ids remembered; at the bound nothing more with an id is taken. [guess] */
  idsMaxCount: 1_000_000,
  /** Largest encoded operation. [because: anti-entropy's budget takes it] */
  payloadMaxBytes: 1_000_000,
  /** Origins in what an operation comes after. [because: as many lives as a large cluster has] */
  vectorMaxCount: 4_096,
  /**
   * Records kept by a replica that is alone in its set, so that who joins later can be told them.
   * [because: half of the log, which then has room]
   */
  aloneKeptCount: 50_000,
  /** A cause that no member has is given up after so long, once its author is gone. [guess] */
  lostAfterMs: 600_000,
  /** Records in the journal after which it gets a checkpoint. [spec §13] */
  checkpointAfterCount: 1_000,
} as const;

export type OperationLogOptions = {
  readonly [Name in keyof typeof operationLogDefaults]: number;
};
