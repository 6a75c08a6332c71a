/** What the routes of operation logs answer. */

/** An operation, as all replicas have executed it. */
export interface LogEntryAnswer {
  /** Its place in the list of this agent; concurrent ones may stand otherwise elsewhere. */
  readonly index: number;
  /** JSON with the signs of `json-value.ts` for what JSON cannot say. */
  readonly value: unknown;
  readonly from: string;
  readonly dot: { readonly origin: string; readonly seq: number };
  readonly clock: { readonly ms: number; readonly counter: number };
}

/** `GET /v1/logs/:log?from=…&waitMs=…&after=…`. */
export interface LogAnswer {
  readonly log: string;
  /** "behind": this agent does not have all that `after` names. */
  readonly status: "ok" | "behind";
  readonly entries: readonly LogEntryAnswer[];
  /** Index of the next entry, from which to go on. */
  readonly next: number;
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
