import { type GivenOptions, type OptionsOf, oneOf, resolveOptions } from "../../core/options.ts";

/** The numbers of heartbeats that nodes gossip, and of the detector that goes by silence alone. */
export const heartbeatDefaults = {
  /** A node's heart beats, and it tells somebody, so often: T_gossip. [Akka, Cassandra: 1 s] */
  roundIntervalMs: 1_000,
  /**
   * "gossip": all that was heard goes to one random peer. "neighbours": the own beat alone goes to
   * every neighbour of the view, which hears of nobody else. [van Renesse 1998; Akka]
   */
  spread: oneOf("gossip", "neighbours"),
  /** Peers that are told in one round of gossip. [van Renesse 1998 §2: 1] */
  fanoutCount: 1,
  /** Largest message; what a longer list has goes in parts. [because: it fits into a packet] */
  messageMaxBytes: 1_100,
  /** Silence after which a peer is dead: T_fail; 0: by the next two. [van Renesse 1998 §3] */
  failAfterMs: 0,
  /** That anybody misses a beat of a living member for T_fail. [van Renesse 1998: 10⁻⁶] */
  mistakeRatio: 0.000_001,
  /** Share of messages that are thought to be lost. [van Renesse 1998 §3: 0.05] */
  lossRatio: 0.05,
  /**
   * Silence after which the dead are forgotten: T_cleanup, never before twice the silence that
   * they were found dead by. [van Renesse 1998 §2: 2 T_fail; ours: people ask, for 15 min]
   */
  cleanupAfterMs: 900_000,
  /** Peers in the list. Beyond, the dead give way, then newcomers wait. [as SWIM's members] */
  peersMaxCount: 4_096,
  /** The forgotten whose old beats are still told from new ones. [chitchat: 500] */
  gravesMaxCount: 1_024,
  /** Messages of one round that are read. [because: a flood must end somewhere] */
  messagesMaxCount: 1_024,
  /** Those of one peer: it shall not drown the others. [because: one comes, or a few at once] */
  messagesPerPeerMaxCount: 16,
  /** A beat so far ahead of this node's clock is not believed. [spec scuttlebutt §6: 24 h] */
  aheadMaxMs: 86_400_000,
  /** Broadcasts find each other again after a catastrophe. [van Renesse 1998 §4] */
  broadcast: oneOf("off", "on"),
  /** Somebody surely broadcasts so long after the last one. [van Renesse 1998 §4: 20 s] */
  broadcastMaxMs: 20_000,
  /** The first one of all is expected after so long. [van Renesse 1998 §4: 10 s] */
  broadcastMeanMs: 10_000,
  /** Peers that a broadcast goes to. [guess] */
  broadcastMaxCount: 1_024,
  /** A round so late says that this node stood still: it condemns nobody then. [Cassandra: 5 s] */
  localPauseMs: 5_000,
  /** What is kept of the course of one peer. [as SWIM's evidence] */
  evidenceMaxCount: 16,
} as const;

export type HeartbeatOptions = OptionsOf<typeof heartbeatDefaults>;

/** A rule across options that makes no sense; undefined when all is well. */
export function heartbeatProblem(options: HeartbeatOptions): string | undefined {
  const { broadcastMaxMs, broadcastMeanMs, failAfterMs, localPauseMs } = options;
  const { lossRatio, mistakeRatio, roundIntervalMs } = options;
  if (roundIntervalMs < 1) return "roundIntervalMs must be 1 or more.";
  if (options.fanoutCount < 1) return "fanoutCount must be 1 or more: nobody would hear.";
  if (options.messageMaxBytes < 200) return "messageMaxBytes must be 200 or more: one long name.";
  if (failAfterMs !== 0 && failAfterMs < 2 * roundIntervalMs) {
    return "failAfterMs must be two rounds or more: a single lost message kills else.";
  }
  if (mistakeRatio < 1e-12) return "mistakeRatio must be 1e-12 or more: nothing is that sure.";
  if (lossRatio > 0.95) return "lossRatio must be 0.95 at most: nothing would come through.";
  if (options.peersMaxCount < 1) return "peersMaxCount must be 1 or more: nobody to judge.";
  if (options.messagesMaxCount < 1 || options.messagesPerPeerMaxCount < 1) {
    return "messagesMaxCount and messagesPerPeerMaxCount must be 1 or more: nobody is heard else.";
  }
  if (options.gravesMaxCount < 1) return "gravesMaxCount must be 1 or more.";
  if (localPauseMs < 2 * roundIntervalMs) return "localPauseMs must be two rounds or more.";
  if (broadcastMeanMs < 1_000 || broadcastMaxMs < broadcastMeanMs + 1_000) {
    return "broadcastMeanMs must be 1,000 or more, and broadcastMaxMs a second more than that.";
  }
  if (broadcastMaxMs > 3_600_000) return "broadcastMaxMs must be an hour at most.";
  return undefined;
}

/** @throws HearsayError CONFIG_OPTION */
export function heartbeatOptions(
  given: GivenOptions<typeof heartbeatDefaults> = {},
): HeartbeatOptions {
  return resolveOptions("heartbeat", heartbeatDefaults, given, heartbeatProblem);
}
