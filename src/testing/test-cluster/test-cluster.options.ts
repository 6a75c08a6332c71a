/** What a test cluster is like when nothing else is said. All times are virtual. */
export const testClusterDefaults = {
  /** How long a new cluster may take until all see all. [because: many join retries] */
  formLimitMs: 60_000,
  /** How long `until` waits. [because: some detections and push/pulls with the LAN profile] */
  untilLimitMs: 60_000,
  /** How long `run` lets time pass for a promise. [because: as `until`] */
  runLimitMs: 60_000,
  /** Other nodes that each node is told to join when it starts. [because: one may be down] */
  seedsCount: 3,
  /** Events that the trace keeps; 0 keeps none and saves some time. [guess] */
  traceEventsCount: 1_000,
  /** Lines of the trace in the message of a failure. [because: a screen has room for them] */
  traceShownCount: 12,
  /** Turns in one instant after which it is taken to go on for ever. [guess] */
  instantTurnsCount: 100_000,
  /** What each operation of a disk takes, a sync as well as a write. [because: as a fast SSD] */
  diskDelayMs: 0.5,
} as const;
