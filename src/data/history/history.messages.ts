/** One update of a history: bytes, and when their author wrote them. */
export interface HistoryUpdate {
  /** Milliseconds since the epoch on the author's clock; it never decreases per origin. */
  readonly atMs: number;
  readonly payload: Uint8Array;
}
