import type { PeerId } from "../../core/peer.ts";

/** Its number in Hearsay's frame. */
export const SAMPLING_CHANNEL = 7;

/** What one node says of a peer: [Jelasity 2007 §3.1, "node descriptor"]. */
export interface Descriptor {
  readonly peer: PeerId;
  /** Rounds since the peer itself wrote it. */
  readonly age: number;
  /** What a host needs to reach the peer; the protocol never looks into it. */
  readonly data: Uint8Array;
}

/** A peer that left, and how many rounds ago. */
export interface Goodbye {
  readonly peer: PeerId;
  readonly age: number;
}

/** One of the smallest hashes of all names in the cluster, and when its owner last renewed it. */
export interface SketchCell {
  /** 32 bits. */
  readonly hash: number;
  readonly age: number;
}

interface Sample {
  readonly descriptors: readonly Descriptor[];
  readonly goodbyes: readonly Goodbye[];
  readonly sketch: readonly SketchCell[];
}

/**
 *   P ── offer ───▶ Q     descriptors (none where views are only pulled)
 *   P ◀── answer ── Q     when P wants one
 *
 *   P ── goodbye ─▶ all   P leaves
 */
export type SamplingMessage = OfferMessage | AnswerMessage | GoodbyeMessage;

export interface OfferMessage extends Sample {
  readonly kind: "offer";
  /** 32 random bits, which the answer repeats: who was not asked cannot answer. */
  readonly token: number;
  readonly answer: "wanted" | "none";
}

export interface AnswerMessage extends Sample {
  readonly kind: "answer";
  readonly token: number;
}

export interface GoodbyeMessage {
  readonly kind: "goodbye";
}
