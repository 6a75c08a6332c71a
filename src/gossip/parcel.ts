import type { Origin } from "../core/peer.ts";
import type { RumorMessage } from "../exchange/rumor/rumor.messages.ts";
import type { SamplingMessage } from "../peers/sampling/sampling.messages.ts";

/** A message of one of a node's protocols. */
export type ParcelContent =
  | { readonly channel: "sampling"; readonly message: SamplingMessage }
  | { readonly channel: "rumor"; readonly message: RumorMessage };

/** What one node sends another: who it is from, and what for. */
export interface Parcel {
  readonly kind: "parcel";
  readonly from: Origin;
  readonly content: ParcelContent;
}
