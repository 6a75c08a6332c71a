import type { Dot } from "../../core/dot.ts";
import type { DotRange } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";

/** Its number in Hearsay's frame. */
export const PLUMTREE_CHANNEL = 4;
/** On links: its large messages, which do not hold up the small ones there. */
export const PLUMTREE_BULK_CHANNEL = 11;

/** A payload that says that it came farther is not believed. */
export const ROUND_MAX = 65_535;

/** That of what came with `round`, when it is passed on: peers must be able to believe it. */
export function nextRound(round: number): number {
  return Math.min(round + 1, ROUND_MAX);
}

/** All that a node has for one peer when it sends: one message, whatever is in it. */
export interface PlumtreeMessage {
  readonly kind: "batch";
  /** One for each replica that something is said about. */
  readonly parts: readonly Part[];
}

/** What is said about one replica, in the order in which the receiver takes it in. */
export interface Part {
  readonly replica: string;
  readonly gossips: readonly Gossip[];
  /** IHAVE. */
  readonly announced: readonly Announced[];
  /** IHAVE of large updates, which are fetched from one peer at a time. */
  readonly offered: readonly Offered[];
  /** The answer to GRAFT for what is not held, so that the next announcer is asked at once. */
  readonly lacked: readonly DotRange[];
  /** GRAFT with names: send these. */
  readonly wanted: readonly Announced[];
  /** GRAFT: from now on send me payloads. */
  readonly grafts: readonly Root[];
  /** PRUNE: from now on send me names only. */
  readonly prunes: readonly Root[];
}

/**
 * Which tree is meant: that of one publisher, or "", which is the one tree of a replica whose trees
 * are shared, and all trees where each publisher has its own.
 */
export type Root = Origin | "";

/** Updates of one origin with consecutive numbers that have come the same way. */
export interface Gossip {
  readonly origin: Origin;
  /** Number of the first update. */
  readonly first: number;
  /** Hops travelled: 0 from the publisher. */
  readonly round: number;
  readonly updates: readonly unknown[];
}

/** A run of dots, and the round that a payload would have come with. */
export interface Announced extends DotRange {
  readonly round: number;
}

/** The name of a large update, and the round that a payload would have come with. */
export interface Offered extends Dot {
  readonly round: number;
  /** What its sender says that it weighs. */
  readonly bytes: number;
}
