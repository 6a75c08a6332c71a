import { type OptionsOf, oneOf } from "../../core/options.ts";

/** Links between Hearsay nodes. */
export const linksDefaults = {
  /** Time for the connection to stand. [memberlist LAN: TCPTimeout, halved] */
  dialTimeoutMs: 5_000,
  /** Time for both to say who they are, from when the connection stands. [guess] */
  introductionMaxMs: 5_000,
  /** Accepted, not known yet; a further one has the oldest cut off. [byzantine §5, doubled] */
  strangersMaxCount: 64,
  /** Of these, from one IP address. [byzantine §5] */
  strangersPerIpMaxCount: 32,
  /** Accepted from one IP address. [byzantine §5; because: many nodes may share one] */
  acceptsPerIpPerSecond: 100,
  /** IP addresses that the rate is kept of. [guess] */
  ipsMaxCount: 1_024,
  /** Peers that something is known or waits of; further ones cannot be reached. [guess] */
  peersMaxCount: 1_024,
  /** Silence after which a node says that it is there. [guess] */
  heartbeatIntervalMs: 5_000,
  /** Silence after which a peer's link is given up. [because: four heartbeats] */
  silenceMaxMs: 20_000,
  /** A link that nobody has used for so long is closed. [because: a dial costs 0.5 ms] */
  idleMaxMs: 60_000,
  /** Longest wait for the peer's last words. [guess] */
  goodbyeMaxMs: 2_000,
  /** Pause after a first failed dial; doubles, and half of it is left to the dice. [guess] */
  redialMinMs: 200,
  /** Longest pause between dials. [guess] */
  redialMaxMs: 10_000,
  /** What waits longer for a link goes back to its channel. [guess] */
  unsentMaxMs: 5_000,
  /** Frames are joined up to here and leave in one write. [bench/env: 64 KiB a read in Node] */
  recordTargetBytes: 65_536,
  /** Largest record that is taken. [byzantine §5] */
  recordMaxBytes: 1_048_576,
  /** Largest message; it travels in parts, one a record. [byzantine §5: burst of a peer] */
  messageMaxBytes: 16_777_216,
  /** Written ahead of what the system has taken. [because: four full records] */
  writeAheadBytes: 262_144,
  /** Bytes queued for a peer above which publishers wait and droppable frames give way. [guess] */
  queueHighWaterBytes: 1_048_576,
  /** Bytes queued for a peer; further ones are refused. [because: two largest messages] */
  queueMaxBytes: 33_554_432,
  /** Frames queued for a peer; further ones are refused. [guess] */
  queueMaxCount: 65_536,
  /** A peer above the high water for so long is slow: its link is closed. [guess] */
  slowPeerAfterMs: 10_000,
  /** Bytes held of records that are not whole, of all links. [because: as host.inboundHeld] */
  heldMaxBytes: 67_108_864,
  /** Whether links may lead through a third node, and this node is one for others. [because: what
   * is cut off is asked for, and a relay's bounds keep it small] */
  relay: oneOf("auto", "off"),
  /** A dial that takes longer is not waited for: another node is asked to relay. [guess] */
  relayAfterMs: 1_500,
  /** Nodes that are asked, one after another, before a peer counts as unreachable. [guess] */
  relaysTriedCount: 3,
  /** Pause between two dials of a peer that is reached by way of another; doubles. [guess] */
  returnMinMs: 5_000,
  /** Longest pause between them. [guess] */
  returnMaxMs: 60_000,
  /** Silence after which a link is given up whose path is known to be cut. [because: longer than a
   * heartbeat] */
  cutSilenceMaxMs: 7_500,
  /** Pairs of others whose links lead through this node; further ones are refused. [because: 32 MiB
   * of windows] */
  relayedPairsMaxCount: 64,
  /** Of these, begun by one peer. [guess] */
  relayedPerPeerMaxCount: 16,
  /** Bytes in a second that this node passes on for others, all together. [guess] */
  relayBytesPerSecond: 16_777_216,
} as const;

export type LinksOptions = OptionsOf<typeof linksDefaults>;
