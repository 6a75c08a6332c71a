import type { Origin } from "../../core/peer.ts";

/** Its number in Hearsay's frame. */
export const AGREEMENT_CHANNEL = 2;

/**
 * Whether two nodes see the same members, asked straight and answered straight.
 *
 *   A ── ask(round) ──────────────▶ B
 *   A ◀── digest(round, digest) ── B
 */
export type AgreementMessage = AskMessage | DigestMessage;

export interface AskMessage {
  readonly kind: "ask";
  readonly origin: Origin;
  /** Chosen by the asker and sent back, so that a late answer is not taken for a new one. */
  readonly round: number;
}
export interface DigestMessage {
  readonly kind: "digest";
  readonly origin: Origin;
  readonly round: number;
  /** SWIM's membership digest: 16 hexadecimal digits. */
  readonly digest: string;
}
