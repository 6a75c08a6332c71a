import { Heap } from "../../core/collections/heap.ts";
import type { Dot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { compareHybridTimes, type HybridTime } from "../../core/hybrid-clock.ts";
import type { Origin } from "../../core/peer.ts";
import { joinLanes, textLanes } from "../../core/seq-ranges.ts";
import { compareUtf8 } from "../../core/text.ts";
import type {
  ClockMark,
  LoggedRecord,
  OperationRecord,
  OrderSnapshot,
  OriginClock,
  Vector,
} from "./operation-log.messages.ts";
import type { Ordering, OrderVerdict } from "./ordering.contract.ts";
import { isWithin, prefixesOf } from "./vector.ts";

const NEVER: HybridTime = { ms: 0, counter: 0 };
/** Lines that are remembered; who was put out longer ago has long been forgotten by all. */
const CLOSED_MAX_COUNT = 1_024;

export interface TotalOrderWiring {
  readonly origin: () => Origin;
  /** Who is waited for: the replica set, this node in it. The same array while it is the same. */
  readonly members: () => readonly Origin[];
  /** Stood in the set, and will never write again. Others may be about to be known as members. */
  readonly isGone: (origin: Origin) => boolean;
  readonly seen: () => ReadonlyDotSet;
  readonly recordOf: (dot: Dot) => OperationRecord | undefined;
  /** A line was drawn, for good. */
  readonly onClosed: (origin: Origin, upTo: number) => void;
}

/**
 * One order for all replicas without anybody who leads: operations by (time, origin), each once
 * nothing earlier can come any more. [spec §10, order: "timestamp"; Lamport 1978, total ordering]
 *
 * Times of one origin only grow, so nothing earlier can come when from every member something at
 * least as late was received, without gaps. Who has nothing to say writes a *mark*. Marks also
 * carry whom their author waits for: all members must wait for the same, or one of them would go on
 * without the operation of a newcomer that another counts in. And they carry what their author had
 * received, so that, when somebody is put out, all draw the same line under what it wrote.
 */
export class TotalOrder implements Ordering {
  readonly kind = "timestamp";
  private readonly wiring: TotalOrderWiring;
  private readonly pending = new Heap<LoggedRecord>(compareLogged);
  private readonly clocks = new Map<Origin, OriginClock>();
  private readonly closed = new Map<Origin, number>();
  private latestAt: HybridTime = NEVER;
  private known: { readonly members: readonly Origin[]; readonly view: number } | undefined;
  private isAsked = false;
  /** Of whom it is known that they agree. */
  private agreed: readonly Origin[] | undefined;

  constructor(wiring: TotalOrderWiring) {
    this.wiring = wiring;
  }

  get pendingCount(): number {
    return this.pending.size;
  }

  /** The first operation that is not executed yet. */
  get first(): LoggedRecord | undefined {
    return this.pending.first;
  }

  /** The last that counts of whom nobody waits for any more: all of it has its place. */
  get lines(): Vector {
    return this.closed;
  }

  takeFirst(): LoggedRecord | undefined {
    return this.pending.takeFirst();
  }

  put(logged: LoggedRecord): void {
    this.pending.put(logged);
    const { at } = logged.record;
    if (compareHybridTimes(at, this.latestAt) > 0) this.latestAt = at;
  }

  /** More was received of `origin`. */
  advance(origin: Origin): void {
    const upTo = this.wiring.seen().prefix(origin);
    const before = this.clocks.get(origin);
    let { at, mark, seq } = before ?? { at: NEVER, mark: undefined, seq: 0 };
    if (upTo <= seq) return;
    for (seq += 1; seq <= upTo; seq += 1) {
      const record = this.wiring.recordOf({ origin, seq });
      if (record === undefined) continue;
      if (compareHybridTimes(record.at, at) > 0) at = record.at;
      if (record.kind !== "mark") continue;
      mark = record;
      for (const [other, line] of record.closed) this.closeAt(other, line);
    }
    if (mark !== before?.mark) this.agreed = undefined;
    this.clocks.set(origin, { origin, seq: upTo, at, mark });
  }

  /** True when something was ever written in this order, as far as is known here. */
  get isInUse(): boolean {
    if (this.pending.size > 0) return true;
    for (const { mark } of this.clocks.values()) if (mark !== undefined) return true;
    return false;
  }

  /** True when all members wait for the same, and what is written now comes after all executed. */
  get isAgreed(): boolean {
    const { members, view } = this.agreedOn;
    if (this.agreed === members) return true;
    const seen = this.wiring.seen();
    // A later mark of who drew a line says no more that it had received all up to there.
    if (!isWithin(this.closed, seen)) return false;
    const isAgreed = members.every((origin) => {
      const mark = this.clocks.get(origin)?.mark;
      return mark?.view === view && isWithin(mark.prev, seen);
    });
    if (isAgreed) {
      this.agreed = members;
      this.close();
    }
    return isAgreed;
  }

  /** Somebody here wants to write in this order. */
  ask(): void {
    this.isAsked = true;
  }

  /** True when others, or this node, wait for a mark of this node. */
  get wantsMark(): boolean {
    const { members, view } = this.agreedOn;
    const own = this.wiring.origin();
    const clock = this.clocks.get(own);
    if (!members.includes(own)) return false;
    const isPending = this.pending.size > 0;
    if (isPending && compareHybridTimes(clock?.at ?? NEVER, this.latestAt) < 0) return true;
    if (clock?.mark?.view === view) return false;
    // Where this order is in use, all agree on a change before somebody has to wait for it.
    return this.isAsked || this.isInUse;
  }

  /** A mark of this node, to be written now. */
  mark(at: HybridTime): ClockMark {
    const { members, view } = this.agreedOn;
    const before = this.clocks.get(this.wiring.origin())?.mark;
    const prev = new Map<Origin, number>();
    for (const [origin, upTo] of prefixesOf(this.wiring.seen())) {
      if (this.closed.has(origin)) continue;
      // The line under who is not waited for is drawn once: later marks do not move it.
      const isDrawn = !members.includes(origin) && before?.view === view;
      const line = isDrawn ? (before.prev.get(origin) ?? 0) : upTo;
      if (line > 0) prev.set(origin, line);
    }
    this.isAsked = false;
    return { kind: "mark", at, view, prev, closed: new Map(this.closed) };
  }

  /** What becomes of the first operation now, as far as its place in the order goes. */
  get verdict(): OrderVerdict {
    const { first } = this.pending;
    if (first === undefined || !this.isAgreed) return "wait";
    const { dot, record } = first;
    const { members } = this.agreedOn;
    if (!members.includes(dot.origin) && !this.closed.has(dot.origin)) {
      // Written by somebody who is not known to stand in the set yet: the others must know, too.
      if (!this.wiring.isGone(dot.origin)) return "wait";
      this.closeAt(dot.origin, this.lineUnder(dot.origin, members));
    }
    for (const member of members) {
      const { at } = this.clocks.get(member) ?? { at: NEVER };
      if (compareHybridTimes(at, record.at) < 0) return "wait";
    }
    return dot.seq > (this.closed.get(dot.origin) ?? dot.seq) ? "void" : "execute";
  }

  snapshot(): OrderSnapshot {
    return { clocks: [...this.clocks.values()], closed: new Map(this.closed) };
  }

  /** Takes over where another replica, or an earlier life, stood; what was further stays. */
  restore({ clocks, closed }: OrderSnapshot): void {
    this.agreed = undefined;
    for (const clock of clocks) {
      const own = this.clocks.get(clock.origin);
      if (own === undefined || own.seq < clock.seq) this.clocks.set(clock.origin, clock);
    }
    for (const [origin, upTo] of closed)
      if (!this.closed.has(origin)) this.closed.set(origin, upTo);
  }

  clearPending(): void {
    this.pending.clear();
    this.latestAt = NEVER;
  }

  clear(): void {
    this.clearPending();
    this.agreed = undefined;
    this.clocks.clear();
    this.closed.clear();
  }

  /** Draws the line under all that is not waited for any more; agreed on by all members. */
  private close(): void {
    const { members } = this.agreedOn;
    for (const origin of this.clocks.keys()) {
      if (this.closed.has(origin) || members.includes(origin)) continue;
      if (this.wiring.isGone(origin)) this.closeAt(origin, this.lineUnder(origin, members));
    }
  }

  /** The first line holds: whoever drew it went on by it. */
  closeAt(origin: Origin, upTo: number): void {
    if (this.closed.has(origin)) return;
    this.closed.set(origin, upTo);
    this.wiring.onClosed(origin, upTo);
    if (this.closed.size <= CLOSED_MAX_COUNT) return;
    for (const first of this.closed.keys()) {
      this.closed.delete(first);
      this.clocks.delete(first);
      return;
    }
  }

  private lineUnder(origin: Origin, members: readonly Origin[]): number {
    let line = 0;
    for (const member of members) {
      line = Math.max(line, this.clocks.get(member)?.mark?.prev.get(origin) ?? 0);
    }
    return line;
  }

  private get agreedOn(): { readonly members: readonly Origin[]; readonly view: number } {
    const members = this.wiring.members();
    if (this.known?.members !== members) this.known = { members, view: viewOf(members) };
    return this.known;
  }
}

/** The spec's order of operations: by time, then by who. */
function compareLogged(one: LoggedRecord, other: LoggedRecord): number {
  const byTime = compareHybridTimes(one.record.at, other.record.at);
  return byTime || compareUtf8(one.dot.origin, other.dot.origin) || one.dot.seq - other.dot.seq;
}

/** 53 bits for a list of members in the order of their names. */
function viewOf(members: readonly Origin[]): number {
  return joinLanes(textLanes(members.join("\n")));
}
