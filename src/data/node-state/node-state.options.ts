import { type OptionsOf, oneOf } from "../../core/options.ts";

/** The numbers of per-node state. */
export const nodeStateDefaults = {
  /** Who asks whom for what: chitchat's way, or Cassandra's. [spec Scuttlebutt §3, §7] */
  profile: oneOf("scuttlebutt", "cassandra"),
  /** Time between two rounds. [Scuttlebutt 2008: one gossip a second] */
  roundIntervalMs: 1_000,
  /** Peers that a node begins a round with. [spec Scuttlebutt §3: up to 3; Cassandra: 1] */
  fanoutCount: 3,
  /** News is told no sooner after the last news; at least `roundIntervalMs`: not between rounds.
   * [because: ten hops a second cross a thousand nodes in one] */
  newsDelayMs: 100,
  /** Rounds of others that are taken part in, in one interval. [guess] */
  answersMaxCount: 512,
  /** The same for one peer; of all nodes it is told four times. [because: news: ten a second] */
  peerAnswersMaxCount: 32,
  /** Whose entries go first where the budget cuts. [spec Scuttlebutt §4: depth] */
  ordering: oneOf("depth", "breadth", "random"),
  /** Largest message. [because: what is more than a packet goes over a link, in one piece] */
  messageMaxBytes: 262_144,
  /** Share of it that a digest may take; of more nodes, a part is told. [spec Scuttlebutt §2] */
  digestMaxRatio: 0.5,
  /** "on": digests count rounds, for a failure detector. [because: SWIM tells who is there] */
  heartbeats: oneOf("off", "on"),
  /**
   * Who says when deletions may be forgotten: their owner, to all, or each by its own clock.
   * [chitchat issue 138: fewer resets when the owner does]
   */
  tombstones: oneOf("owner", "grace"),
  /** How long a deletion is remembered. [chitchat: 2 h] */
  tombstoneGraceMs: 7_200_000,
  /** How often an owner says what may be forgotten. [spec Scuttlebutt §1] */
  gcPublishMs: 180_000,
  /** State of a node that is not there any more is kept for so long. [spec Scuttlebutt §6] */
  deadGraceMs: 86_400_000,
  /** When it is not passed on any more: after this share of that. [spec Scuttlebutt §6] */
  deadScheduledRatio: 0.5,
  /** State of a node that said goodbye, or never was there, is kept for so long. [Cassandra: 30 s]
   */
  leftGraceMs: 30_000,
  /** Who was removed is not taken in again for so long. [Cassandra: 2 × ring delay] */
  quarantineMs: 60_000,
  /** Removed lives that are remembered. [chitchat: 500] */
  deadMaxCount: 500,
  /** A life that began so far ahead of our clock is not believed. [spec Scuttlebutt §6: 24 h] */
  generationAheadMaxMs: 86_400_000,
  /** Until what replaces it has come in full, the former state is read; at most so long. [guess] */
  formerMaxMs: 60_000,
  /** Nodes whose state is kept. [guess] */
  nodesMaxCount: 10_000,
  /** Keys of one node, deleted ones among them. [guess] */
  keysMaxCount: 1_024,
  /** Longest key, in UTF-8. [because: it travels with each write] */
  keyMaxBytes: 255,
  /** Largest value. [because: with its key it must fit half a message] */
  valueMaxBytes: 65_536,
  /** Bytes of all keys and values of one node; copies may have twice as many, for a while. [guess]
   */
  nodeMaxBytes: 1024 * 1024,
  /** Bytes of all keys and values of all nodes. [guess] */
  totalMaxBytes: 256 * 1024 * 1024,
  /** What writers feel when gossip cannot carry more. [spec Scuttlebutt §9: off] */
  flowControl: oneOf("off", "delay", "reject"),
  /** Writes that a node may make before it knows better. [spec Scuttlebutt §9] */
  flowStartPerSecond: 100,
  /** Writes that a node may always make. [spec Scuttlebutt §9] */
  flowMinPerSecond: 1,
  /** By how much the limit grows in a round without an overflow. [spec Scuttlebutt §9] */
  flowIncreasePerSecond: 1,
  /** What is left of the limit after two overflows in ten rounds. [spec Scuttlebutt §9] */
  flowDecreaseRatio: 0.8,
  /** Records in the journal, beyond twice what is kept, after which it gets a snapshot. [guess] */
  snapshotAfterCount: 1_000,
} as const;

export type NodeStateOptions = OptionsOf<typeof nodeStateDefaults>;

/** Numbers that must be 1 or more, or nothing would ever move. */
const POSITIVE = [
  "roundIntervalMs",
  "fanoutCount",
  "answersMaxCount",
  "peerAnswersMaxCount",
  "nodesMaxCount",
  "keysMaxCount",
  "keyMaxBytes",
  "deadMaxCount",
] as const;

/** What a message and an entry cost beside their texts, with the name of the owner. */
const AROUND_BYTES = 256;

/** What is wrong with them together, and how to mend it. */
export function nodeStateProblem(options: NodeStateOptions): string | undefined {
  const zero = POSITIVE.find((name) => options[name] === 0);
  if (zero !== undefined) return `${zero} is 0, but must be 1 or more.`;
  const { digestMaxRatio, keyMaxBytes, messageMaxBytes, valueMaxBytes } = options;
  const leftBytes = Math.floor(messageMaxBytes * (1 - digestMaxRatio)) - AROUND_BYTES;
  if (keyMaxBytes + valueMaxBytes <= leftBytes) return undefined;
  const rule = `at most ${Math.max(0, leftBytes - keyMaxBytes)}, or messageMaxBytes larger`;
  return `valueMaxBytes is ${valueMaxBytes}, but must be ${rule}: a write travels in one piece.`;
}
