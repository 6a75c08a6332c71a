import type { Dot } from "../../core/dot.ts";
import type { DotSet } from "../../core/dot-set.ts";
import type { FlowReport } from "../../core/flow-control.ts";
import type { Delta } from "../replica.ts";

/** Its number in Hearsay's frame. */
export const ANTI_ENTROPY_CHANNEL = 3;

/**
 * One round between an initiator P and a peer Q, over any number of replicas at once.
 *
 *   P ── compare(hashes) ──────────▶ Q   what P has seen, as one number a replica
 *   P ◀── same ───────────────────── Q   all equal: the end
 *
 *   P ◀── digests(digest) ────────── Q   step 1, for the replicas that differ
 *   P ── wants(digest, wants) ─────▶ Q   step 2
 *   P ◀── itemsWants(items, wants) ─ Q   step 3
 *   P ── items(items) ─────────────▶ Q   step 4
 *
 * Steps 2 and 3 repeat, without digests, while either side wants more than a message carries.
 *
 * Where a digest would be long, the two first find out in which runs of dots they differ, and step
 * 1 lists these only:
 *
 *   P ◀── sketch(symbols) ────────── Q   instead of step 1
 *   P ── more ─────────────────────▶ Q   as often as needed; answered by `sketch`
 *   P ── differing(keys) ──────────▶ Q   answered by step 1; again, until all keys are named
 *
 * Q may answer `busy` at the beginning. Nothing is ever sent again: a later round repairs.
 */
export type AntiEntropyMessage =
  | CompareMessage
  | SameMessage
  | BusyMessage
  | SketchMessage
  | MoreMessage
  | DifferingMessage
  | DigestsMessage
  | WantsMessage
  | ItemsWantsMessage
  | ItemsMessage;

interface OfRound {
  /** Chosen by the initiator. */
  readonly round: number;
  /** 0 for `compare`, and one more with each answer: what came twice or out of turn is dropped. */
  readonly turn: number;
}

export interface CompareMessage extends OfRound {
  readonly kind: "compare";
  readonly mode: ExchangeMode;
  readonly claims: readonly Claim[];
  /** Absent where writers are not held back. */
  readonly flow?: FlowReport;
}

/** Which way updates travel, as the initiator sees it. */
export type ExchangeMode = "push" | "pull" | "pushPull";

/** What the sender has seen of one replica, in short. */
export interface Claim {
  readonly replica: string;
  readonly hash: number;
  /** The dots it has seen last. If they are all that the other lacks, no digest need travel. */
  readonly recent: DotSet;
  /** How many dots it has seen. */
  readonly size: number;
  /** Where the list of the other's dots goes on, that came in pieces; see `Digest.next`. */
  readonly resume?: Dot;
}

export interface SameMessage extends OfRound {
  readonly kind: "same";
}

export interface BusyMessage extends OfRound {
  readonly kind: "busy";
}

/**
 * What the symbols of a sketch are made of: every dot, or every gapless run of dots, as one item.
 */
export type SketchUnit = "dots" | "runs";

export interface SketchMessage extends OfRound {
  readonly kind: "sketch";
  readonly replica: string;
  readonly unit: SketchUnit;
  /** 32 bits that went into every key. */
  readonly salt: number;
  /** Index of the first symbol. */
  readonly first: number;
  /** As `CodedSymbols` writes them. */
  readonly symbols: Uint8Array;
  /** Bytes that a whole digest would take: what the sketch must stay below. */
  readonly digestBytes: number;
}

export interface MoreMessage extends OfRound {
  readonly kind: "more";
  readonly replica: string;
  readonly first: number;
  readonly count: number;
}

export interface DifferingMessage extends OfRound {
  readonly kind: "differing";
  readonly replica: string;
  /** Keys of what only Q has, 8 bytes each; "unknown": the sketch was given up for digests. */
  readonly keys: Uint8Array | "unknown";
}

export interface Digest {
  readonly replica: string;
  readonly seen: DotSet;
  /** "partial": cut for its size; a dot that is not listed is unknown, not missing. */
  readonly extent: "whole" | "partial";
  /** How many dots its sender has seen, listed or not. */
  readonly size: number;
  /** The first dot of the piece after this one, where a long digest travels in pieces. */
  readonly next?: Dot;
}

export interface DigestsMessage extends OfRound {
  readonly kind: "digests";
  readonly digests: readonly Digest[];
  /** As of before the two were told of each other's. */
  readonly flow?: FlowReport;
  /** Where P's recent dots are all that Q lacks: these, and no digest. P answers with `items`. */
  readonly wants: readonly Wants[];
}

export interface Wants {
  readonly replica: string;
  /** Dots that the other has offered, and only those. Empty: all that it has just offered. */
  readonly dots: DotSet;
}

export interface WantsMessage extends OfRound {
  readonly kind: "wants";
  readonly digests: readonly Digest[];
  readonly wants: readonly Wants[];
  /** What Q wanted last: the recent dots of step 1, and later those of step 3. */
  readonly items: readonly Items[];
  /** True when P will want more in this round. */
  readonly more: boolean;
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
