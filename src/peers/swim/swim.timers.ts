import type { Address } from "../../core/address.ts";

/** Everything SWIM asks its host to be woken for. Plain data: it prints in traces. */
export type SwimTimer =
  | { readonly kind: "probeRound" }
  /** No ack in time: ask others. */
  | { readonly kind: "probeTimeout"; readonly seqNo: number }
  /** The probe period is over. */
  | { readonly kind: "probeEnd"; readonly seqNo: number }
  | { readonly kind: "relayTimeout"; readonly seqNo: number }
  | { readonly kind: "gossipRound" }
  | { readonly kind: "pushPullRound" }
  /** Those doubted in a join had time to refute: compare notes with the same peer again. */
  | { readonly kind: "pushPullAgain"; readonly with: Address }
  /** A newcomer compares notes early. */
  | { readonly kind: "settleRound" }
  /** The next part of a large state is to be merged. */
  | { readonly kind: "mergeSlice" }
  /** `serial` tells a suspicion from an earlier one about the same node. */
  | { readonly kind: "suspicion"; readonly node: string; readonly serial: number }
  | { readonly kind: "leaveTimeout" };
