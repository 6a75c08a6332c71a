/** The numbers of `node.operations` that are this node's own. */
export const operationsDefaults = {
  /** How long a read that is ahead of this replica waits for gossip. [spec §8] */
  waitMs: 500,
  /** How long it waits in all, for replicas that were asked too. [spec §8] */
  timeoutMs: 5_000,
  /** Replicas that are asked. [guess] */
  pullPeersCount: 3,
  /** How often it is looked whether a majority has it, and these are asked. [guess] */
  pollIntervalMs: 50,
  /** How long marks wait for others to be written for, too. [guess] */
  markDelayMs: 5,
  /** Places of an ordered log that are asked for at a time. [because: two batches of it] */
  placesAskedMaxCount: 512,
  /** Pause before a place is asked for again. [guess] */
  placeRetryMs: 200,
  /** How long who is next waits before it asks for the place of another's operation. [guess] */
  placeTakeOverMs: 5_000,
  /** How long an author waits until most have what its operation comes after. [guess] */
  causesHeldMaxMs: 2_000,
  /** Operations with a place that wait for something; then the ordered log waits, too. [guess] */
  placedMaxCount: 10_000,
  /** How long one with an ordered log looks for others, before it begins alone. [guess] */
  aloneJoinMs: 2_000,
  /** How often the log drops what all have, and the journal is cut short. [guess] */
  upkeepIntervalMs: 1_000,
  /** Logs open on a node. [guess] */
  logsMaxCount: 256,
  /** Reads and writes that wait at a time; further ones are told at once. [guess] */
  waitingMaxCount: 10_000,
  /** Bytes of a snapshot in one message. [because: below it a stream costs more than the bytes] */
  snapshotPartMaxBytes: 1_048_576,
  /** Largest snapshot that is taken from others. [spec §12: as the log] */
  snapshotMaxBytes: 268_435_456,
  /** Snapshots that are being given at a time; who asks more is told to come again. [guess] */
  snapshotsGivenMaxCount: 4,
  /** How long one is kept for who asks for its next part. [guess] */
  snapshotKeepMs: 10_000,
  /** How long a part is waited for. [guess] */
  snapshotTimeoutMs: 5_000,
  /** Members asked for a snapshot, one after the other. [guess] */
  giversMaxCount: 8,
  /** Pause before all of them are asked again. [guess] */
  joinRetryMs: 200,
  /** Turns after which a replica that nobody gives a state begins with none. [because: 2 s] */
  joinTurnsMaxCount: 10,
  /** How long one that leaves waits for somebody to have all it wrote. [guess] */
  handOverMaxMs: 2_000,
  /** Logs that are passed on although nobody has opened them on this node. [guess] */
  relaysMaxCount: 16,
  /** Records of each that are remembered for peers that lost one. [guess] */
  relayMaxCount: 8_192,
  /** Bytes of them. [because: sixteen of the largest] */
  relayMaxBytes: 16_777_216,
  /** How long they are. [because: nobody asks for a lost one so late] */
  relayMaxMs: 30_000,
} as const;

export type OperationsNumbers = { readonly [Name in keyof typeof operationsDefaults]: number };
