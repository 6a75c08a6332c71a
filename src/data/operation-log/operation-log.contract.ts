import type { Dot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { HybridTime } from "../../core/hybrid-clock.ts";
import type { Origin } from "../../core/peer.ts";
import type { StateMachine } from "./execution.ts";
import type {
  Operation,
  OperationClass,
  OperationRecord,
  Vector,
} from "./operation-log.messages.ts";
import type { OrderingKind } from "./ordering.contract.ts";

export type OperationCount =
  | "operations.appended"
  | "operations.executed"
  /** An id that was executed already: submitted through another replica, or again. */
  | "operations.duplicates"
  /** In total order, by somebody who is not waited for any more. */
  | "operations.void"
  | "operations.truncated"
  /** Of a replica whose one order comes from elsewhere. */
  | "operations.otherOrder"
  /** In the order, and no operation that can be read. */
  | "operations.misplaced"
  /** No room in the log, or for what waits. */
  | "operations.deferred"
  /** From a clock that is too far ahead. */
  | "operations.deferred.early"
  | "operations.rejected"
  /** Executed elsewhere and gone: a snapshot is needed. */
  | "operations.behind"
  | "operations.snapshotsGiven"
  | "operations.snapshotsTaken"
  | "operations.snapshotsRefused"
  /** Executed here, and of no effect any more: another history won. */
  | "operations.lost";

/** What an operation log needs of its surroundings. */
export interface OperationLogWiring {
  /** In whose name this node writes now. */
  readonly origin: () => Origin;
  readonly clock: { now(): HybridTime; observe(time: HybridTime): void };
  readonly wallClock: () => number;
  /** Runs `body` last in the current step. */
  readonly afterStep: (body: () => void) => void;
  readonly machine: StateMachine;
  readonly counters: { add(name: OperationCount, by?: number): void };
  /** The replica set, by name, this node in it. The same array while it is the same. */
  readonly members: () => readonly Origin[];
  /** Stood in the set, and will never write again. */
  readonly isGone: (origin: Origin) => boolean;
  /** What every member is known to have received, of what this one has. */
  readonly stable: () => ReadonlyDotSet;
  /** False when a member is known to have received something that this one has not. */
  readonly isCaughtUp: () => boolean;
  /** Whether every other member was heard of, and none of them has received any of `dots`. */
  readonly isNowhere: (dots: ReadonlyDotSet) => boolean;
  readonly journal?: OperationJournal;
  /** The same on all replicas of a log. Default "timestamp". */
  readonly ordering?: OrderingKind;
}

/** Where a log is kept on disk; `OperationFile` is one. */
export interface OperationJournal {
  onRecord(dot: Dot, record: OperationRecord): void;
  onForgotten(dots: ReadonlyDotSet): void;
  onClosed(origin: Origin, upTo: number): void;
  onPlaced(through: number, dots: readonly Dot[]): void;
  onDiscarded(): void;
  /** Everything has changed: nothing but a checkpoint says it. */
  onInstalled(): void;
}

export interface OperationListener {
  /** Executed, in this order; told when the step has ended. */
  onExecuted?(dot: Dot, operation: Operation): void;
  /** Something that others have executed is not to be had but in a snapshot. */
  onBehind?(): void;
  /** The state was replaced by another replica's. */
  onInstalled?(): void;
  /** What was ordered is to be told again, from behind `place` on; nothing while it is joining. */
  onRebased?(): void;
  /** Called in a step: a mark of this node is waited for (`writeMark`). */
  onMarkWanted?(): void;
}

export interface Submission {
  /** Empty when it is submitted only here, and once. */
  readonly id: string;
  readonly class: OperationClass;
  /** What it comes after. */
  readonly prev: Vector;
  /** What else it comes after, one by one. Default: nothing. */
  readonly beyond?: ReadonlyDotSet | undefined;
  /** A time that it has to be later than. Default: none. */
  readonly afterTime?: HybridTime | undefined;
  readonly payload: Uint8Array;
  readonly submittedAtMs: number;
  readonly isFinal: boolean;
}

/**
 *   written   it has this dot
 *   known     its id was submitted before: that dot names it
 *   full      a bound is reached; nothing was written
 *   tooOld    submitted too long ago to know whether it was executed
 *   unreachable  it comes after what its author cannot have written yet
 *   early     it comes after something whose clock is too far ahead
 *   unagreed  in total order: the members do not wait for the same yet; try again when they do
 */
export type AppendOutcome =
  | { readonly status: "written" | "known"; readonly dot: Dot }
  | { readonly status: "full" | "tooOld" | "unreachable" | "early" | "unagreed" };

/** An operation in its place of an ordered log. */
export interface PlacedOperation {
  readonly place: number;
  /** undefined when what stands there is no operation. */
  readonly logged: LoggedOperation | undefined;
}

export interface LoggedOperation {
  readonly dot: Dot;
  readonly record: Operation;
}

/**
 *   installed   this replica goes on from there
 *   needless    it has all of it
 *   refused     it is no state that can be read, or this replica's own history stays
 *   foreign     its one order comes from elsewhere
 */
export type InstallOutcome = "installed" | "needless" | "refused" | "foreign";
