/** On links: pieces of links that go by way of a third node. The number is for ever. */
export const RELAYED_CHANNEL = 25;

/**
 * Bytes of one passage, each way, that may be on their way before the other end has taken any.
 * Part of the wire: both ends count from here. [because: as `writeAheadBytes`]
 */
export const PASSAGE_WINDOW_BYTES = 262_144;
/** Largest piece. [because: as `recordTargetBytes`] */
export const PIECE_MAX_BYTES = 65_536;

/**
 * A passage is a pipe of bytes A ══ R ══ B, made of a half on each of R's links. Each half has a
 * number, given by whoever opened it: A on A–R, R on R–B. `numberOf` says whose number it is: the
 * sender's ("mine") or the receiver's ("yours").
 *
 *   A ──open──▶ R ──open──▶ B      over a link of R's own, so that none leads through two
 *   A ◀──piece and credit──▶ B     credit: bytes that were taken, and may be sent again
 *   A ◀──close──▶ B                whoever says it has no part in it any more
 */
export type RelayedMessage = {
  readonly numberOf: "mine" | "yours";
  readonly number: number;
} & (
  | { readonly kind: "open"; readonly origin: string; readonly target: string }
  | { readonly kind: "piece"; readonly bytes: Uint8Array }
  | { readonly kind: "credit"; readonly bytesCount: number }
  | { readonly kind: "close" }
);
