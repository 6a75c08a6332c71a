import type { QueryResponseMessage } from "./serf.messages.ts";

/** What Serf asks to be woken for. */
export type SerfTimer =
  | { readonly kind: "reap" }
  | { readonly kind: "queueCheck" }
  | { readonly kind: "queryEnd"; readonly lTime: number }
  /** This node's answer to its own query; it must not arrive within the step that asks. */
  | { readonly kind: "ownResponse"; readonly response: QueryResponseMessage }
  | { readonly kind: "prune"; readonly name: string }
  /** The next part of a large state is to be merged. */
  | { readonly kind: "stateSlice" }
  /** The leave was sent its full count; told while a packet is filled, so acted on a step later. */
  | { readonly kind: "leaveTold" }
  /** The current stage of the leave sequence has lasted as long as it may. */
  | { readonly kind: "leaveStage"; readonly stage: "telling" | "withdrawing" | "lingering" };
