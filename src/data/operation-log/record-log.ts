import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Delta } from "../../exchange/replica.ts";
import { HeldByDot } from "../held-by-dot.ts";
import type { LoggedRecord, OperationRecord, OperationSnapshot } from "./operation-log.messages.ts";

/** What a record costs in a delta beside payload and vector: dot, times, lengths. */
const RECORD_OVERHEAD_BYTES = 64;
/** What an entry of a vector costs, as a rule. */
const ENTRY_BYTES = 24;

/** Bytes of a record on the wire, at the most. */
export function recordBytes(record: OperationRecord): number {
  const prevBytes = record.prev.size * ENTRY_BYTES;
  if (record.kind === "mark") {
    return prevBytes + record.closed.size * ENTRY_BYTES + RECORD_OVERHEAD_BYTES;
  }
  const beyondBytes = (record.beyond?.rangesCount ?? 0) * ENTRY_BYTES;
  const causesBytes = prevBytes + beyondBytes;
  return causesBytes + RECORD_OVERHEAD_BYTES + record.id.length + record.payload.length;
}

/** What was received, and the records that somebody may still want. [spec §7, `rep`, `log`] */
export class RecordLog {
  private held = new HeldByDot<LoggedRecord>();
  private seenDots = new DotSet();
  /** Executed here, received by all, and not kept any more. */
  private goneDots = new DotSet();
  private forgottenDots = new DotSet();
  private bytes = 0;

  get seen(): ReadonlyDotSet {
    return this.seenDots;
  }

  get gone(): ReadonlyDotSet {
    return this.goneDots;
  }

  get size(): number {
    return this.held.size;
  }

  get bytesCount(): number {
    return this.bytes;
  }

  has(dot: Dot): boolean {
    return this.held.get(dot) !== undefined;
  }

  get(dot: Dot): OperationRecord | undefined {
    return this.held.get(dot)?.record;
  }

  put(dot: Dot, record: OperationRecord): void {
    this.seenDots.add(dot);
    this.held.put({ dot, record });
    this.bytes += recordBytes(record);
  }

  /** Nobody will ever have their records. */
  forget(dots: ReadonlyDotSet): void {
    this.seenDots.addAll(dots);
    this.forgottenDots.addAll(dots);
  }

  collect(
    wanted: ReadonlyDotSet,
    theirs: ReadonlyDotSet,
    budgetBytes: number,
  ): Delta<OperationRecord> {
    const updates: (readonly [Dot, OperationRecord])[] = [];
    let leftBytes = budgetBytes;
    let more = false;
    for (const { dot, record } of this.held.among(wanted)) {
      if (theirs.has(dot)) continue;
      const bytesCount = recordBytes(record);
      more = bytesCount > leftBytes && updates.length > 0;
      if (more) break;
      leftBytes -= bytesCount;
      updates.push([dot, record]);
    }
    const covers = wanted.intersection(this.goneDots).difference(theirs);
    const forgotten = wanted.intersection(this.forgottenDots).difference(theirs);
    return { updates, covers, forgotten, more };
  }

  /**
   * Drops the records of `stable` that are in `applied`, down to `keptCount` in all. [spec §8]
   * @returns how many
   */
  truncate(stable: ReadonlyDotSet, applied: ReadonlyDotSet, keptCount: number): number {
    let excessCount = this.held.size - keptCount;
    if (excessCount <= 0) return 0;
    const dropped: LoggedRecord[] = [];
    for (const logged of this.held.among(stable)) {
      if (excessCount === 0) break;
      const { dot } = logged;
      // Beyond a gap it has not been looked at for all that it says.
      if (!applied.has(dot) || dot.seq > this.seenDots.prefix(dot.origin)) continue;
      dropped.push(logged);
      excessCount -= 1;
    }
    for (const { dot, record } of dropped) {
      this.held.take(dot);
      this.goneDots.add(dot);
      this.bytes -= recordBytes(record);
    }
    return dropped.length;
  }

  picture(): Pick<OperationSnapshot, "seen" | "forgotten" | "log"> {
    return {
      seen: this.seenDots.clone(),
      forgotten: this.forgottenDots.clone(),
      log: [...this.held.values()],
    };
  }

  replace({ forgotten, log, seen }: OperationSnapshot): void {
    this.clear();
    this.seenDots.addAll(seen);
    this.forgottenDots.addAll(forgotten);
    const held = new DotSet();
    for (const { dot, record } of log) {
      if (held.add(dot)) this.put(dot, record);
    }
    this.goneDots = this.seenDots.difference(held).difference(this.forgottenDots);
  }

  clear(): void {
    this.held = new HeldByDot();
    this.seenDots = new DotSet();
    this.goneDots = new DotSet();
    this.forgottenDots = new DotSet();
    this.bytes = 0;
  }
}
