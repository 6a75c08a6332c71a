import type { Dot } from "../../core/dot.ts";

/** The number of the rumor channel in Hearsay's frame. */
export const RUMOR_CHANNEL = 5;
/** On links: its large messages, which do not hold up the small ones there. */
export const RUMOR_BULK_CHANNEL = 12;

/** Which way rumors travel in a call, as the caller sees it. [Demers 1987 §1.4] */
export type RumorMode = "push" | "pull" | "pushPull";

/**
 * How a node stands to a rumor. A hot one is told by its counter, plus 1; the others are:
 */
export const standings = {
  /** Not known when the cycle began. If it was only announced, it is wanted. */
  unknown: 0,
  /** The highest counter that is told as it is. */
  hottest: 250,
  /** Not known when the cycle began; somebody else has been asked for it. */
  expected: 252,
  /** Told for some rounds more, whatever is heard of it (state C). [Karp 2000] */
  cooling: 254,
  /** Known, and told no more; only named to who asks for names. */
  cold: 255,
} as const;

/** One hot rumor, told or only announced. */
export interface Told {
  readonly replica: string;
  readonly dot: Dot;
  /** undefined when it is only announced. */
  readonly update: unknown;
  /** How the sender stands to it: one of `standings`, or its counter plus 1. */
  readonly standing: number;
  /** Messages it has taken from its author to the receiver. */
  readonly hops: number;
}

/**
 * A conversation of one round:
 *
 *   caller → callee   knock               where connections are limited and there is much to say
 *          ←          welcome | busy
 *          →          call                the caller's rumors, and whether it asks for others
 *          ←          answer              how the callee stood to them, its own rumors, and the
 *                                         names of those it tells no more
 *          →          feedback            how the caller stood to those
 *          ⇄          payloads            what was announced and is wanted
 *
 * `round` is chosen by the caller and comes back in all that belongs to it.
 */
export type RumorMessage =
  | { readonly kind: "knock"; readonly round: number }
  | { readonly kind: "welcome"; readonly round: number }
  | { readonly kind: "busy"; readonly round: number }
  | CallMessage
  | AnswerMessage
  | FeedbackMessage
  | PayloadsMessage;

export interface CallMessage {
  readonly kind: "call";
  readonly round: number;
  readonly mode: RumorMode;
  /** Whether the caller wants to know how the callee stood to what it is told. */
  readonly feedback: "feedback" | "blind";
  /** Whether the caller also wants the names of what the callee tells no more. */
  readonly wantsNames: boolean;
  readonly rumors: readonly Told[];
}

export interface AnswerMessage {
  readonly kind: "answer";
  readonly round: number;
  readonly feedback: "feedback" | "blind";
  /** Of the rumors of the call, in their order; empty where the caller is blind. */
  readonly standings: readonly number[];
  readonly rumors: readonly Told[];
}

export interface FeedbackMessage {
  readonly kind: "feedback";
  readonly round: number;
  /** Of the rumors of the answer, in their order. */
  readonly standings: readonly number[];
}

export interface PayloadsMessage {
  readonly kind: "payloads";
  readonly round: number;
  readonly rumors: readonly Told[];
}
