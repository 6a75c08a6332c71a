import { type Dot, dotKey } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import { memberOf, type Origin } from "../../core/peer.ts";
import type { GivenOrder } from "../../data/operation-log/given-order.ts";
import type {
  LoggedOperation,
  PlacedOperation,
} from "../../data/operation-log/operation-log.contract.ts";
import type { Operation } from "../../data/operation-log/operation-log.messages.ts";
import type { OperationLog } from "../../data/operation-log/operation-log.ts";
import {
  decodeOrderedOperation,
  encodeOrderedOperation,
} from "../../data/operation-log/operation-log.wire.ts";
import type {
  AppendOutcome,
  AppendRequest,
  OrderedApplication,
  OrderedItem,
  OrderedLogCalls,
} from "../../data/ordered-log/ordered-log.contract.ts";
import type { NodeTimers } from "../node-host.ts";
import type { OperationsNumbers } from "./operations.options.ts";

/** As it is attached to the ordered log. */
const APPLICATION = "operations";
/** One that cannot be ordered at all. */
const NEVER = Number.POSITIVE_INFINITY;

export interface OrderedTotalPorts {
  readonly log: OperationLog;
  readonly given: GivenOrder;
  readonly ordered: OrderedLogCalls;
  readonly numbers: OperationsNumbers;
  readonly timers: NodeTimers;
  readonly now: () => number;
  readonly origin: () => Origin;
  /** The replica set, in one order on all nodes. */
  readonly members: () => readonly Origin[];
  /** What all members have. */
  readonly stable: () => ReadonlyDotSet;
  isHeldByMost(dots: ReadonlyDotSet): boolean;
  readonly step: (body: () => void) => void;
  readonly afterStep: (body: () => void) => void;
  readonly count: (name: string, by?: number) => void;
}

/** An operation that has no place yet, as far as its log was told. */
interface Unplaced {
  readonly sinceMs: number;
  /** Written by this node, in this life or an earlier one. */
  readonly isOwn: boolean;
  /** Its author goes first. */
  dueMs: number;
  /** "answered": it has its place, of which the log is about to be told. */
  state: "idle" | "asked" | "answered";
}

/**
 * Asks an ordered log for the places of a log's operations, and tells it those that it gives.
 *
 * The author asks. Whoever has one that got no place for long asks, too: its author may be dead.
 * That an operation stands there twice does no harm, for its first place counts. It asks when all
 * that the operation comes after is executed here and, where the ordered log does not hold that
 * itself, held by most: the whole order waits for it.
 */
export class OrderedTotal implements OrderedApplication {
  private readonly ports: OrderedTotalPorts;
  private readonly unplaced = new Map<string, Unplaced>();
  private readonly asked = new Map<AppendRequest, Unplaced>();
  /** Operations that stand in no ordered log, and that not all are known to have. */
  private loose = new DotSet();
  private readonly beganMs: number;
  private timer: number | undefined;
  private isLooking = false;
  private isPaused = false;
  private isClosed = false;

  constructor(ports: OrderedTotalPorts) {
    this.ports = ports;
    this.beganMs = ports.now();
    const { log, ordered } = ports;
    this.loose = log.seen.difference(ports.stable());
    ordered.listen({
      onAppended: (request, outcome) => this.onAppended(request, outcome),
      onRoom: () => this.look(),
    });
    log.subscribe({
      onNews: (dot, record) => {
        if (record.kind === "operation" && record.class !== "ordered") this.loose.add(dot);
        else this.look();
      },
    });
    log.listen({
      onExecuted: () => this.onExecuted(),
      onRebased: () => this.rebase(),
    });
    this.rebase();
    this.look();
    this.arm();
  }

  close(): void {
    this.isClosed = true;
    if (this.timer !== undefined) this.ports.timers.stopTimer(this.timer);
  }

  onItems(items: readonly OrderedItem[]): "more" | "pause" {
    const { given, log, numbers } = this.ports;
    if (this.isClosed) return "pause";
    log.order.place(items.map(placedFrom));
    this.isPaused = given.queueCount >= numbers.placedMaxCount;
    return this.isPaused ? "pause" : "more";
  }

  onGap({ place }: { readonly place: number }): void {
    this.ports.log.order.onPlacesLost(place);
  }

  private onExecuted(): void {
    const { given, numbers, ordered } = this.ports;
    // What waited for this may ask for its place now.
    this.look();
    if (!this.isPaused || given.queueCount > numbers.placedMaxCount / 2) return;
    this.isPaused = false;
    this.later(() => ordered.resume(APPLICATION));
  }

  /** The state is another one, or none: what is ordered is told from there on. */
  private rebase(): void {
    this.later(() => {
      const { given, log, ordered } = this.ports;
      ordered.detach(APPLICATION);
      this.isPaused = false;
      if (log.phase === "joined") ordered.attach(APPLICATION, this, given.place);
    });
  }

  /** In a step of its own. */
  private later(body: () => void): void {
    this.ports.afterStep(() => {
      if (!this.isClosed) this.ports.step(body);
    });
  }

  private arm(): void {
    const { numbers, stable, timers } = this.ports;
    this.timer = timers.startTimer(() => {
      this.arm();
      if (!this.loose.isEmpty) this.loose = this.loose.difference(stable());
      this.beginAlone();
      this.look();
    }, numbers.placeRetryMs);
  }

  /** Others who come share the order: it says the same to all. */
  private beginAlone(): void {
    const { log, members, now, numbers, step } = this.ports;
    if (log.phase === "joined" || members().length > 1) return;
    if (now() - this.beganMs >= numbers.aloneJoinMs) step(() => log.join());
  }

  private look(): void {
    if (this.isLooking || this.isClosed || this.ports.given.pendingCount === 0) return;
    this.isLooking = true;
    this.later(() => {
      this.isLooking = false;
      this.askAll();
    });
  }

  private askAll(): void {
    const { given, log, now, numbers } = this.ports;
    const nowMs = now();
    const before = new Map(this.unplaced);
    let isHeldUp = false;
    this.unplaced.clear();
    for (const { dot, record } of given.unplaced) {
      if (record.kind !== "operation") continue;
      const key = dotKey(dot);
      const one = before.get(key) ?? this.unplacedFrom(dot, nowMs);
      this.unplaced.set(key, one);
      if (one.state === "asked" || this.asked.size >= numbers.placesAskedMaxCount) continue;
      // What a node wrote gets its places in that order, unless an earlier one waits for others.
      if ((one.isOwn && isHeldUp) || !log.isPlaceable(record)) continue;
      if (one.dueMs <= nowMs && this.isSafe(record, one, nowMs)) this.ask({ dot, record }, one);
      else isHeldUp ||= one.isOwn && one.state === "idle" && one.dueMs < NEVER;
    }
  }

  private unplacedFrom({ origin }: Dot, nowMs: number): Unplaced {
    const { members, numbers, origin: own } = this.ports;
    // One after the other: the first who can does it for all.
    const isOwn = memberOf(origin) === memberOf(own());
    const rank = isOwn ? 0 : 1 + Math.max(0, members().indexOf(own()));
    const dueMs = nowMs + rank * numbers.placeTakeOverMs;
    return { sinceMs: nowMs, isOwn, dueMs, state: "idle" };
  }

  /** What it comes after does not go with its author. */
  private isSafe({ beyond, prev }: Operation, { sinceMs }: Unplaced, nowMs: number): boolean {
    if (this.loose.isEmpty) return true;
    const causes = new DotSet();
    for (const [origin, upTo] of prev) if (upTo > 0) causes.addRange(origin, 1, upTo);
    if (beyond !== undefined) causes.addAll(beyond);
    const loose = this.loose.intersection(causes);
    if (loose.isEmpty) return true;
    if (this.ports.isHeldByMost(loose)) {
      this.loose = this.loose.difference(loose);
      return true;
    }
    return nowMs - sinceMs >= this.ports.numbers.causesHeldMaxMs;
  }

  private ask({ dot, record }: LoggedOperation, one: Unplaced): void {
    one.state = "asked";
    const bytes = encodeOrderedOperation(dot, record);
    this.asked.set(this.ports.ordered.append(bytes, "ordered"), one);
  }

  private onAppended(request: AppendRequest, outcome: AppendOutcome): void {
    const one = this.asked.get(request);
    if (one === undefined) return;
    this.asked.delete(request);
    const { count, now, numbers } = this.ports;
    one.state = outcome.kind === "done" ? "answered" : "idle";
    one.dueMs = now() + (outcome.kind === "done" ? numbers.placeTakeOverMs : numbers.placeRetryMs);
    if (outcome.kind === "done") return this.look();
    count("operations.placesRefused");
    if (outcome.kind === "refused" && outcome.reason === "tooLarge") one.dueMs = NEVER;
  }
}

function placedFrom(item: OrderedItem): PlacedOperation {
  const logged = item.kind === "event" ? decodeOrderedOperation(item.bytes) : undefined;
  return { place: item.place, logged };
}
