import type { DotSet, ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Execution } from "./execution.ts";
import type { Floor } from "./floor.ts";
import { LostCauses } from "./lost-causes.ts";
import type { OperationLogWiring } from "./operation-log.contract.ts";
import type { OperationLogOptions } from "./operation-log.options.ts";
import type { RecordLog } from "./record-log.ts";
import { UnknownAuthors } from "./unknown-authors.ts";

export interface UpkeepParts {
  readonly wiring: OperationLogWiring;
  readonly options: OperationLogOptions;
  readonly records: RecordLog;
  readonly execution: Execution;
  readonly floor: Floor;
}

/** What a log lets go of now and then: what all members have, and what no member has. */
export class Upkeep {
  private readonly parts: UpkeepParts;
  private readonly lostCauses: LostCauses;
  private readonly unknownAuthors: UnknownAuthors;

  constructor(parts: UpkeepParts) {
    this.parts = parts;
    const { execution, options, records, wiring } = parts;
    const numbers = { ...wiring, ...options };
    // Who never stood in the set will never write either, as far as anybody knows.
    const lacked = () => execution.lacked((origin) => !wiring.members().includes(origin));
    this.lostCauses = new LostCauses({ ...numbers, seen: () => records.seen, lacked });
    this.unknownAuthors = new UnknownAuthors(numbers);
  }

  /**
   * Drops what all members have [spec §8, truncate], and ids that nobody submits any more. Nothing
   * while the set is not known, or while this replica has no state but what it wrote itself: it
   * will take that of another, which may lack just that.
   * @returns causes that are given up
   */
  run(phase: "joined" | "joining"): DotSet {
    const { execution, records, wiring } = this.parts;
    const isAlone = wiring.members().length <= 1;
    const isUnsure = this.unknownAuthors.isAnyIn(records.seen);
    if (!isUnsure && (isAlone || phase === "joined")) this.drop(isAlone ? "alone" : "with others");
    // Whoever has its place late must find its id here, or not, as on all replicas.
    const isLate = wiring.ordering === "ordered" && execution.waitingCount > 0;
    const isUncertain = isUnsure || isLate || !wiring.isCaughtUp();
    execution.executed.expire(wiring.wallClock(), (dot) => isUncertain || records.has(dot));
    return this.lostCauses.due();
  }

  clear(): void {
    this.unknownAuthors.clear();
    this.parts.floor.clear();
  }

  private drop(company: "alone" | "with others"): void {
    const { execution, floor, options, records, wiring } = this.parts;
    const known: ReadonlyDotSet = wiring.stable();
    const keptCount = company === "alone" ? options.aloneKeptCount : 0;
    const count = records.truncate(known, execution.applied, keptCount);
    if (count > 0) wiring.counters.add("operations.truncated", count);
    if (company !== "alone") floor.raise(known, execution.applied);
  }
}
