import { type OptionsOf, oneOf } from "../../core/options.ts";

/** The numbers of epidemic broadcast trees. */
export const plumtreeDefaults = {
  /**
   * Whose tree a payload follows. "shared": one for all publishers, least state; "per-root": one
   * for each, shortest ways; "tolerant": shared, but cut only where several copies come, for many
   * publishers at once. [Leitão SRDS 2007 §3.8; riak_core; corrosion]
   */
  trees: oneOf("shared", "per-root", "tolerant"),
  /**
   * Longest a payload waits for others to share its message; an idle pipe sends at once. [because:
   * a flood of small messages is paid by the message]
   */
  flushIntervalMs: 1,
  /** Longest an announcement waits for a payload or others to share its message. [iroh-gossip] */
  announceIntervalMs: 5,
  /** Bytes of updates that are sent without waiting any longer. [because: 64 KiB fill a write] */
  batchMaxBytes: 65_536,
  /**
   * A larger update is announced to all neighbours and fetched once, from one of them at a time.
   * [because: a second copy of it costs more than a round trip]
   */
  announceFromBytes: 65_536,
  /** Large updates fetched at once; further ones wait. [because: they are held in parts] */
  fetchesMaxCount: 3,
  /** Those of them from one peer. [because: they share its link] */
  fetchesPerPeerMaxCount: 1,
  /** Least time for a large update that was asked for, before the next peer is asked. [guess] */
  fetchWaitMs: 2_000,
  /** What is added to it for each byte announced: slower is no progress. [guess] */
  fetchMinBytesPerSecond: 1_048_576,
  /** Larger sizes are not believed. [because: links carry no larger messages] */
  fetchMaxBytes: 16_777_216,
  /** How often one peer is asked for the same one. [guess] */
  fetchAttemptsCount: 3,
  /** Large updates that are waited for. [guess] */
  offersMaxCount: 1_024,
  /** Those of them that one peer announced. [guess] */
  offersPerPeerMaxCount: 256,
  /** Large updates that wait for a peer that has asked for them and takes no more. [guess] */
  largeWaitingMaxCount: 16,
  /** Least wait for the payload of an announced update before it is asked for. [iroh-gossip] */
  graftWaitMs: 80,
  /**
   * Most of that wait, which grows with how late payloads come. [because: at 100,000 updates a
   * second nobody holds what a topic without a history said a second ago]
   */
  graftWaitMaxMs: 1_000,
  /**
   * Hops by which an announcement must have been shorter than the way of the payload to change the
   * tree; 0 never does. [Leitão SRDS 2007 §4.1: 7 for many senders, 3 for one]
   */
  optimisationCount: 7,
  /** "tolerant": copies of one update that are taken without a word. [guess] */
  copiesCount: 2,
  /** Least time between two PRUNE to a peer for a tree. [because: copies are still on the way] */
  pruneIntervalMs: 100,
  /** The same for "tolerant" trees. [corrosion] */
  tolerantPruneIntervalMs: 1_000,
  /** How often the trees are compared with the view of peers. [because: events may be lost] */
  reconcileIntervalMs: 60_000,
  /** Publishers with a tree of their own; the one served longest drops out. [guess] */
  rootsMaxCount: 1_024,
  /** Runs of announced updates that are waited for, for each replica. [guess] */
  noticesMaxCount: 4_096,
  /** Those of them that one peer announced. [guess] */
  noticesPerPeerMaxCount: 512,
  /** Updates in one announced run that are waited for. [spec Plumtree B3] */
  noticeMaxCount: 10_000,
  /** Updates sent for one GRAFT; the rest is asked for again, or left to anti-entropy. [guess] */
  graftMaxCount: 16_384,
  /** Bytes of them. [because: a peer must not make this node send without end] */
  graftMaxBytes: 4_194_304,
  /** Updates that one peer is sent for its GRAFTs. [because: more than a flood brings meanwhile] */
  graftedPerSecond: 500_000,
  /** Bytes that wait for a peer that takes no more; then they become announcements. [guess] */
  queueMaxBytes: 1_048_576,
  /** Announcements that wait for a peer that takes no more; then they are dropped. [guess] */
  queueMaxCount: 1_024,
  /** How long a peer that takes no more is left alone. [guess] */
  congestedWaitMs: 20,
  /** Updates taken from one peer; 0 is without bound. [because: floods are an experiment so far] */
  peerBudgetPerSecond: 0,
  /** Updates taken of one origin; 0 is without bound. [because: as above] */
  originBudgetPerSecond: 0,
} as const;

export type PlumtreeOptions = OptionsOf<typeof plumtreeDefaults>;
