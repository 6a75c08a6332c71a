import type { HybridTime } from "../../core/hybrid-clock.ts";
import type { Origin } from "../../core/peer.ts";
import type { ClockMark, LoggedRecord, OrderSnapshot, Vector } from "./operation-log.messages.ts";

/** What to do with the first operation in the order. */
export type OrderVerdict = "wait" | "execute" | "void";

/**
 * Where the one order of a log comes from:
 *
 *   timestamp  the times of all that its members write; nobody leads, and all are waited for
 *   ordered    an ordered log of the node's order, which goes on as long as that does
 */
export type OrderingKind = "timestamp" | "ordered";

/** How the operations of a log that all replicas execute in one order find it. */
export interface Ordering {
  readonly kind: OrderingKind;
  /** Received, and not executed yet. */
  readonly pendingCount: number;
  /** The first in the order of those. */
  readonly first: LoggedRecord | undefined;
  readonly verdict: OrderVerdict;
  /** The last that counts of whom nobody waits for any more. */
  readonly lines: Vector;
  /** True when something was ever written in this order, as far as is known here. */
  readonly isInUse: boolean;
  /** True when something may be written in it now. */
  readonly isAgreed: boolean;
  readonly wantsMark: boolean;
  put(logged: LoggedRecord): void;
  takeFirst(): LoggedRecord | undefined;
  /** More was received of `origin`. */
  advance(origin: Origin): void;
  /** Somebody here wants to write in this order. */
  ask(): void;
  mark(at: HybridTime): ClockMark;
  closeAt(origin: Origin, upTo: number): void;
  snapshot(): OrderSnapshot;
  restore(snapshot: OrderSnapshot): void;
  /** What was put is forgotten; it is put again. */
  clearPending(): void;
  clear(): void;
}
