import type { OrderPosition } from "../../core/orderer.ts";

/** Where the command that opened it stands in the order, so it is never another one's again. */
export type SessionId = OrderPosition;

/**
 * Positions of acquiring commands grow, and a lock's waiters are served in that order: a later
 * holder has a larger token, for ever. Whoever guards a resource refuses smaller ones than it saw.
 */
export type FencingToken = OrderPosition;

/** What is ordered. Done again, each changes nothing more. */
export type LockCommand =
  /** Of one owner the later life, and in it the later attempt, ends the session before. */
  | {
      readonly kind: "open";
      readonly owner: string;
      readonly life: number;
      readonly attempt: number;
      readonly leaseMs: number;
    }
  | {
      readonly kind: "renew";
      readonly session: SessionId;
      /** Names this renewal to the node that sent it. */
      readonly round: number;
      /** Claims up to this one are settled: none of them will be acquired any more. */
      readonly closedUpTo: number;
      /** Those among them that are not over, ascending. */
      readonly kept: readonly number[];
    }
  | {
      readonly kind: "acquire";
      readonly session: SessionId;
      /** Ascending within an owner's life. */
      readonly id: number;
      readonly name: string;
      /** "try": only if it is free. */
      readonly mode: "wait" | "try";
    }
  /** Gives back what is held, or waits no more; also before the acquiring command is ordered. */
  | { readonly kind: "release"; readonly session: SessionId; readonly id: number }
  | { readonly kind: "close"; readonly session: SessionId }
  /** Without effect if the session was renewed since. */
  | {
      readonly kind: "expire";
      readonly session: SessionId;
      readonly renewedAt: OrderPosition;
    };

export type SessionEnd = "closed" | "expired" | "replaced";

/** What a command came to. The same on all nodes; each finds in it what is its own. */
export type LockEvent =
  | {
      readonly kind: "opened";
      readonly session: SessionId;
      readonly owner: string;
      readonly life: number;
      readonly attempt: number;
    }
  | { readonly kind: "renewed"; readonly session: SessionId; readonly round: number }
  | {
      readonly kind: "granted";
      readonly session: SessionId;
      readonly id: number;
      readonly name: string;
      readonly token: FencingToken;
    }
  | { readonly kind: "queued"; readonly session: SessionId; readonly id: number }
  | {
      readonly kind: "refused";
      readonly session: SessionId;
      readonly id: number;
      readonly reason: "held" | "full";
    }
  | { readonly kind: "released"; readonly session: SessionId; readonly id: number }
  /** Nobody has the lock now; "granted" follows at once where somebody waited. */
  | { readonly kind: "freed"; readonly name: string }
  | { readonly kind: "ended"; readonly session: SessionId; readonly why: SessionEnd };

/** One that holds a lock or waits for it. */
export interface ClaimRecord {
  readonly id: number;
  readonly name: string;
  readonly token: FencingToken;
}

/** A session in a snapshot. */
export interface SessionRecord {
  readonly session: SessionId;
  readonly owner: string;
  readonly life: number;
  readonly attempt: number;
  readonly leaseMs: number;
  readonly renewedAt: OrderPosition;
  readonly round: number;
  readonly closedUpTo: number;
  /** Claims above `closedUpTo` that are over, ascending. */
  readonly over: readonly number[];
  /** Ascending by id. */
  readonly claims: readonly ClaimRecord[];
}

/** Commands and snapshots in bytes, and back; undefined for bytes that are neither. */
export interface LockCodec {
  encodeCommand(command: LockCommand): Uint8Array;
  decodeCommand(bytes: Uint8Array): LockCommand | undefined;
  encodeSnapshot(sessions: readonly SessionRecord[]): Uint8Array;
  decodeSnapshot(bytes: Uint8Array): readonly SessionRecord[] | undefined;
}

/** A lock that is held. */
export interface LockRow {
  readonly name: string;
  /** The name of the node that holds it. */
  readonly holder: string;
  readonly token: FencingToken;
  /** Names of the nodes that wait, first come first. */
  readonly waiting: readonly string[];
}
