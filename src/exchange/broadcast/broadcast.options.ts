/** The numbers of Hearsay's own broadcasts. */
export const broadcastDefaults = {
  /** Least time between two flushes; an idle node sends at once. [guess] */
  flushIntervalMs: 20,
  /** Peers sent to in a flush. [memberlist LAN: gossipNodes] */
  fanoutCount: 3,
  /** Packets sent to one peer in a flush while there is a backlog. [guess] */
  flushPacketsCount: 8,
  /**
   * Transmissions of a rumour by one node, times log10 of the Hearsay members; below ten, as many
   * as there are peers where that is more, up to twice the multiplier. [because: 50 members
   * at 10 % loss all hear it in 999 of 1,000 cases; with memberlist's 4 in 96 of 100]
   */
  retransmitMultiplier: 6,
  /** Rumours waiting; none is larger than a packet, which bounds the bytes too. [guess] */
  queueMaxCount: 4_096,
  /** Own rumours waiting before publishing is refused; the rest is room for others'. [guess] */
  queueOwnMaxCount: 2_048,
  /** After this time a rumour is no longer passed on. [because: a topic is live, not a log] */
  rumorLifetimeMs: 30_000,
  /** Largest encoded value. [because: DESIGN section 5: up to 1 MiB by stream] */
  valueMaxBytes: 1_048_576,
  /** Longest tag. [because: DNS-like names fit, and one length byte] */
  tagMaxBytes: 255,
  /** Tags whose rumours are remembered; the one longest unheard is forgotten. [guess] */
  tagsMaxCount: 256,
  /** Origins remembered of one tag; the one longest unheard is forgotten. [guess] */
  originsMaxCount: 1_024,
  /** Runs of rumours heard of one origin and tag; gaps before more count as heard. [guess] */
  gapsMaxCount: 256,
  /** Streams open at a time for rumours too large for a packet. [guess] */
  streamsMaxCount: 8,
  /** Letters waiting for a stream; further ones are refused. [guess] */
  lettersMaxCount: 4_096,
  /** Bytes of all different rumours that letters hold. [because: 32 of the largest] */
  lettersMaxBytes: 33_554_432,
  /** Deadline of one stream. [memberlist LAN: TCPTimeout] */
  streamTimeoutMs: 10_000,
  /** How often a letter is sent before it is given up. [guess] */
  streamAttemptsCount: 4,
  /** Wait before a failed letter is sent again, times the attempts so far. [guess] */
  streamRetryMs: 500,
  /** Random peers to whom a receiver of a large rumour sends it on. [because: one repairs most] */
  streamRelayCount: 1,
} as const;

type Widen<T> = T extends number ? number : T;
export type BroadcastOptions = {
  readonly [K in keyof typeof broadcastDefaults]: Widen<(typeof broadcastDefaults)[K]>;
};
