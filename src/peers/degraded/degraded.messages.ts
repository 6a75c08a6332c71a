/** Its number in Hearsay's frame. */
export const DEGRADED_CHANNEL = 20;

/**
 * What a node says of its own health, straight to its peers: nobody passes it on, so nobody can say
 * it of another.
 *
 *   A ── claim(degraded, lease) ──▶ B, C, …     when it was busy, and again while it is
 *   A ── claim(well) ─────────────▶ B, C, …     when it has been quiet for long enough
 */
export interface ClaimMessage {
  readonly kind: "claim";
  /** The life that speaks. */
  readonly boot: number;
  /** Grows with each claim of one life: milliseconds since the epoch, and one more if need be. */
  readonly seq: number;
  readonly health: "well" | "degraded";
  /** How long it holds unless it is repeated. */
  readonly leaseMs: number;
  readonly trouble: Trouble;
}

/** How busy a node has been. */
export interface Trouble {
  /** The longest time for which its event loop did not turn. */
  readonly delayMs: number;
  /** The longest pause of its garbage collector. */
  readonly gcMs: number;
}

export type DegradedTimer =
  /** Say it again. */
  | { readonly kind: "renew" }
  /** Nothing more was heard of the claim `serial` of `name`. */
  | { readonly kind: "lease"; readonly name: string; readonly serial: number };
