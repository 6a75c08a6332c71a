/** The numbers of a town in which one update spreads. */
export const spreadDefaults = {
  /** All of them, the one that writes among them. [Demers 1987 Table 1: 1,000 sites] */
  nodesCount: 1_000,
  /** Share of messages lost. [because: first without] */
  lossRatio: 0,
  /** Uniform, below half of a round, so that a round's messages come in it. [guess] */
  latencyMinMs: 5,
  /** The longest of them. [guess] */
  latencyMaxMs: 50,
  /** Peers that a node calls in a round, of rumours and anti-entropy. [Demers 1987 §1.4: one] */
  fanoutCount: 1,
  /** Calls in vain until a node loses interest in a rumour (k). [Demers 1987 Table 1] */
  interestCount: 2,
  /** Of flooding and trees, which run in an overlay of few neighbours. [Leitão 2007: about 5] */
  neighboursCount: 6,
  /** Of rumours, all nodes in step, and of anti-entropy, each in its own. [Demers 1987 §1.4] */
  roundIntervalMs: 1_000,
} as const;

export type SpreadNumbers = { readonly [Name in keyof typeof spreadDefaults]: number };
