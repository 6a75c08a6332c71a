/** The numbers of `node.versions` and `node.crdts` that are this node's own. */
export const versionsDefaults = {
  /** How long a call whose session is ahead of this replica waits for gossip. [spec §6] */
  waitMs: 500,
  /** How long it then waits for replicas that were asked for what is missing. [guess] */
  pullMs: 1_000,
  /** Replicas that are asked. [guess] */
  pullPeersCount: 3,
  /** Calls that wait so at a time; further ones are `behind` at once. [guess] */
  waitingMaxCount: 10_000,
  /** Stores open on a node. [guess] */
  storesMaxCount: 256,
  /** Keys of which a session knows what it has read and written. [spec §6] */
  sessionKeysMaxCount: 10_000,
  /** Largest token of a session that is given out. [because: it travels with requests] */
  sessionTokenMaxBytes: 65_536,
  /** Largest token that is taken back. [because: a context has 4,096 ranges at most] */
  tokenMaxBytes: 1_048_576,
  /** How long conflicts wait for a resolver. [because: one that comes in parts is ended once] */
  resolveDelayMs: 200,
  /** Stores that are passed on although nobody has opened them on this node. [guess] */
  relaysMaxCount: 16,
  /** Writes of each that are remembered for peers that lost one. [guess] */
  relayMaxCount: 8_192,
  /** Bytes of them. [because: sixteen of the largest] */
  relayMaxBytes: 16_777_216,
  /** How long they are. [because: nobody asks for a lost write so late] */
  relayMaxMs: 30_000,
} as const;

export type VersionsNumbers = { readonly [Name in keyof typeof versionsDefaults]: number };
