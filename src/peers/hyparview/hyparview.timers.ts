import type { PeerId } from "../../core/peer.ts";

export type HyParViewTimer =
  | { readonly kind: "shuffle" }
  | { readonly kind: "beacon" }
  | { readonly kind: "join" }
  /** The answer to request `number` to be neighbours has not come. */
  | { readonly kind: "unanswered"; readonly peer: PeerId; readonly number: number };

/** Those that say no more, made once: there may be 100,000 nodes. */
export const plainTimers = {
  shuffle: { kind: "shuffle" },
  beacon: { kind: "beacon" },
  join: { kind: "join" },
} as const;
