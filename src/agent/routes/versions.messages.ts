/** What the routes of versions answer. */

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
