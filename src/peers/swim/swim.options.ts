import { type GivenOptions, type OptionsOf, oneOf, resolveOptions } from "../../core/options.ts";

/**
 * The numbers of SWIM and Lifeguard as HashiCorp memberlist sets them.
 * An interval of 0 switches its loop off. Source: specs/memberlist-wire.md section 19.
 */
export const swimDefaults = {
  /** Time between two probes begun by one node. [memberlist LAN] */
  probeIntervalMs: 1_000,
  /** Wait for a direct ack before others are asked; a relay waits as long. [memberlist LAN] */
  probeTimeoutMs: 500,
  /** How many members are asked to probe a silent one. [memberlist LAN] */
  indirectChecksCount: 3,
  /** Whether a silent member is also pinged over a stream. [memberlist LAN] */
  streamPing: oneOf("on", "off"),
  /** Bound of Lifeguard's health score, which scales the probe period. [memberlist LAN] */
  awarenessMaxMultiplier: 8,
  /**
   * Lifeguard's LHA-Probe: what the health score of this node stretches, the probe interval alone
   * or also the wait for a direct ack; "off" asks relays for no nacks either. [memberlist LAN]
   */
  lifeguardProbe: oneOf("interval", "intervalAndTimeout", "off"),
  /**
   * Lifeguard's LHA-Suspicion: a suspicion runs long and is shortened by independent accusers.
   * "off" is SWIM's one fixed time, the least one; "scaled" also multiplies it by this node's
   * health score + 1, so that a node that hears nobody buries nobody. [memberlist LAN]
   */
  lifeguardSuspicion: oneOf("on", "scaled", "off"),
  /**
   * Lifeguard's Buddy: who pings a suspect tells it of the suspicion; and so does who is pinged by
   * one, or by one it holds for dead. [memberlist LAN]
   */
  lifeguardBuddy: oneOf("on", "off"),
  /** Least suspicion time in probe intervals, times log10 of the cluster size. [memberlist LAN] */
  suspicionMultiplier: 4,
  /** Longest suspicion time as a multiple of the least. [memberlist LAN] */
  suspicionMaxTimeoutMultiplier: 6,
  /**
   * Independent accusers after the first that bring a suspicion to its least time; 0 stands for
   * `suspicionMultiplier` − 2. [memberlist LAN]
   */
  suspicionConfirmationsCount: 0,
  /**
   * How many of the members that hear of a suspicion probe the suspect in their next turn, so that
   * it is confirmed or refuted soon; 0 for none. [because: memberlist leaves it to chance]
   */
  suspectProbersCount: 0,
  /**
   * When a silent member is suspected: at the end of the period, or as soon as all who were asked
   * have said that they hear nothing either. [memberlist LAN]
   */
  probeVerdict: oneOf("atEnd", "early"),
  /**
   * Share of `probeTimeoutMs` after which a relay says that it hears nothing. Lifeguard says 0.8;
   * at 1 the word comes too late for a healthy asker. [memberlist LAN]
   */
  nackRatio: 1,
  /** Transmissions of a broadcast, times log10 of the cluster size. [memberlist LAN] */
  retransmitMultiplier: 4,
  /**
   * The same, at least, of the news that somebody joined. With memberlist's 2 of the profile
   * "local" it passes one member in 50 by, who waits for a push/pull: there it is 6. 1 is
   * memberlist's number in all profiles. [bench/join-convergence]
   */
  joinRetransmitMultiplier: 4,
  /** Time between two gossip rounds. [memberlist LAN] */
  gossipIntervalMs: 200,
  /** Members gossiped to in a round. [memberlist LAN] */
  gossipNodesCount: 3,
  /** How long dead members are still gossiped to, and then kept. [memberlist LAN] */
  gossipToTheDeadMs: 30_000,
  /** Time between two push/pulls, stretched in clusters above 32 nodes. [memberlist LAN] */
  pushPullIntervalMs: 30_000,
  /** Deadline of a whole stream exchange. [memberlist LAN] */
  streamTimeoutMs: 10_000,
  /**
   * Mean time between the early push/pulls of a newcomer, which end when it agrees with others; 0
   * leaves it to gossip, as memberlist does. [bench/join-convergence]
   */
  settleIntervalMs: 500,
  /** Most early push/pulls after one join. [bench/join-convergence] */
  settleRoundsCount: 8,
  /** Most members with which there are such push/pulls. [because: 1,000 take 100 KB each way] */
  settleMembersMaxCount: 1_000,
  /** Entries of a push/pull merged in one step. [because: 60,000 at once take 0.7 s] */
  mergeSliceCount: 256,
  /** States larger than that which wait to be merged; more are refused. [guess] */
  mergesMaxCount: 8,
  /** After this time a dead name may return from another address; 0 forbids it. [memberlist LAN] */
  deadNodeReclaimMs: 0,
  /** Longest wait of a leave for its broadcast. [because: Serf's BroadcastTimeout is 5 s] */
  leaveTimeoutMs: 5_000,
  /** Most members known, dead ones included; further ones are refused. [guess] */
  membersMaxCount: 65_536,
  /** Longest member name. [because: Serf refuses longer ones] */
  nameMaxBytes: 128,
  /** Most meta of a member. [because: memberlist refuses more] */
  metaMaxBytes: 512,
  /** Most indirect probes this node relays at a time. [guess] */
  relaysMaxCount: 1_024,
  /** How long the incarnation of a reaped member is kept. [Serf LAN: as a tombstone] */
  graveMs: 86_400_000,
  /** Reaped members whose incarnation is kept; 0 keeps none, as memberlist. [guess] */
  gravesMaxCount: 4_096,
  /** Most claimed ghosts that are asked, in a probe interval, whether they live. [guess] */
  ghostAsksMaxCount: 256,
  /** Links kept of the chain of evidence of one member. [guess] */
  evidenceMaxCount: 32,
  /** Chains of evidence kept of members reaped. [guess] */
  evidenceReapedMaxCount: 256,
  /** Members looked at for those who alone can take a passenger's broadcasts. [guess] */
  gossipSearchCount: 64,
} as const;

export type SwimOptions = OptionsOf<typeof swimDefaults>;

/** What the profiles change. `lan`, `wan`, `local`: specs/memberlist-wire.md section 19. */
export const swimProfiles = {
  lan: {},
  wan: {
    probeIntervalMs: 5_000,
    probeTimeoutMs: 3_000,
    suspicionMultiplier: 6,
    gossipIntervalMs: 500,
    gossipNodesCount: 4,
    gossipToTheDeadMs: 60_000,
    pushPullIntervalMs: 60_000,
    streamTimeoutMs: 30_000,
  },
  local: {
    probeTimeoutMs: 200,
    indirectChecksCount: 1,
    suspicionMultiplier: 3,
    retransmitMultiplier: 2,
    joinRetransmitMultiplier: 6,
    gossipIntervalMs: 100,
    gossipToTheDeadMs: 15_000,
    pushPullIntervalMs: 15_000,
    streamTimeoutMs: 1_000,
  },
  /**
   * `lan` that notices a death in half the time and buries fewer of the living, for 1.3 times the
   * packets while something is wrong; but who is silent for 4 s may be taken for dead, where `lan`
   * waits 8 s. On memberlist's wire: others in the cluster need not know. [bench/detection]
   */
  swift: {
    nackRatio: 0.8,
    lifeguardSuspicion: "scaled",
    suspicionMultiplier: 1,
    suspicionMaxTimeoutMultiplier: 12,
    suspicionConfirmationsCount: 5,
    suspectProbersCount: 12,
    retransmitMultiplier: 6,
  },
} as const satisfies Record<string, Partial<SwimOptions>>;

export type SwimProfile = keyof typeof swimProfiles;

/** A rule across options that makes no sense; undefined when all is well. */
export function swimProblem(options: SwimOptions): string | undefined {
  if (options.probeIntervalMs > 0 && options.probeTimeoutMs >= options.probeIntervalMs) {
    return "probeTimeoutMs must be below probeIntervalMs, or nobody is left time to ask others.";
  }
  if (options.membersMaxCount < 1) return "membersMaxCount must be 1 or more: this node is one.";
  return undefined;
}

/**
 * The numbers of a profile with what was given laid over them.
 * @throws HearsayError CONFIG_OPTION
 */
export function swimOptions(
  profile: SwimProfile,
  given: GivenOptions<typeof swimDefaults> = {},
): SwimOptions {
  const layered = { ...swimProfiles[profile], ...given };
  return resolveOptions("swim", swimDefaults, layered, swimProblem);
}
