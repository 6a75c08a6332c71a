/** What the routes of versions answer. */
import type { NamedReplica } from "./replica-names.messages.ts";

export interface SiblingAnswer {
  /** JSON with the signs of `json-value.ts` for what JSON cannot say. */
  readonly value: unknown;
  readonly from: string;
  readonly dot: { readonly origin: string; readonly seq: number };
  readonly clock: { readonly ms: number; readonly counter: number };
}

interface SiblingsAnswer {
  readonly values: readonly unknown[];
  readonly siblings: readonly SiblingAnswer[];
  /** To be given to the write that replaces them. */
  readonly context: string;
}

/** `GET /v1/versions/:store/:key`. */
export interface VersionAnswer extends SiblingsAnswer {
  readonly store: string;
  readonly key: string;
}

/** A write that nothing has replaced here, and what its author had seen of the store. */
export interface KnownVersionAnswer extends Omit<SiblingAnswer, "value"> {
  /** Absent: it deleted what it had seen. */
  readonly value?: unknown;
  readonly seen: readonly {
    readonly origin: string;
    readonly first: number;
    readonly last: number;
  }[];
}

/** `GET /v1/versions/:store/:key/history`: what the store keeps of how the key came to be so. */
export interface VersionHistoryAnswer {
  readonly store: string;
  readonly key: string;
  readonly versions: readonly KnownVersionAnswer[];
  /** Writes that these have replaced: remembered for a while, without their values. */
  readonly replaced: readonly { readonly origin: string; readonly seq: number }[];
  /** To be given to the write that replaces all of `versions`. */
  readonly context: string;
}

/** `GET /v1/versions`, by name. */
export interface VersionStoresAnswer {
  readonly stores: readonly NamedReplica[];
}

/** `GET /v1/versions/:store?pattern=…`, by key. */
export interface VersionsAnswer {
  readonly store: string;
  /** `conflict`: it has several values. */
  readonly keys: readonly { readonly key: string; readonly conflict: boolean }[];
}

/** `PUT` and `DELETE /v1/versions/:store/:key`. */
export type VersionWriteAnswer =
  | {
      readonly status: "ok";
      readonly context: string;
      /** Absent: there was nothing to delete. */
      readonly dot?: { readonly origin: string; readonly seq: number };
      readonly durable: boolean;
    }
  | ({ readonly status: "stale" | "too-many-siblings" } & SiblingsAnswer);
