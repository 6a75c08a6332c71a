import type { Dot } from "../../core/dot.ts";
import type { DotSet } from "../../core/dot-set.ts";

/** One update of a history: bytes, and when their author wrote them. */
export interface HistoryUpdate {
  /** Milliseconds since the epoch on the author's clock; it never decreases per origin. */
  readonly atMs: number;
  readonly payload: Uint8Array;
}

export type HistoryEntry = readonly [Dot, HistoryUpdate];

export type HistoryRecord =
  | { readonly kind: "update"; readonly dot: Dot; readonly update: HistoryUpdate }
  | { readonly kind: "forgotten"; readonly dots: DotSet }
  /** Whatever stands before it counts no more. */
  | { readonly kind: "discarded" };

export interface HistorySnapshot {
  readonly seen: DotSet;
  readonly forgotten: DotSet;
  readonly entries: readonly HistoryEntry[];
}
