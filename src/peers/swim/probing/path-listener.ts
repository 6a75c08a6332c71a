/** What one probe of ours has found out about the path to its target. */
export type ProbeOutcome =
  /** It answered our own ping, be it late: packets pass both ways. */
  | { readonly kind: "direct" }
  /** Our ping was not answered in time, but that of `by`, whom we asked. */
  | { readonly kind: "indirect"; readonly by: string }
  /** No packet brought an answer, but a stream did. */
  | { readonly kind: "stream" }
  /** Nobody reached it. */
  | { readonly kind: "none" };

/** Told at the end of each probe, within the step. Must not call back into SWIM but its queries. */
export interface PathListener {
  onProbed(name: string, outcome: ProbeOutcome): void;
}
