import { CausalBuffer, type Need } from "../../core/causal-buffer.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Cause, TopicMessage } from "../api.ts";
import { CausalCursors, type Cursor, type Next, type Seat } from "./causal-cursors.ts";
import { CausalFrontier, type FrontierOptions } from "./causal-frontier.ts";
import {
  type Ordering,
  type OrderingPorts,
  seenRunEnd,
  type Waiting,
  WaitingTally,
} from "./ordering.ts";

export interface CausalOrderOptions extends FrontierOptions {
  /** Lives of publishers, of each topic, that are waited for and were never heard. */
  readonly originsMaxCount: number;
}

interface SetTimer {
  readonly id: number;
  readonly dueMs: number;
  readonly ports: OrderingPorts;
}

/**
 * Delivers the messages of several topics after those that they came after, as far as this node
 * takes part in the topics of these. [Birman, Schiper and Stephenson 1991 §4; Schwarz and Mattern
 * 1994]
 *
 * Of each life of a publisher and topic only the next message is looked at: those behind it come
 * after it anyway. It waits until its causes have been delivered, or are known to be lost, or have
 * not come in a bounded time; what waits behind what is missing waits with it, as long as that
 * makes progress. What was given up is told as a gap, and not delivered should it come all the
 * same, for what followed it has been.
 */
export class CausalOrder {
  /** What the next message of this node comes after. */
  readonly frontier: CausalFrontier;
  private readonly count: (name: string, by?: number) => void;
  private readonly cursors: CausalCursors;
  /** Lives whose next message is here and waits for its causes. */
  private readonly waiting = new CausalBuffer<Cursor, Cursor>(({ last }) => last);
  /** Lives whose next message is not here, and is needed. */
  private readonly lacking = new Set<Cursor>();
  /** Lives that can go on, perhaps. */
  private readonly free: Cursor[] = [];
  private isRunning = false;
  /** True while a room is taken over: what a disk gave back was delivered to a former life. */
  private isRestoring = false;
  private timer: SetTimer | undefined;

  constructor(options: CausalOrderOptions, count: (name: string, by?: number) => void) {
    this.count = count;
    this.cursors = new CausalCursors(options.originsMaxCount);
    this.frontier = new CausalFrontier(options, count);
  }

  /** Opens a topic. What the room holds already counts as delivered, if its causes are there. */
  join(given: Omit<Seat, "tally">): Ordering {
    const seat: Seat = { ...given, tally: new WaitingTally() };
    this.cursors.add(seat);
    this.restore(seat);
    return {
      passed: () => this.cursors.passed(seat),
      onMessage: (message, bytesCount) => this.onMessage(seat, message, bytesCount),
      onSettled: (dots) => this.onSettled(seat, dots),
      close: () => this.close(),
    };
  }

  private restore(seat: Seat): void {
    this.isRestoring = true;
    for (const origin of seat.room.seen.origins()) this.free.push(this.cursors.heard(seat, origin));
    this.run();
    this.isRestoring = false;
    this.cursors.forgetAhead(seat);
  }

  private onMessage(seat: Seat, message: TopicMessage<unknown>, bytesCount: number): void {
    const { origin, seq } = message.dot;
    const cursor = this.cursors.heard(seat, origin);
    // Given up before it came, or delivered with those before it.
    if (seq <= cursor.last) return;
    if (seq === cursor.last + 1 && cursor.ahead.length === 0) {
      cursor.ahead = [nextFrom({ message, bytesCount })];
    }
    seat.tally.add(cursor, 1, bytesCount);
    this.free.push(cursor);
    // A reader said something: its turn comes in the run that is under way.
    if (this.isRunning) return;
    this.run();
    if (cursor.last >= seq) return;
    this.count("topics.waited");
    this.lookAhead(message.after ?? []);
    if (seat.tally.isWithin(seat.options)) return;
    this.count("topics.waitFull");
    this.force(cursor, seq);
  }

  private onSettled(seat: Seat, dots: ReadonlyDotSet): void {
    for (const origin of dots.origins()) this.free.push(this.cursors.heard(seat, origin));
    if (!this.isRunning) this.run();
  }

  private close(): void {
    this.stopTimer();
    this.waiting.clear();
    this.lacking.clear();
  }

  /** Delivers whatever can be. */
  private run(): void {
    this.isRunning = true;
    try {
      for (let cursor = this.free.pop(); cursor !== undefined; cursor = this.free.pop()) {
        this.advance(cursor);
      }
    } finally {
      this.isRunning = false;
    }
  }

  private advance(cursor: Cursor): void {
    if (this.waiting.has(cursor)) return;
    const before = cursor.last;
    for (let next = this.nextOf(cursor); next !== undefined; next = this.nextOf(cursor)) {
      if (this.mustWait(cursor, next.after)) {
        this.lacking.delete(cursor);
        cursor.sinceMs = cursor.seat.ports.now();
        return this.setTimer(cursor, dueOf(cursor));
      }
      this.deliver(cursor, next);
    }
    this.reconsider(cursor, cursor.last > before ? "progress" : "none");
  }

  /** The next message, if it is here; what is lost before it is passed over. */
  private nextOf(cursor: Cursor): Next | undefined {
    const { origin, seat } = cursor;
    for (;;) {
      while ((cursor.ahead[0]?.seq ?? Number.POSITIVE_INFINITY) <= cursor.last)
        cursor.ahead.shift();
      const [next] = cursor.ahead;
      if (next?.seq === cursor.last + 1) return next;
      const end = seenRunEnd(seat.room.seen, origin, cursor.last + 1);
      if (end === 0) return undefined;
      if (next === undefined) cursor.ahead = this.readAhead(cursor, end);
      this.passLost(cursor, Math.min(end, (cursor.ahead[0]?.seq ?? end + 1) - 1));
    }
  }

  private readAhead({ last, origin, seat }: Cursor, end: number): Next[] {
    const run = { first: last + 1, last: end };
    if (!this.isRestoring) return seat.room.firstOf(origin, run).map(nextFrom);
    const sayings = seat.room.sayingsOf(origin, run);
    return sayings.map((saying) => ({ ...saying, waiting: undefined }));
  }

  private deliver(cursor: Cursor, { after, seq, waiting }: Next): void {
    const { origin, seat } = cursor;
    const { tag } = seat;
    this.moveTo(cursor, seq);
    cursor.isStarting = false;
    // Before readers hear it: what they say to it comes after it.
    this.frontier.note({ tag, dot: { origin, seq }, after });
    if (waiting === undefined) return;
    seat.tally.add(cursor, -1, -waiting.bytesCount);
    seat.ports.deliver(waiting.message);
  }

  /** All up to `to` was seen, and is not here any more, or never was for readers. */
  private passLost(cursor: Cursor, to: number): void {
    if (to <= cursor.last) return;
    const { origin, seat } = cursor;
    const lost = seat.room.lostBetween(origin, cursor.last + 1, to);
    this.moveTo(cursor, to);
    cursor.isStarting = false;
    if (!lost.isEmpty && !this.isRestoring) seat.ports.tellGap(lost);
  }

  private moveTo(cursor: Cursor, seq: number): void {
    cursor.last = seq;
    this.free.push(...this.waiting.takeReady(cursor));
  }

  /**
   * Of publishers that were never heard, what was said before this node came will not come: it is
   * waited for once, for all messages that name it, and not for each when its turn comes.
   */
  private lookAhead(after: readonly Cause[]): void {
    for (const cause of after) {
      const other = this.cursors.named(cause);
      if (other === "full" || other?.isStarting !== true || other.isHeard) continue;
      if (other.last < cause.seq) this.want(other, cause.seq);
    }
  }

  private want(cursor: Cursor, seq: number): void {
    cursor.wanted = Math.max(cursor.wanted, seq);
    if (!this.waiting.has(cursor)) this.reconsider(cursor, "none");
  }

  /** True when something that `after` names is still to come. */
  private mustWait(cursor: Cursor, after: readonly Cause[]): boolean {
    const needs: Need<Cursor>[] = [];
    for (const cause of after) {
      const other = this.cursors.named(cause);
      if (other === "full") this.count("topics.causesIgnored");
      else if (other !== undefined && other !== cursor && other.last < cause.seq) {
        needs.push([other, cause.seq]);
      }
    }
    if (needs.length === 0 || !this.waiting.put(cursor, needs)) return false;
    for (const [other, seq] of needs) this.want(other, seq);
    return true;
  }

  /** Its next message is not here: is it needed? */
  private reconsider(cursor: Cursor, since: "progress" | "none"): void {
    const { last, origin, seat, wanted } = cursor;
    const heardTo = seat.room.seen.last(origin);
    const upTo = Math.max(heardTo, wanted);
    if (heardTo <= last) seat.tally.clear(cursor);
    if (upTo <= last) {
      this.lacking.delete(cursor);
      return;
    }
    const nowMs = seat.ports.now();
    if (since === "progress" || !this.lacking.has(cursor)) {
      this.lacking.add(cursor);
      cursor.sinceMs = nowMs;
      cursor.upTo = upTo;
    } else if (cursor.sinceMs === nowMs) cursor.upTo = Math.max(cursor.upTo, upTo);
    // Of whom nothing was ever heard, all that was said before is given up together.
    else if (cursor.isStarting) cursor.upTo = Math.max(cursor.upTo, wanted);
    this.setTimer(cursor, dueOf(cursor));
  }

  /** Does not wait any longer for what is missing up to `upTo`. */
  private giveUp(cursor: Cursor, upTo: number): void {
    const { origin, seat } = cursor;
    this.lacking.delete(cursor);
    while (cursor.last < upTo && !this.waiting.has(cursor)) {
      const ranges = seat.room.seen.rangesOf(origin);
      const range = ranges?.rangeFrom(cursor.last + 1) ?? 0;
      const isThere = ranges !== undefined && range < ranges.rangesCount;
      const first = isThere ? ranges.firstOf(range) : upTo + 1;
      if (first > cursor.last + 1) this.skip(cursor, Math.min(first - 1, upTo));
      this.free.push(cursor);
      this.run();
    }
  }

  private skip(cursor: Cursor, to: number): void {
    const { isStarting, last, origin, seat } = cursor;
    this.moveTo(cursor, to);
    if (isStarting) return;
    const missing = new DotSet();
    missing.addRange(origin, last + 1, to);
    this.count("topics.skipped", missing.size);
    seat.ports.tellGap(missing);
  }

  /** Delivers up to `seq`, whatever that came after. */
  private force(cursor: Cursor, seq: number): void {
    while (cursor.last < seq) {
      const root = this.rootOf(cursor, seq);
      if (root === undefined) this.breakCircle(cursor);
      else this.giveUp(...root);
    }
  }

  /** What the messages of `cursor` up to `seq` wait for in the end; undefined: for themselves. */
  private rootOf(cursor: Cursor, seq: number): Need<Cursor> | undefined {
    const passed = new Set<Cursor>();
    let root: Need<Cursor> = [cursor, seq];
    for (;;) {
      const need = this.waiting.lackOf(root[0]);
      if (need === undefined) return root;
      passed.add(root[0]);
      if (passed.has(need[0])) return undefined;
      root = need;
    }
  }

  /** Causes that run in a circle are forged; whoever forged them gets any order. */
  private breakCircle(cursor: Cursor): void {
    this.count("topics.absurdCauses");
    this.waiting.delete(cursor);
    const next = this.nextOf(cursor);
    if (next !== undefined) this.deliver(cursor, next);
    this.free.push(cursor);
    this.run();
  }

  private setTimer({ seat: { ports } }: Cursor, dueMs: number): void {
    if (this.timer !== undefined && this.timer.dueMs <= dueMs) return;
    this.stopTimer();
    const delayMs = Math.max(0, dueMs - ports.now());
    const onDue = (): void => ports.afterStep(() => this.onTimer());
    this.timer = { id: ports.timers.startTimer(onDue, delayMs), dueMs, ports };
  }

  private stopTimer(): void {
    if (this.timer !== undefined) this.timer.ports.timers.stopTimer(this.timer.id);
    this.timer = undefined;
  }

  private onTimer(): void {
    this.timer = undefined;
    for (const cursor of [...this.lacking]) {
      if (this.lacking.has(cursor) && isDue(cursor)) this.giveUp(cursor, cursor.upTo);
    }
    for (const cursor of [...this.waiting]) {
      const isStuck = isDue(cursor) && this.rootOf(cursor, 0) === undefined;
      if (isStuck && this.waiting.has(cursor)) this.breakCircle(cursor);
    }
    for (const cursor of this.lacking) this.setTimer(cursor, dueOf(cursor));
    // Where nothing is missing, what waits does so in a circle, which is broken in its time.
    for (const cursor of this.waiting) {
      const { options, ports } = cursor.seat;
      this.setTimer(cursor, ports.now() + options.waitMs);
      break;
    }
  }
}

function dueOf({ seat, sinceMs }: Cursor): number {
  return sinceMs + seat.options.waitMs;
}

function isDue(cursor: Cursor): boolean {
  return dueOf(cursor) <= cursor.seat.ports.now();
}

function nextFrom(waiting: Waiting): Next {
  const { after = [], dot } = waiting.message;
  return { seq: dot.seq, after, waiting };
}
