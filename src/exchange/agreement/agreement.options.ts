/** The numbers of `node.settled`. */
export const agreementDefaults = {
  /** Time between two rounds of questions. [because: half a gossip interval of the LAN profile] */
  roundIntervalMs: 100,
  /**
   * Whoever has not answered for so long is asked once more. [because: above most round trips; and
   * at 10 % loss a second without it comes to nothing for every second who asks three]
   */
  askAgainMs: 250,
  /** How long answers are waited for before others are asked. [guess] */
  answerTimeoutMs: 1_000,
  /** Random peers asked in a round, all of whom must agree. [guess] */
  peersCount: 3,
  /** With no Hearsay peer: how long the membership must have stood still. [guess] */
  quietMs: 1_000,
  /** Callers that may wait at a time. [guess] */
  waitersMaxCount: 1_024,
} as const;

type Widen<T> = T extends number ? number : T;
export type AgreementOptions = {
  readonly [K in keyof typeof agreementDefaults]: Widen<(typeof agreementDefaults)[K]>;
};
