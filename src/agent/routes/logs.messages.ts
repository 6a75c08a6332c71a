/** What the routes of operation logs answer. */
import type { NamedReplica } from "./replica-names.messages.ts";

/** An operation, as all replicas have executed it. */
export interface LogEntryAnswer {
  /** Its place in the list of this agent; concurrent ones may stand otherwise elsewhere. */
  readonly index: number;
  /** JSON with the signs of `json-value.ts` for what JSON cannot say. */
  readonly value: unknown;
  readonly from: string;
  readonly dot: { readonly origin: string; readonly seq: number };
  readonly clock: { readonly ms: number; readonly counter: number };
  /** Absent of entries that an agent of before wrote. */
  readonly order?: "causal" | "commutative" | "total";
  /**
   * Direct causes: what its author had seen, without what one of these had seen itself, as far as
   * its node knew. Two entries of which none leads to the other by them are concurrent. Absent
   * where the author did not say.
   */
  readonly causes?: readonly { readonly origin: string; readonly seq: number }[];
  /** So many more direct causes, of long ago, are not named. */
  readonly causesLeftOut?: number;
}

/** `GET /v1/logs`, by name. */
export interface LogsAnswer {
  readonly logs: readonly NamedReplica[];
}

/** `GET /v1/logs/:log?from=…&count=…&waitMs=…&after=…`. */
export interface LogAnswer {
  readonly log: string;
  /** "behind": this agent does not have all that `after` names. */
  readonly status: "ok" | "behind";
  readonly entries: readonly LogEntryAnswer[];
  /** Index of the next entry, from which to go on. */
  readonly next: number;
  /** Index of the oldest entry that is kept. */
  readonly first: number;
  /** Index of the entry that will come next. */
  readonly end: number;
  /** Names this state, for reads elsewhere and for what comes after it. */
  readonly after: string;
}

/** `POST /v1/logs/:log`. */
export interface LogAppendAnswer {
  readonly status: "written" | "known";
  readonly dot: { readonly origin: string; readonly seq: number };
  readonly durable: boolean;
  readonly after: string;
}
