import type { OptionsOf } from "../../core/options.ts";

/** What a node remembers of the ways of messages, and how others are asked for it. */
export const tracesDefaults = {
  /** Messages whose arrivals are remembered; the oldest is forgotten. 0: none. [guess] */
  keptMaxCount: 512,
  /** Arrivals of one message: later copies are not. [because: more than anybody has neighbours] */
  arrivalsMaxCount: 32,
  /** Nodes that are asked at once; in larger clusters as many, drawn evenly. [guess] */
  askedMaxCount: 128,
  /** How long an answer is waited for. [because: a link is dialled in less] */
  answerTimeoutMs: 1_500,
  /** Rounds of asking that are under way; more are refused. [guess] */
  roundsMaxCount: 32,
} as const;

export type TracesOptions = OptionsOf<typeof tracesDefaults>;
