import { type OptionsOf, oneOf } from "../../core/options.ts";

/** The numbers of rumour mongering. [Demers 1987 §1.4] */
export const rumorDefaults = {
  /** Which way rumors travel. [Karp 2000: both ways ends with the fewest transmissions] */
  mode: oneOf("pushPull", "push", "pull"),
  /** Whether contacts that were of no use count, or all. [Demers 1987 Tables 1 and 2] */
  feedback: oneOf("feedback", "blind"),
  /** How interest is lost: after so many cycles, by chance, or as Karp's. [Demers 1987 Table 1] */
  loss: oneOf("counter", "coin", "medianCounter"),
  /** Cycles that count until interest is lost (k); a coin: one in k. [because: residue 2e-4] */
  interestCount: 2,
  /** Whether two who know a rumor lose interest both, or the less tired one. [Demers §1.4] */
  minimization: oneOf("none", "smallerCounts"),
  /** Whether updates are sent at once, or announced and sent to those who lack them. [guess] */
  payloads: oneOf("eager", "announced"),
  /**
   * A larger update is announced all the same, unless feedback is blind. [because: most copies of a
   * rumor come to who knows it]
   */
  announceFromBytes: 65_536,
  /** How long one is waited for, once asked for, before another peer is. [guess] */
  largeWaitMs: 5_000,
  /** Peers that are called in a round. [Demers 1987 §1.4: one] */
  fanoutCount: 1,
  /** Least time between two rounds of a node that has something to tell. [guess] */
  roundIntervalMs: 100,
  /** Time between two rounds of a node that only asks, when all is quiet. [guess] */
  idleIntervalMs: 1_000,
  /** Rounds at once when there is news, or all nodes' in step (for experiments). [DESIGN §9] */
  rounds: oneOf("asynchronous", "synchronous"),
  /** Conversations a node takes part in for others in a cycle; 0 is all. [Demers §1.3] */
  connectionsMaxCount: 0,
  /** Other peers that are tried in a round when one is busy. [Demers 1987 §1.3: hunt limit] */
  huntsMaxCount: 1,
  /** Rounds after which a rumor is told no more, whatever is heard of it. [Karp 2000: O(ln n)] */
  hotRoundsMaxCount: 200,
  /**
   * How long a rumor that is told no more is named to who asks for names; 0 is not at all. Each
   * node asks once in idleIntervalMs, unless rounds are in step. [because: a node that nobody told
   * then asks three others or more]
   */
  namedForMs: 4_000,
  /** Rumors that are told at a time, and named; further ones push out the oldest. [guess] */
  hotMaxCount: 4_096,
  /** Bytes of updates in a message; a larger update travels alone. [because: one packet] */
  messageMaxBytes: 1_000,
  /** How long an answer is waited for; later ones are dropped. [because: several round trips] */
  answerTimeoutMs: 2_000,
  /** Callers whose feedback is waited for. [because: callers in a cycle are about 1, at most 10] */
  callersMaxCount: 256,
  /** Rumors taken from one peer; 0 is without bound. [because: see the adversary experiments] */
  peerRumorsPerSecond: 0,
  /** New rumors of one origin that are passed on; 0 is without bound. [because: as above] */
  originRumorsPerSecond: 0,
  /** Peers and origins whose budgets are kept; the one unused for longest is forgotten. [guess] */
  budgetsMaxCount: 4_096,
} as const;

export type RumorOptions = OptionsOf<typeof rumorDefaults>;

/** What no single option can say. */
export function checkRumorOptions(options: RumorOptions): string | undefined {
  const { feedback, interestCount, loss, minimization, mode, payloads } = options;
  if (interestCount < 1) return "interestCount must be 1 or more: with 0 nothing is ever told.";
  if (options.fanoutCount < 1) return "fanoutCount must be 1 or more: with 0 nobody is called.";
  if (options.roundIntervalMs <= 0) return "roundIntervalMs must be above 0.";
  const isBlind = feedback === "blind";
  if (payloads === "announced" && isBlind) {
    return 'payloads "announced" needs feedback "feedback": only who answers can want them.';
  }
  const isTwoWay = mode === "pushPull" && !isBlind;
  if (loss === "medianCounter" && !isTwoWay) {
    return 'loss "medianCounter" needs mode "pushPull" and feedback "feedback".';
  }
  if (minimization === "smallerCounts" && !(isTwoWay && loss === "counter")) {
    return 'minimization needs mode "pushPull", feedback "feedback" and loss "counter".';
  }
  return undefined;
}

/** Each new update goes to `fanoutCount` peers in each of `roundsCount` rounds; then silence. */
export function peersTimesRounds(fanoutCount: number, roundsCount: number) {
  return {
    mode: "push",
    feedback: "blind",
    loss: "counter",
    fanoutCount,
    interestCount: roundsCount,
  } as const;
}
