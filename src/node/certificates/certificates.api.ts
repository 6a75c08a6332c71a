/** What users type of convergence certificates: `node.everywhere` and what is like it. */
import type { Origin } from "../../core/peer.ts";
import type { PublicDot } from "../topics/topics.api.ts";

/** Why a member counts as having an update. */
export interface Evidence {
  readonly name: string;
  /** The life that has it: what another life of that name has, it has to tell itself. */
  readonly origin: Origin;
  /**
   * `own`: this node. `asked`: it said so when it was asked. `told`: it said so in anti-entropy,
   * where members compare what they have seen.
   */
  readonly how: "own" | "asked" | "told";
  /**
   * `held`: it holds the update. `succeeded`: what has replaced it. `seen`: it has seen it, and
   * holds it no more: replaced, refused by its schema, or dropped by a bound.
   */
  readonly standing: "held" | "succeeded" | "seen";
  /** What it has is on its disk; undefined where it did not say. */
  readonly durable: boolean | undefined;
  /** When this node heard it: wall-clock milliseconds. */
  readonly at: number;
}

/** A member that is not known to have an update, and why. */
export interface Missing {
  readonly name: string;
  /**
   * `unseen`: it has not seen it. `unheld`: it has seen it, and holds neither it nor a successor.
   * `closed`: it takes no part in the replica. `silent`: it has not answered. `unreachable`: no
   * link speaks to it. `absent`: nobody of this name lives.
   */
  readonly why: "unseen" | "unheld" | "closed" | "silent" | "unreachable" | "absent";
  /** When it said so; absent where it said nothing. */
  readonly at?: number;
}

/** Who was waited for, and then left or died. */
export interface GoneMember {
  readonly name: string;
  readonly how: "left" | "died";
  readonly at: number;
}

/**
 * Who is to have it. "members": every living Hearsay member. "replicas": of these, who is known to
 * take part in the replica. Names: just these. In all of them this node is one, unless names leave
 * it out. Who joins before the certificate is given is waited for, too.
 */
export type CertificateView = "members" | "replicas" | readonly string[];

/** Whom to ask, and how long to wait. */
export interface EverywhereOptions {
  /** After it a NotEverywhereError says who is missing. Default 10,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Default: "members" for infos, else "replicas". */
  readonly view?: CertificateView;
  /**
   * "held": every member is asked, and holds the update or what replaced it. "seen": it is enough
   * that it has seen it, which anti-entropy may have told already. Default: "held" for infos, else
   * "seen".
   */
  readonly proof?: "held" | "seen";
}

/** Every living member of a view has an update: who, and how that is known. */
export interface Certificate {
  /** As `node.replicas` names it. */
  readonly replica: string;
  readonly dot: PublicDot;
  /** Of infos. */
  readonly key?: string;
  readonly view: CertificateView;
  readonly proof: "held" | "seen";
  /** The life that says so. */
  readonly by: Origin;
  /** Wall-clock milliseconds. */
  readonly at: number;
  /** One of each living member of the view, by name. */
  readonly evidence: readonly Evidence[];
  /** Who was of the view when the wait began, or later, and lives no more. */
  readonly gone: readonly GoneMember[];
}

/** What is known when the time is over. */
export interface PartialCertificate extends Certificate {
  readonly missing: readonly Missing[];
}

/** One write, by the replica that it was made in and its dot. */
export interface UpdateName {
  /** As `node.replicas` names it; a topic may be called by its tag alone. */
  readonly replica: string;
  /** What its write resolved to. */
  readonly dot: PublicDot;
}
