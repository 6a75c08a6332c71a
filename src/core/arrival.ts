import type { Address } from "./address.ts";
import type { Dot } from "./dot.ts";
import type { PeerId } from "./peer.ts";

/** That an update came to this node, for people who follow one on its way. */
export interface Arrival {
  /** `copy`: it was known here. */
  readonly kind: "published" | "news" | "copy";
  /** The replica, or the tag of a broadcast. */
  readonly what: string;
  readonly dot: Dot;
  /** Who sent it, by name … */
  readonly from?: PeerId | undefined;
  /** … or, where a packet does not say it, by the address it came from. */
  readonly via?: Address | undefined;
}
