import { type GivenOptions, type OptionsOf, oneOf, resolveOptions } from "../../core/options.ts";

/** The numbers of peer sampling. Counts of ages and spans are in rounds. */
export const samplingDefaults = {
  /** Peers in the view: the paper's c. [Jelasity 2007: 30] */
  viewMaxCount: 30,
  /** Descriptors in one message, this node's own among them. [Jelasity 2007: c/2] */
  exchangeMaxCount: 15,
  /** Whom to exchange with: any, the oldest (tail) or the youngest (head). [Jelasity 2007: tail] */
  peerSelection: oneOf("tail", "random", "head"),
  /** Which way views travel. [Jelasity 2007: push alone wears out, pull alone ends in a star] */
  propagation: oneOf("pushPull", "push", "pull"),
  /**
   * Who stays where there are too many: by `healCount` and `swapCount`, at random (blind), the
   * youngest (head) or the oldest (tail). [Jelasity 2007; head and tail: Jelasity 2004]
   */
  viewSelection: oneOf("healSwap", "blind", "head", "tail"),
  /** Oldest descriptors that go first: the paper's H. [sim sampling-healing: 1 heals] */
  healCount: 1,
  /** Descriptors sent that go next: the paper's S. [Jelasity 2007: H + S = c/2] */
  swapCount: 14,
  /** What becomes of the partner's descriptor in an exchange. [Cyclon 2005 §2: given away] */
  partner: oneOf("kept", "given"),
  /** What becomes of a peer that does not answer. [because: an address that is dead is no peer] */
  silence: oneOf("removes", "ignored"),
  /** Time between two rounds. [because: SWIM and anti-entropy have the same] */
  roundIntervalMs: 1_000,
  /** By how much a round may come early or late. [because: rounds in step make bursts] */
  roundJitterRatio: 0.1,
  /** How long an answer is waited for. [memberlist LAN: a probe's timeout] */
  answerTimeoutMs: 500,
  /** Age at which a descriptor is dropped; 0: never. [because: four times the view's size] */
  entryMaxCount: 120,
  /** A contact is asked every so many rounds, so that islands meet again; 0: never. [guess] */
  contactEveryCount: 60,
  /** Addresses kept to join by. [guess] */
  contactsMaxCount: 64,
  /** The dead and the departed that are not taken back on hearsay. [guess] */
  gravesMaxCount: 512,
  /** How long a departure is passed on. [because: news crosses 10,000 nodes in 14 rounds] */
  goodbyeMaxCount: 20,
  /** Departures in one message. [because: 8 names fit beside the descriptors] */
  goodbyesMaxCount: 8,
  /** Hashes that count the population; 0: not counted. [because: its error is 1/√30, or 18 %] */
  sketchMaxCount: 32,
  /** Age at which a hash is dropped that its owner does not renew. [because: twice the crossing] */
  sketchAgeMaxCount: 40,
  /** Offers taken of one peer in a round; 0: any number. [because: one is usual, two may meet] */
  peerOffersMaxCount: 4,
  /** Offers taken of all peers in a round; 0: any number. [because: a flood must end somewhere] */
  offersMaxCount: 2_048,
} as const;

export type SamplingOptions = OptionsOf<typeof samplingDefaults>;

/**
 * Published protocols as settings of the framework. What they do not settle is as by default: who
 * is silent is dropped, of which the papers do not speak (but for Cyclon).
 */
export const samplingPresets = {
  /** The youngest of both whole views stay. [Newscast 2003; Jelasity 2004: rand, head, pushpull] */
  newscast: {
    peerSelection: "random",
    viewSelection: "head",
    exchangeMaxCount: 30,
  },
  /** H = c/2, S = 0. [Jelasity 2007] */
  healer: { healCount: 15, swapCount: 0 },
  /** H = 0, S = c/2. [Jelasity 2007] */
  swapper: { healCount: 0, swapCount: 15 },
  /** H = S = 0. [Jelasity 2007] */
  blind: { viewSelection: "blind" },
  /** Partners trade places in each other's views, and who is silent has lost his. [Cyclon 2005] */
  cyclon: { healCount: 0, swapCount: 15, partner: "given" },
} as const satisfies Record<string, Partial<SamplingOptions>>;

export type SamplingPreset = keyof typeof samplingPresets;

/** A rule across options that makes no sense; undefined when all is well. */
export function samplingProblem(options: SamplingOptions): string | undefined {
  if (options.viewMaxCount < 1) return "viewMaxCount must be 1 or more: nobody to sample.";
  if (options.exchangeMaxCount < 1) {
    return "exchangeMaxCount must be 1 or more: a node tells of itself.";
  }
  if (options.roundIntervalMs < 1) return "roundIntervalMs must be 1 or more.";
  return undefined;
}

/** @throws HearsayError CONFIG_OPTION */
export function samplingOptions(
  given: GivenOptions<typeof samplingDefaults> = {},
): SamplingOptions {
  return resolveOptions("sampling", samplingDefaults, given, samplingProblem);
}
