import type { Dot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { HybridTime } from "../../core/hybrid-clock.ts";
import type { Origin } from "../../core/peer.ts";

/** Of each origin, everything up to this number; an absent one counts 0. [spec §1] */
export type Vector = ReadonlyMap<Origin, number>;

/**
 *   causal       after what its author had seen; concurrent ones in any order
 *   commutative  on receipt, whatever came before
 *   total        as causal, and in one order on all replicas [spec §10, order: "timestamp"]
 *   ordered      the same, and an ordered log says which order
 */
export type OperationClass = "causal" | "commutative" | "total" | "ordered";

/** What something comes after. */
export interface Causes {
  readonly prev: Vector;
  /** What else, one by one: behind a gap of its origin. Absent when nothing. */
  readonly beyond?: ReadonlyDotSet;
}

/** What a user did. Its dot names it; its timestamp is `prev` with that dot. [spec §7] */
export interface Operation extends Causes {
  readonly kind: "operation";
  readonly class: OperationClass;
  /**
   * The spec's cid: names the operation across replicas, where whoever submits it may do so again.
   * Empty when nobody will: then the dot is name enough.
   */
  readonly id: string;
  /** The author has its answer, and will not submit this id again. */
  readonly isFinal: boolean;
  /** V-client: what the author had seen. */
  readonly prev: Vector;
  /** When this record of it was made. Later than that of everything in `prev`. */
  readonly at: HybridTime;
  /** Wall-clock milliseconds at the author, the same in each submission of an id. */
  readonly submittedAtMs: number;
  readonly payload: Uint8Array;
}

/**
 * Says of its origin that everything it will write from now on is later than `at`: what operations
 * in total order wait for where nothing is written.
 */
export interface ClockMark {
  readonly kind: "mark";
  readonly at: HybridTime;
  /** Whom its origin waits for, itself among them, in 53 bits. */
  readonly view: number;
  /** What its origin had received, without gaps. */
  readonly prev: Vector;
  /** Of origins that are not waited for any more: the last of their records that counts. */
  readonly closed: Vector;
}

export type OperationRecord = Operation | ClockMark;

export interface LoggedRecord {
  readonly dot: Dot;
  readonly record: OperationRecord;
}

/** An id that was executed. */
export interface ExecutedId {
  readonly id: string;
  /** The first record of it that was executed here. */
  readonly dot: Dot;
  readonly submittedAtMs: number;
  readonly isFinal: boolean;
}

/** Where the total order stands. */
export interface OrderSnapshot {
  /** Of each origin, its last record without gaps, and its last mark. */
  readonly clocks: readonly OriginClock[];
  /** Origins that are waited for no more, and the last of their records that counts. */
  readonly closed: Vector;
  /** Where an ordered log says the order; then there is nothing else. */
  readonly placed?: PlacedOrder;
}

/** How far a replica has followed an ordered log. */
export interface PlacedOrder {
  /** All up to here is executed, or in `queue`. */
  readonly place: number;
  /** The latest time of all that was received. */
  readonly at: HybridTime;
  /** What waits in its place for what it came after, in order. */
  readonly queue: readonly Dot[];
}

export interface OriginClock {
  readonly origin: Origin;
  readonly seq: number;
  readonly at: HybridTime;
  readonly mark: ClockMark | undefined;
}

/** All that a replica holds: what a newcomer is given, and what stands on disk. [spec §12, §13] */
export interface OperationSnapshot {
  /** `rep`: received, executed or not. */
  readonly seen: ReadonlyDotSet;
  /** `val`: reflected in the state. */
  readonly applied: ReadonlyDotSet;
  /** Seen, and lost for good. */
  readonly forgotten: ReadonlyDotSet;
  readonly executed: readonly ExecutedId[];
  readonly log: readonly LoggedRecord[];
  readonly order: OrderSnapshot;
  /** The user's state, by the user's codec. */
  readonly state: Uint8Array;
}

export type OperationJournalRecord =
  | { readonly kind: "record"; readonly dot: Dot; readonly record: OperationRecord }
  | { readonly kind: "forgotten"; readonly dots: ReadonlyDotSet }
  | { readonly kind: "closed"; readonly origin: Origin; readonly upTo: number }
  /** Of an ordered log, all up to `through` is known: these are next in it. */
  | { readonly kind: "placed"; readonly through: number; readonly dots: readonly Dot[] }
  /** All that came before is void. */
  | { readonly kind: "discarded" };
