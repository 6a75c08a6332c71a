import type { Dot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import type { Admission } from "./admission.ts";
import type { Execution } from "./execution.ts";
import { GivenOrder } from "./given-order.ts";
import type { OperationEars } from "./operation-ears.ts";
import type {
  LoggedOperation,
  OperationLogWiring,
  PlacedOperation,
} from "./operation-log.contract.ts";
import type {
  LoggedRecord,
  OperationRecord,
  OperationSnapshot,
  OrderSnapshot,
} from "./operation-log.messages.ts";
import type { Ordering } from "./ordering.contract.ts";
import { takePlaced } from "./placing.ts";
import type { RecordLog } from "./record-log.ts";
import { TotalOrder } from "./total-order.ts";

export interface OneOrderParts {
  readonly wiring: OperationLogWiring;
  readonly records: RecordLog;
  readonly ears: OperationEars;
  readonly admission: Admission;
  readonly execution: () => Execution;
  readonly isJoining: () => boolean;
  /** What an ordered log brought; others need not be told of it by trees. */
  readonly take: (operation: LoggedOperation) => void;
  readonly takeOwn: (logged: LoggedRecord) => void;
  /** Nothing but a snapshot says what comes next. */
  readonly onGap: () => void;
}

/** The one order of a log, and what its surroundings have to do for it. */
export class OneOrder {
  readonly ordering: Ordering;
  private readonly parts: OneOrderParts;
  private isMarkDue = false;
  private foreignCount = 0;

  constructor(parts: OneOrderParts) {
    this.parts = parts;
    const { records, wiring } = parts;
    const { isGone, journal, members, origin } = wiring;
    const seen = (): ReadonlyDotSet => records.seen;
    const recordOf = (dot: Dot): OperationRecord | undefined => records.get(dot);
    const applied = (): ReadonlyDotSet => parts.execution().applied;
    const onClosed = (one: Origin, upTo: number): void => journal?.onClosed(one, upTo);
    this.ordering =
      wiring.ordering === "ordered"
        ? new GivenOrder({ seen, recordOf, applied })
        : new TotalOrder({ origin, members, isGone, seen, recordOf, onClosed });
  }

  /** What an ordered log says; undefined where times order all. */
  get given(): GivenOrder | undefined {
    return this.ordering instanceof GivenOrder ? this.ordering : undefined;
  }

  /** Another replica of this log has its one order from elsewhere: they never agree. */
  get isForeign(): boolean {
    return this.foreignCount > 0;
  }

  /** True when an operation in one order can be written now. Asks for it when not. */
  get isAgreed(): boolean {
    if (this.ordering.isAgreed) return true;
    this.ordering.ask();
    this.lookForMark();
    return false;
  }

  /** Only marks and operations in one order tell where that comes from. */
  isOfOther(record: OperationRecord): boolean {
    const kind = record.kind === "mark" ? "total" : record.class;
    const isOther = kind === (this.given === undefined ? "ordered" : "total");
    if (isOther) this.foreignCount += 1;
    return isOther;
  }

  /** The same of a snapshot, which always tells. */
  isSnapshotOfOther({ order }: OperationSnapshot): boolean {
    const isOther = (order.placed === undefined) !== (this.given === undefined);
    if (isOther) {
      this.foreignCount += 1;
      this.parts.wiring.counters.add("operations.otherOrder");
    }
    return isOther;
  }

  /** Whether that replica has followed the order less far: nothing goes back in an order. */
  isBehind({ placed }: OrderSnapshot): boolean {
    return placed !== undefined && placed.place < (this.given?.place ?? 0);
  }

  /** Goes on from where a replica is that has executed no more than this one. */
  adopt({ placed }: OrderSnapshot): boolean {
    return placed === undefined || this.given?.adopt(placed) === true;
  }

  /**
   * What an ordered log says comes next, each once.
   * @returns "gap" when that is not next for this replica: `onRebased` says when to begin anew
   */
  place(items: readonly PlacedOperation[]): "taken" | "gap" {
    const { given } = this;
    const { admission, execution, isJoining, onGap, records, take, wiring } = this.parts;
    if (given === undefined || isJoining()) return "gap";
    const taking = takePlaced(given, items, {
      isSeen: (dot) => records.seen.has(dot),
      isSane: ({ record }) => admission.isSane(record),
      isOwn: ({ origin }) => origin === wiring.origin(),
      take,
      onMisplaced: () => wiring.counters.add("operations.misplaced"),
      onPlaced: (through, dots) => wiring.journal?.onPlaced(through, dots),
    });
    if (taking === "gap") onGap();
    else execution().drain();
    return taking;
  }

  /** On disk they had these places. */
  placeAgain(through: number, dots: readonly Dot[]): void {
    this.given?.setPlaces(through, dots);
    this.parts.execution().drain();
  }

  /** The ordered log has nothing any more from before `place`. */
  onPlacesLost(place: number): void {
    if (this.given !== undefined && this.given.place < place) this.parts.onGap();
  }

  /** Says how late it is, so that others need not wait for what this node might write. */
  writeMark(): void {
    this.isMarkDue = false;
    const { records, takeOwn, wiring } = this.parts;
    if (!this.ordering.wantsMark) return;
    const origin = wiring.origin();
    const dot = { origin, seq: records.seen.last(origin) + 1 };
    takeOwn({ dot, record: this.ordering.mark(wiring.clock.now()) });
  }

  lookForMark(): void {
    if (this.isMarkDue || !this.ordering.wantsMark) return;
    this.isMarkDue = true;
    this.parts.ears.askForMark();
  }

  /** What was ordered is to be told from another place on. */
  rebase(): void {
    if (this.given !== undefined) this.parts.ears.tell("onRebased");
  }
}
