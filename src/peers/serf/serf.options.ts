import { type OptionsOf, oneOf } from "../../core/options.ts";

/**
 * The numbers of Serf as HashiCorp sets them, and the bounds it lacks.
 * Source: specs/memberlist-wire.md sections 25 and 27.
 */
export const serfDefaults = {
  /** How long a leave waits until its intent was sent, and then until SWIM has left. [Serf LAN] */
  broadcastTimeoutMs: 5_000,
  /** How long a node that left still answers, so that the news outruns it. [Serf LAN] */
  leavePropagateDelayMs: 1_000,
  /** Lamport times of user events remembered against doubles. [Serf LAN] */
  eventBufferCount: 512,
  /** Lamport times of queries remembered against doubles. [Serf LAN] */
  queryBufferCount: 512,
  /** Timeout of a query in gossip intervals, times log10 of the living members. [Serf LAN] */
  queryTimeoutMultiplier: 16,
  /** Gossip interval of the membership below; the node passes its profile's. [memberlist LAN] */
  gossipIntervalMs: 200,
  /** Transmissions of a broadcast, times log10 of the members; as SWIM's. [memberlist LAN] */
  retransmitMultiplier: 4,
  /** Largest query this node asks, encoded. [Serf LAN] */
  queryMaxBytes: 1_024,
  /** Largest answer or relayed answer, encoded. [Serf LAN] */
  queryResponseMaxBytes: 1_024,
  /** Largest user event this node sends: name and payload, and again encoded. [Serf LAN] */
  userEventMaxBytes: 512,
  /** Largest tags, encoded. [memberlist: meta of an alive] */
  tagsMaxBytes: 512,
  /** Time between two looks for members to forget and intents to drop. [Serf LAN] */
  reapIntervalMs: 15_000,
  /** How long a failed member is kept. [Serf LAN] */
  reconnectTimeoutMs: 86_400_000,
  /** How long a member that left is kept. [Serf LAN] */
  tombstoneTimeoutMs: 86_400_000,
  /** How long an intent about an unknown name is kept. [Serf LAN] */
  intentTimeoutMs: 300_000,
  /** Time between two trims of the queues. [Serf LAN] */
  queueCheckIntervalMs: 30_000,
  /** Most broadcasts of one queue; the most often sent fall out. [Serf LAN] */
  queueMaxCount: 4_096,
  /** If above 0, a trim leaves this many or twice the members, whichever is more. [Serf LAN] */
  queueMinCount: 0,
  /** Whether a name conflict is put to the vote. [Serf LAN] */
  conflictResolution: oneOf("vote", "ignore"),
  /** Whether events from before this node's join are delivered to it. [Serf agent] */
  oldEvents: oneOf("ignore", "replay"),
  /** Whether this node keeps a Vivaldi coordinate. [Serf LAN] */
  coordinates: oneOf("on", "off"),

  /** Largest gossiped message taken in. [because: Serf's own ceiling for a user event] */
  messageMaxBytes: 9_216,
  /** Members in any state; a newcomer takes the place of who is gone the longest. [guess] */
  membersMaxCount: 65_536,
  /** Intents kept about unknown names; the oldest falls out. [guess] */
  intentsMaxCount: 4_096,
  /** Entries of one push/pull state that are read; the rest is ignored. [guess] */
  stateEntriesMaxCount: 65_536,
  /** Intents of such a state that are taken in one step. [because: 60,000 at once take 0.1 s] */
  stateSliceCount: 4_096,
  /** Events of one push/pull state that are read, the newest. [because: more take above 10 ms] */
  stateEventsMaxCount: 8_192,
  /** Different events or queries remembered of one Lamport time; more are ignored. [guess] */
  perTimeMaxCount: 128,
  /** Bytes of events remembered; the oldest times are forgotten, and refused later. [guess] */
  eventBufferMaxBytes: 4_194_304,
  /** Queries of this node that collect at once. [guess] */
  queriesMaxCount: 1_024,
  /** Queries of others that can be answered at once; the oldest falls out. [guess] */
  openQueriesMaxCount: 1_024,
  /** Longest time a query of others can be answered. [guess] */
  queryTimeoutMaxMs: 600_000,
  /** Filters of one query that are read; a query with more matches nobody. [guess] */
  filtersMaxCount: 16,
  /** Relays that this node asks for in a second, for its acks and answers. [guess] */
  relaysPerSecondCount: 512,
  /**
   * Tag filters of queries looked at in a second; the others match nothing. [because: an expression
   * can take 0.3 ms to compile, and a packet hold 800 of them]
   */
  tagFiltersPerSecondCount: 50,
  /**
   * How far a remote Lamport time may be ahead; messages beyond are dropped. [because: 35 years
   * of a thousand events a second, while one message cannot use up what numbers hold]
   */
  lamportJumpMaxCount: 2 ** 40,
} as const;

export type SerfOptions = OptionsOf<typeof serfDefaults>;

/** Rules across options, for `resolveOptions`. */
export function serfProblem(options: SerfOptions): string | undefined {
  if (options.eventBufferCount < 1 || options.queryBufferCount < 1) {
    return "eventBufferCount and queryBufferCount must be at least 1";
  }
  if (options.userEventMaxBytes > options.messageMaxBytes) {
    return "userEventMaxBytes must not exceed messageMaxBytes, or peers drop what is sent";
  }
  return undefined;
}
