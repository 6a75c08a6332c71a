import { type GivenOptions, resolveOptions } from "../../core/options.ts";

/** The numbers of HyParView: [Leitão 2007] is its paper, p9 its experimental setting. */
export const hyparviewDefaults = {
  /** Neighbours: the active view, 1 + fan-out. At least log10(n) + 1. [Leitão 2007 p9] */
  activeCount: 5,
  /** Peers known in reserve: the passive view. [Leitão 2007 p9: 6 × active] */
  passiveCount: 30,
  /** Links that a newcomer's walk goes at most (ARWL). [Leitão 2007 p9] */
  joinWalkCount: 6,
  /** Links left where the walk puts the newcomer into a passive view (PRWL). [Leitão 2007 p9] */
  passiveWalkCount: 3,
  /** Neighbours named in a shuffle. [Leitão 2007 p9] */
  shuffleActiveCount: 3,
  /** Reserve peers named in a shuffle. [Leitão 2007 p9] */
  shufflePassiveCount: 4,
  /** Links that a shuffle goes. [Leitão 2007 p9: as ARWL] */
  shuffleWalkCount: 6,
  /** Time between two shuffles, a quarter more or less. [iroh-gossip: 60 s] */
  shuffleIntervalMs: 60_000,
  /** Least wait for the answer to a request to be neighbours. [iroh-gossip: 500 ms] */
  neighborTimeoutMs: 500,
  /** The wait in measured times of such an answer. [because: TCP's rule of thumb] */
  neighborTimeoutRttMultiplier: 4,
  /** Requests in one search for neighbours; the next one begins with a loss or shuffle. [guess] */
  refillTriesCount: 30,
  /** First pause before seeds are asked again. [guess] */
  joinBackOffMinMs: 1_000,
  /** Longest such pause; it doubles. [guess] */
  joinBackOffMaxMs: 30_000,
  /** Seeds asked at a time. [because: one may be dead] */
  joinContactsCount: 2,
  /** A peer's second request that must not be refused, within it, may be. [spec A3] */
  highPriorityIntervalMs: 5_000,
  /**
   * Neighbours that give way to requests in a second, at most. [because: whoever joins in floods]
   */
  evictionsPerSecond: 20,
  /** Time between two beacons, and between two probes. [because: as shuffles] */
  beaconIntervalMs: 60_000,
  /** Beacons missed until another root is chosen. [guess] */
  beaconsMissedCount: 3,
  /** Probes after a merger that may change a neighbour, to mix what was apart. [guess] */
  mergeProbesCount: 5,
  /** Nodes of the whole overlay that ask a peer which another membership finds. [guess] */
  contactAsksCount: 2,
  /** Peers remembered that could not be reached, to try again. [guess] */
  lostMaxCount: 16,
  /** Messages taken from one peer in a second. [because: a contact forwards 4 for each newcomer] */
  peerMessagesPerSecond: 256,
  /** Reserve peers taken from one neighbour between two shuffles. [because: two shuffles' worth] */
  passivePerPeerCount: 16,
  /**
   * Reserve peers taken from all who are no neighbours, in that time. [because: as above, twice]
   */
  passivePerStrangersCount: 32,
  /** Links of peers that are no neighbours; the oldest is closed for one more. [guess] */
  strangersMaxCount: 64,
  /** How long such a link may stay. [guess] */
  strangerTimeoutMs: 10_000,
  /** Most bytes of what travels with a peer's name. [because: memberlist's meta] */
  dataMaxBytes: 512,
} as const;

export type HyParViewOptions = { readonly [Name in keyof typeof hyparviewDefaults]: number };

/** Settings by name, as changes of the defaults. */
export const hyparviewProfiles = {
  /** Up to a million nodes: active views of at least log10(n) + 1. [spec A1] */
  large: { activeCount: 7, passiveCount: 42 },
} as const;

/** Why options that are each in range make no sense together; undefined when they do. */
export function hyparviewProblem(options: HyParViewOptions): string | undefined {
  if (options.activeCount < 1) return "activeCount must be 1 or more: nobody to talk to.";
  if (options.passiveWalkCount > options.joinWalkCount) {
    return "passiveWalkCount must be at most joinWalkCount: the walk never gets there.";
  }
  if (options.joinBackOffMinMs > options.joinBackOffMaxMs) {
    return "joinBackOffMinMs must be at most joinBackOffMaxMs.";
  }
  if (Math.min(options.shuffleIntervalMs, options.beaconIntervalMs) < 1) {
    return "shuffleIntervalMs and beaconIntervalMs must be 1 or more.";
  }
  return undefined;
}

/** @throws HearsayError CONFIG_OPTION */
export function hyparviewOptions(
  given: GivenOptions<typeof hyparviewDefaults> = {},
): HyParViewOptions {
  return resolveOptions("hyparview", hyparviewDefaults, given, hyparviewProblem);
}
