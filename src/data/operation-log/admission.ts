import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { isHybridTime } from "../../core/hybrid-clock.ts";
import type { Origin } from "../../core/peer.ts";
import type { Causes, Operation, OperationRecord } from "./operation-log.messages.ts";
import type { OperationLogOptions } from "./operation-log.options.ts";
import { isBelow, type OpenCauses } from "./vector.ts";

/** Remote clocks are believed so far into the future. [DESIGN section 3] */
const DRIFT_MAX_MS = 5_000;
/** Longest id, in UTF-16 units. */
export const ID_MAX_LENGTH = 128;
/** With marks the log may hold so many times what it holds of operations. */
const MARKS_FACTOR = 2;

/** How much a log holds now. */
export interface Fill {
  /** Records that not all members are known to have. */
  readonly logCount: number;
  readonly logBytes: number;
  /** Ids that are remembered, executed or not. */
  readonly idsCount: number;
  /** Received, and waiting for something. */
  readonly waitingCount: number;
}

/** The replica that an update is submitted to. */
export interface ReachedBy {
  readonly own: Origin;
  readonly seen: ReadonlyDotSet;
  /** It has the state of others, or there are none. */
  readonly isWhole: boolean;
}

/**
 *   taken   it is taken in
 *   absurd  it is no record at all, whoever sees it
 *   early   from a clock that is not believed yet
 *   full    there is no room now
 */
export type AdmissionVerdict = "taken" | "absurd" | "early" | "full";

/**
 * What each refusal is counted as; "forged" is what somebody else says in this life's name,
 * "otherOrder" is of a replica that has its one order from elsewhere.
 */
export const refusalCounts = {
  absurd: "operations.rejected",
  forged: "operations.rejected",
  early: "operations.deferred.early",
  full: "operations.deferred",
  otherOrder: "operations.otherOrder",
} as const;

/** What a log takes in, within its bounds. */
export class Admission {
  private readonly options: OperationLogOptions;
  private readonly fill: () => Fill;
  private readonly wallClock: () => number;

  constructor(options: OperationLogOptions, fill: () => Fill, wallClock: () => number) {
    this.options = options;
    this.fill = fill;
    this.wallClock = wallClock;
  }

  /** `isReady`: it need not wait for anything. */
  judge(record: OperationRecord, isReady: (one: Operation) => boolean): AdmissionVerdict {
    if (!this.isSane(record)) return "absurd";
    if (record.at.ms > this.wallClock() + DRIFT_MAX_MS) return "early";
    return this.hasRoomFor(record, isReady) ? "taken" : "full";
  }

  isSane(record: OperationRecord): boolean {
    const { payloadMaxBytes, vectorMaxCount } = this.options;
    if (!isHybridTime(record.at) || !this.isFewEnough(record)) return false;
    if (record.kind === "mark") return record.closed.size <= vectorMaxCount;
    if (!Number.isSafeInteger(record.submittedAtMs) || record.submittedAtMs < 0) return false;
    return record.id.length <= ID_MAX_LENGTH && record.payload.length <= payloadMaxBytes;
  }

  /** Whether all that a record comes after may be named. */
  isFewEnough({ beyond, prev }: Causes): boolean {
    const { vectorMaxCount } = this.options;
    return prev.size <= vectorMaxCount && (beyond?.rangesCount ?? 0) <= vectorMaxCount;
  }

  private isFull(payloadBytes: number, id: string): boolean {
    const { idsMaxCount, logMaxBytes, logMaxCount } = this.options;
    const { idsCount, logBytes, logCount } = this.fill();
    const isLogFull = logCount >= logMaxCount || logBytes + payloadBytes > logMaxBytes;
    return isLogFull || (id !== "" && idsCount >= idsMaxCount);
  }

  /** Whether an operation may be put in the log now. */
  hasRoom(payloadBytes: number, id: string, isReady: () => boolean): boolean {
    if (this.isFull(payloadBytes, id)) return false;
    return this.fill().waitingCount < this.options.waitingMaxCount || isReady();
  }

  /**
   * Whether all that an update is to come after can have been written. This life knows what it has
   * written. Another member keeps what not all have, and writes no more when its log is full: so
   * far it can be ahead of what a replica has received that is not behind.
   */
  isReachable(causes: OpenCauses, { isWhole, own, seen }: ReachedBy): boolean {
    const aheadMaxCount = isWhole
      ? MARKS_FACTOR * this.options.logMaxCount
      : Number.MAX_SAFE_INTEGER;
    return isBelow(causes, (origin) => seen.last(origin) + (origin === own ? 0 : aheadMaxCount));
  }

  private hasRoomFor(record: OperationRecord, isReady: (one: Operation) => boolean): boolean {
    if (record.kind === "operation") {
      return this.hasRoom(record.payload.length, record.id, () => isReady(record));
    }
    // Marks are few, and it may be one of them that lets the log be emptied.
    return this.fill().logCount < MARKS_FACTOR * this.options.logMaxCount;
  }

  /** Whether an id can still be told from one that was executed and forgotten. */
  isTimely(submittedAtMs: number): boolean {
    const { retryMaxMs, skewMaxMs } = this.options;
    const ageMs = this.wallClock() - submittedAtMs;
    return ageMs <= retryMaxMs && ageMs >= -skewMaxMs;
  }
}
