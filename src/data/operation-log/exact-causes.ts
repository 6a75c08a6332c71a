import { type Dot, dotKey } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { LoggedRecord, OperationRecord } from "./operation-log.messages.ts";

/** What was executed beyond gaps and a record came after, one by one: no vector says it. */
export function causesBeyond(record: OperationRecord): ReadonlyDotSet | undefined {
  return record.kind === "operation" ? record.beyond : undefined;
}

/**
 * Records that wait for single operations. An origin's later operation may be executed before an
 * earlier one, which waits for something else; who has seen its effect must not lose it again.
 * [spec §1, context: a vector and a dot cloud]
 */
export class ExactCauses {
  private readonly byCause = new Map<string, LoggedRecord[]>();
  private readonly applied: () => ReadonlyDotSet;
  private count = 0;

  constructor(applied: () => ReadonlyDotSet) {
    this.applied = applied;
  }

  get size(): number {
    return this.count;
  }

  /** True when it has to wait. */
  put(logged: LoggedRecord): boolean {
    const lacked = this.lackOf(logged);
    if (lacked === undefined) return false;
    const key = dotKey(lacked);
    const others = this.byCause.get(key);
    if (others === undefined) this.byCause.set(key, [logged]);
    else others.push(logged);
    this.count += 1;
    return true;
  }

  /** `dot` was executed. Removes and returns who waited for it last. */
  takeReady(dot: Dot): LoggedRecord[] {
    if (this.count === 0) return [];
    const key = dotKey(dot);
    const freed = this.byCause.get(key);
    if (freed === undefined) return [];
    this.byCause.delete(key);
    this.count -= freed.length;
    return freed.filter((one) => !this.put(one));
  }

  /** Much was passed over at once. */
  takeAllReady(): LoggedRecord[] {
    const all = [...this];
    this.clear();
    return all.filter((one) => !this.put(one));
  }

  lackOf({ record }: LoggedRecord): Dot | undefined {
    const causes = causesBeyond(record);
    return causes?.missingFrom(this.applied(), 1)[0];
  }

  clear(): void {
    this.byCause.clear();
    this.count = 0;
  }

  *[Symbol.iterator](): IterableIterator<LoggedRecord> {
    for (const some of this.byCause.values()) yield* some;
  }
}

/** Of what was executed, that which stands behind a gap of its origin. */
export class ExecutedBeyond {
  private dots = new DotSet();
  /** What was told stays as it is. */
  private isTold = false;
  private readonly applied: () => ReadonlyDotSet;

  constructor(applied: () => ReadonlyDotSet) {
    this.applied = applied;
  }

  /** Operations only: nobody has seen an effect of anything else. */
  add(dot: Dot): void {
    if (dot.seq <= this.applied().prefix(dot.origin)) return;
    if (this.isTold) this.dots = this.dots.clone();
    this.isTold = false;
    this.dots.add(dot);
  }

  get all(): ReadonlyDotSet {
    this.isTold = true;
    if (this.dots.isEmpty) return this.dots;
    const kept = new DotSet();
    for (const { first, last, origin } of this.dots.ranges()) {
      const from = Math.max(first, this.applied().prefix(origin) + 1);
      if (from <= last) kept.addRange(origin, from, last);
    }
    this.dots = kept;
    return this.dots;
  }

  /** Begins with what stands beyond gaps in `applied`, but for `silent`. */
  restore(applied: ReadonlyDotSet, silent: ReadonlyDotSet): void {
    this.dots = applied.difference(silent);
  }

  clear(): void {
    this.dots = new DotSet();
  }
}
