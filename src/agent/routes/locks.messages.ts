/** What the routes of locks answer. */
import type { LockStatus } from "../../node/api.ts";

export type { LockStatus };

/** `GET /v1/locks`. */
export interface LocksAnswer {
  readonly node: string;
  readonly locks: readonly LockStatus[];
}

/**
 * A line of `GET /v1/locks/hold?name=NAME`: the lock is held as long as the stream is read.
 * "waiting" and "held" are said again every second.
 */
export type HoldNotice =
  | { readonly kind: "waiting" }
  | {
      readonly kind: "held";
      readonly name: string;
      readonly token: number;
      /** For how long it stays held if nothing more is heard. */
      readonly remainingMs: number;
    }
  | { readonly kind: "busy" }
  | { readonly kind: "lost"; readonly token: number }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };
