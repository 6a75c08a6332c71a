import type { Dot } from "../../core/dot.ts";
import type { HybridTime } from "../../core/hybrid-clock.ts";

/** On links. The number is for ever. */
export const CERTIFICATE_CHANNEL = 26;

/**
 * How a node stands to an update:
 *
 *   held       it holds it
 *   succeeded  it holds what has replaced it
 *   seen       it has seen it, and holds neither: replaced, refused by its schema, or dropped by a
 *              bound
 *   missing    it has not seen it
 *   closed     it takes no part in that replica
 */
export type Standing = "held" | "succeeded" | "seen" | "missing" | "closed";

/** Which update is asked after. */
export interface Subject {
  readonly replica: string;
  readonly dot: Dot;
  /** Of a replica of keys. */
  readonly write?: { readonly key: string; readonly clock: HybridTime } | undefined;
}

export interface HoldingQuestion {
  readonly kind: "question";
  readonly subject: Subject;
}

export interface HoldingAnswer {
  readonly kind: "answer";
  readonly boot: number;
  readonly standing: Standing;
  readonly durable: boolean;
}

export interface CertificateMessage {
  readonly id: number;
  /** The life that asks: an answer may come when the asker lives another. */
  readonly askerBoot: number;
  readonly content: HoldingQuestion | HoldingAnswer;
}
