import type { DotSet } from "../../core/dot-set.ts";
import type { Delta } from "../replica.ts";

/** Its number in Hearsay's frame. */
export const ANTI_ENTROPY_CHANNEL = 3;

/**
 * One round between an initiator P and a peer Q, over any number of replicas at once.
 *
 *   P ── compare(hashes) ─────────▶ Q    what P has seen, as one number a replica
 *   P ◀── same ──────────────────── Q    all equal: the end
 *
 *   P ◀── digests(digest) ───────── Q    step 1, for the replicas that differ
 *   P ── wants(digest, wants) ────▶ Q    step 2
 *   P ◀── itemsWants(items, wants)─ Q    step 3
 *   P ── items(items) ────────────▶ Q    step 4
 *
 * Q may answer `busy` at the beginning. Nothing is ever sent again: a later round repairs.
 */
export type AntiEntropyMessage =
  | CompareMessage
  | SameMessage
  | BusyMessage
  | DigestsMessage
  | WantsMessage
  | ItemsWantsMessage
  | ItemsMessage;

interface OfRound {
  /** Chosen by the initiator. */
  readonly round: number;
}

export interface CompareMessage extends OfRound {
  readonly kind: "compare";
  readonly mode: ExchangeMode;
  readonly claims: readonly Claim[];
}

/** Which way updates travel, as the initiator sees it. */
export type ExchangeMode = "push" | "pull" | "pushPull";

/** What the sender has seen of one replica, in short. */
export interface Claim {
  readonly replica: string;
  readonly hash: number;
  /** The dots it has seen last. If they are all that the other lacks, no digest need travel. */
  readonly recent: DotSet;
}

export interface SameMessage extends OfRound {
  readonly kind: "same";
}

export interface BusyMessage extends OfRound {
  readonly kind: "busy";
}

export interface Digest {
  readonly replica: string;
  readonly seen: DotSet;
  /** "partial": cut by origin for its size; an origin that is not listed is unknown, not empty. */
  readonly extent: "whole" | "partial";
}

export interface DigestsMessage extends OfRound {
  readonly kind: "digests";
  readonly digests: readonly Digest[];
  /** Where P's recent dots are all that Q lacks: these, and no digest. P answers with `items`. */
  readonly wants: readonly Wants[];
}

export interface Wants {
  readonly replica: string;
  /** Dots that the other has offered, and only those. */
  readonly dots: DotSet;
}

export interface WantsMessage extends OfRound {
  readonly kind: "wants";
  readonly digests: readonly Digest[];
  readonly wants: readonly Wants[];
  /** The recent dots that step 1 wanted. */
  readonly items: readonly Items[];
}

export interface Items {
  readonly replica: string;
  readonly delta: Delta<unknown>;
}

export interface ItemsWantsMessage extends OfRound {
  readonly kind: "itemsWants";
  readonly items: readonly Items[];
  readonly wants: readonly Wants[];
}

export interface ItemsMessage extends OfRound {
  readonly kind: "items";
  readonly items: readonly Items[];
}
