/** What `GET /v1/query/stream` tells, line by line; part of the admin API. */
import type { QuerySummary } from "../../node/api.ts";

export type { QuerySummary };

export interface QueryWish {
  readonly name: string;
  /** Bytes as text: what Serf agents take. */
  readonly payload?: string;
  /** JSON of a value, for typed queries; in the place of `payload`. */
  readonly value?: string;
  readonly via?: "links" | "serf" | "auto";
  readonly timeoutMs?: number;
  readonly nodes?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly relayCount?: number;
}

export type QueryNotice =
  /** A member got the question. */
  | { readonly kind: "ack"; readonly from: string }
  | {
      readonly kind: "answer";
      readonly from: string;
      readonly number: number;
      readonly elapsedMs: number;
      readonly via: "links" | "serf";
      /** As values of topics: what JSON cannot say stands as `{"$bytes": …}` and the like. */
      readonly value: unknown;
      /** Of bytes that are UTF-8. */
      readonly text?: string;
    }
  | {
      readonly kind: "failure";
      readonly from: string;
      readonly reason: string;
      readonly detail: string;
      readonly elapsedMs: number;
      readonly via: "links" | "serf";
    }
  /** The last line. */
  | ({ readonly kind: "summary" } & QuerySummary)
  /** It could not be asked. */
  | { readonly kind: "failed"; readonly code: string; readonly message: string };
