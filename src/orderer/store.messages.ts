/*
 * What the orderer asks of a store like etcd's v3, and what it is told: keys with revisions,
 * transactions, leases and a watch. One host turns it into calls of a client, another one into the
 * steps of a store in a simulation; both may lose a call, or the answer to it.
 */

export interface StoreItem {
  readonly key: string;
  readonly value: Uint8Array;
  /** The revision in which the key came to be, and the last one that wrote it. */
  readonly createdAt: number;
  readonly modifiedAt: number;
}

/** Keys from `from` on; up to, and without, `to` where there is one, else that key alone. */
export interface KeyRange {
  readonly from: string;
  readonly to?: string;
  /** At most so many, ascending; 0: all. */
  readonly limitCount: number;
}

/** Holds while the key's revision is that one; 0: while there is no such key. */
export interface StoreCompare {
  readonly key: string;
  readonly of: "created" | "modified";
  readonly revision: number;
}

export type StoreWrite =
  | { readonly kind: "put"; readonly key: string; readonly value: Uint8Array; lease?: string }
  | { readonly kind: "delete"; readonly from: string; readonly to?: string };

/** All of it happens at one revision, or nothing. A key is written once at most. */
export interface StoreCommit {
  readonly compares: readonly StoreCompare[];
  readonly writes: readonly StoreWrite[];
  /** Read instead, where a comparison does not hold. */
  readonly reads: readonly KeyRange[];
}

export type StoreRequest =
  | ({ readonly kind: "commit" } & StoreCommit)
  /** A linearizable read, of all the ranges at one revision. */
  | { readonly kind: "look"; readonly reads: readonly KeyRange[] }
  /** The past of keys up to `revision` need not be kept. */
  | { readonly kind: "forgetPast"; readonly revision: number }
  | { readonly kind: "grant"; readonly ttlMs: number }
  | { readonly kind: "keepAlive"; readonly lease: string }
  | { readonly kind: "revoke"; readonly lease: string };

export interface StoreFound {
  readonly items: readonly StoreItem[];
  readonly hasMore: boolean;
}

export type StoreFailure =
  /** It certainly has no effect: it was not sent, or the store would not take it. */
  | "unreachable"
  | "denied"
  | "tooLarge"
  | "noSpace"
  /** It may have had its effect, or may yet have it. */
  | "unknown";

export type StoreAnswer =
  | {
      readonly kind: "committed";
      readonly revision: number;
      readonly isDone: boolean;
      readonly found: readonly StoreFound[];
    }
  | { readonly kind: "looked"; readonly revision: number; readonly found: readonly StoreFound[] }
  /** Of `grant` and `keepAlive`; 0 when there is no such lease any more. */
  | { readonly kind: "leased"; readonly lease: string; readonly ttlMs: number }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly reason: StoreFailure; readonly detail: string };

export type StoreChange =
  | { readonly kind: "put"; readonly item: StoreItem }
  | { readonly kind: "delete"; readonly key: string; readonly revision: number };

export type StoreMessage =
  | { readonly kind: "call"; readonly call: number; readonly request: StoreRequest }
  | { readonly kind: "answer"; readonly call: number; readonly answer: StoreAnswer }
  /** Tell all that happens to these keys at `revision` and later. It ends any other watch. */
  | {
      readonly kind: "watch";
      readonly watch: number;
      readonly from: string;
      readonly to: string;
      readonly revision: number;
    }
  | { readonly kind: "unwatch"; readonly watch: number }
  /** In the order of revisions. `part` is 0, 1, 2 … in one watch. */
  | {
      readonly kind: "changes";
      readonly watch: number;
      readonly part: number;
      readonly changes: readonly StoreChange[];
    }
  | {
      readonly kind: "unwatched";
      readonly watch: number;
      /** "compacted": what happened at its revision is not kept any more. */
      readonly reason: "compacted" | "broken";
      readonly detail: string;
    };

export type StoreTimer =
  | { readonly kind: "flush" }
  | { readonly kind: "ends" }
  | { readonly kind: "calls" }
  | { readonly kind: "check" }
  | { readonly kind: "lease" }
  | { readonly kind: "again"; readonly what: "begin" | "watch" | "append" | "campaign" | "reads" }
  | { readonly kind: "again"; readonly what: "compact" }
  | { readonly kind: "again"; readonly what: "catchUp"; readonly subscription: number };
