import { isHybridTime } from "../../core/hybrid-clock.ts";
import type { Causes, OperationRecord } from "./operation-log.messages.ts";
import type { OperationLogOptions } from "./operation-log.options.ts";

/** Remote clocks are believed so far into the future. [DESIGN section 3] */
const DRIFT_MAX_MS = 5_000;
/** Longest id, in UTF-16 units. */
export const ID_MAX_LENGTH = 128;

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

/**
 *   taken   it is taken in
 *   absurd  it is no record at all, whoever sees it
 *   early   from a clock that is not believed yet
 *   full    there is no room now
 */
export type AdmissionVerdict = "taken" | "absurd" | "early" | "full";

/** What each refusal is counted as; "forged" is what somebody else says in this life's name. */
export const refusalCounts = {
  absurd: "operations.rejected",
  forged: "operations.rejected",
  early: "operations.deferred.early",
  full: "operations.deferred",
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
  judge(record: OperationRecord, isReady: () => boolean): AdmissionVerdict {
    if (!this.isSane(record)) return "absurd";
    if (record.at.ms > this.wallClock() + DRIFT_MAX_MS) return "early";
    return this.hasRoomFor(record, isReady) ? "taken" : "full";
  }

  private isSane(record: OperationRecord): boolean {
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

  isFull(payloadBytes: number, id: string): boolean {
    const { idsMaxCount, logMaxBytes, logMaxCount } = this.options;
    const { idsCount, logBytes, logCount } = this.fill();
    const isLogFull = logCount >= logMaxCount || logBytes + payloadBytes > logMaxBytes;
    return isLogFull || (id !== "" && idsCount >= idsMaxCount);
  }

  private hasRoomFor(record: OperationRecord, isReady: () => boolean): boolean {
    // Marks are few, and it may be one of them that lets the log be emptied.
    if (record.kind === "mark") return this.fill().logCount < 2 * this.options.logMaxCount;
    if (this.isFull(record.payload.length, record.id)) return false;
    return this.fill().waitingCount < this.options.waitingMaxCount || isReady();
  }

  /** Whether an id can still be told from one that was executed and forgotten. */
  isTimely(submittedAtMs: number): boolean {
    const { retryMaxMs, skewMaxMs } = this.options;
    const ageMs = this.wallClock() - submittedAtMs;
    return ageMs <= retryMaxMs && ageMs >= -skewMaxMs;
  }
}
