import { assert } from "../../core/assert.ts";
import { type Dot, dotKey } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { compareHybridTimes, type HybridTime } from "../../core/hybrid-clock.ts";
import type { Origin } from "../../core/peer.ts";
import type {
  ClockMark,
  LoggedRecord,
  OperationRecord,
  OrderSnapshot,
  PlacedOrder,
  Vector,
} from "./operation-log.messages.ts";
import type { Ordering, OrderVerdict } from "./ordering.contract.ts";

const NOBODY: Vector = new Map();
/** Taken from the front of the queue before it is made shorter. */
const TAKEN_MAX_COUNT = 1_024;

export interface GivenOrderWiring {
  readonly seen: () => ReadonlyDotSet;
  readonly applied: () => ReadonlyDotSet;
  readonly recordOf: (dot: Dot) => OperationRecord | undefined;
}

/**
 * One order for all replicas that an ordered log gives: an operation is executed in the place of
 * its first event there, once all it came after has been. [spec raft §7, applying in order]
 *
 * Nobody is waited for but the log. Who asks for a place has executed all that the operation comes
 * after, so what of that is in this order has an earlier place, and nothing waits in a circle.
 */
export class GivenOrder implements Ordering {
  readonly kind = "ordered";
  private readonly wiring: GivenOrderWiring;
  private readonly waiting = new Map<string, LoggedRecord>();
  private queue: Dot[] = [];
  private takenCount = 0;
  private readonly queued = new Set<string>();
  private throughPlace = 0;
  private latestAt: HybridTime = { ms: 0, counter: 0 };

  constructor(wiring: GivenOrderWiring) {
    this.wiring = wiring;
  }

  /** Up to here the order is known. */
  get place(): number {
    return this.throughPlace;
  }

  /** Received, and without a place as far as is known here; in the order of their coming. */
  get unplaced(): Iterable<LoggedRecord> {
    return this.waiting.values();
  }

  /** Have their place, and wait for what they came after. */
  get queueCount(): number {
    return this.queue.length - this.takenCount;
  }

  get pendingCount(): number {
    return this.waiting.size + this.queueCount;
  }

  get first(): LoggedRecord | undefined {
    const dot = this.queue[this.takenCount];
    const record = dot && this.wiring.recordOf(dot);
    return dot && record && { dot, record };
  }

  get verdict(): OrderVerdict {
    return this.first === undefined ? "wait" : "execute";
  }

  get isInUse(): boolean {
    return this.throughPlace > 0 || this.pendingCount > 0;
  }

  /** What has no place yet gets one when the order goes on. */
  readonly isAgreed = true;
  readonly wantsMark = false;
  readonly lines = NOBODY;

  ask(): void {}

  closeAt(): void {}

  mark(): ClockMark {
    assert(false, "in a given order nobody waits for marks");
  }

  put(logged: LoggedRecord): void {
    this.note(logged.record.at);
    const key = dotKey(logged.dot);
    if (!this.queued.has(key)) this.waiting.set(key, logged);
  }

  advance(origin: Origin): void {
    const record = this.wiring.recordOf({ origin, seq: this.wiring.seen().prefix(origin) });
    if (record !== undefined) this.note(record.at);
  }

  /**
   * These are next in the order, of which all up to `through` is known now.
   * @returns those that have not had a place before
   */
  setPlaces(through: number, dots: readonly Dot[]): Dot[] {
    this.throughPlace = through;
    const fresh: Dot[] = [];
    for (const dot of dots) {
      const key = dotKey(dot);
      if (this.wiring.applied().has(dot) || this.queued.has(key)) continue;
      this.queued.add(key);
      this.waiting.delete(key);
      this.queue.push(dot);
      fresh.push(dot);
    }
    return fresh;
  }

  takeFirst(): LoggedRecord | undefined {
    const { first } = this;
    if (first === undefined) return undefined;
    this.takenCount += 1;
    this.queued.delete(dotKey(first.dot));
    if (this.takenCount >= TAKEN_MAX_COUNT) {
      this.queue = this.queue.slice(this.takenCount);
      this.takenCount = 0;
    }
    return first;
  }

  snapshot(): OrderSnapshot {
    const queue = this.queue.slice(this.takenCount);
    const placed = { place: this.throughPlace, at: this.latestAt, queue };
    return { clocks: [], closed: new Map(), placed };
  }

  restore({ placed }: OrderSnapshot): void {
    if (placed === undefined) return;
    this.note(placed.at);
    this.throughPlace = placed.place;
    this.takenCount = 0;
    this.queued.clear();
    this.queue = [...placed.queue];
    for (const dot of placed.queue) this.queued.add(dotKey(dot));
  }

  /**
   * Of a replica that has executed no more than this one: its order goes on from there, when all
   * that waits in it is here.
   */
  adopt(placed: PlacedOrder): boolean {
    const { applied, recordOf } = this.wiring;
    if (placed.place <= this.throughPlace) return true;
    const queue = placed.queue.filter((dot) => !applied().has(dot));
    if (queue.some((dot) => recordOf(dot) === undefined)) return false;
    this.restore({ clocks: [], closed: new Map(), placed: { ...placed, queue } });
    for (const dot of queue) this.waiting.delete(dotKey(dot));
    return true;
  }

  /** What has its place keeps it. */
  clearPending(): void {
    this.waiting.clear();
  }

  clear(): void {
    this.waiting.clear();
    this.restore({
      clocks: [],
      closed: new Map(),
      placed: { place: 0, at: this.latestAt, queue: [] },
    });
  }

  private note(at: HybridTime): void {
    if (compareHybridTimes(at, this.latestAt) > 0) this.latestAt = at;
  }
}
