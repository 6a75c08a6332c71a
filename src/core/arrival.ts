import type { Address } from "./address.ts";
import type { Dot } from "./dot.ts";
import type { PeerId } from "./peer.ts";

/**
 * How an update came, or leaves:
 *
 *   broadcast     as a rumour in a packet of SWIM's
 *   mail          the same, too large for a packet: by a stream
 *   plumtree      along a tree
 *   rumor         told as a rumour in a round
 *   bulk          too large to be pushed: announced, asked for, and fetched
 *   anti-entropy  lacking here when two compared what they have: a repair
 */
export const arrivalMeans = [
  "broadcast",
  "mail",
  "plumtree",
  "rumor",
  "bulk",
  "anti-entropy",
] as const;

/** By what an update came to a node. */
export type ArrivalMeans = (typeof arrivalMeans)[number];

/** That an update came to this node, for people who follow one on its way. */
export interface Arrival {
  /** `copy`: it was known here. */
  readonly kind: "published" | "news" | "copy";
  readonly means: ArrivalMeans;
  /** The replica; or the tag, of what came by broadcast or mail. */
  readonly what: string;
  readonly dot: Dot;
  /** Who sent it, by name … */
  readonly from?: PeerId | undefined;
  /** … or, where a packet does not say it, by the address it came from. */
  readonly via?: Address | undefined;
}
