import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import type { TopicMessage } from "../api.ts";
import {
  type Ordering,
  type OrderingOptions,
  type OrderingPorts,
  seenRunEnd,
  type Tallied,
  type WaitingRoom,
  WaitingTally,
} from "./ordering.ts";

/** How far the messages of one life of a publisher were delivered. */
interface Cursor extends Tallied {
  last: number;
  /** True until something was delivered: what came before may never have been for us. */
  isStarting: boolean;
  /** The last progress while something waits. */
  sinceMs: number;
  /** The largest number that waited then. */
  upTo: number;
}

/**
 * Delivers the messages of each life of a publisher in the order in which it wrote them. What comes
 * too early stays where it is kept until those before it are there, or are known to be lost. As
 * nobody may know that, as when their publisher died with them, the wait is bounded in time and in
 * what waits: a slow network holds nobody up for ever.
 */
export class Sequencer implements Ordering {
  private readonly room: WaitingRoom;
  private readonly options: OrderingOptions;
  private readonly ports: OrderingPorts;
  private readonly cursors = new Map<Origin, Cursor>();
  private readonly blocked = new Map<Origin, Cursor>();
  private readonly tally = new WaitingTally();
  private timer: number | undefined;

  /** What the room holds already counts as delivered, as far as nothing before it is missing. */
  constructor(room: WaitingRoom, options: OrderingOptions, ports: OrderingPorts) {
    this.room = room;
    this.options = options;
    this.ports = ports;
    for (const origin of room.seen.origins()) {
      const cursor = this.cursorOf(origin);
      cursor.last = room.seen.prefix(origin);
      cursor.isStarting = false;
      this.reconsider(origin, cursor);
    }
  }

  passed(): DotSet {
    const passed = new DotSet();
    for (const [origin, { last }] of this.cursors) if (last > 0) passed.addRange(origin, 1, last);
    return passed;
  }

  onMessage(message: TopicMessage<unknown>, bytesCount: number): void {
    const { origin, seq } = message.dot;
    const cursor = this.cursorOf(origin);
    // Given up before it came, or delivered with those before it.
    if (seq <= cursor.last) return;
    if (seq === cursor.last + 1) {
      cursor.last = seq;
      cursor.isStarting = false;
      this.ports.deliver(message);
      if (this.blocked.has(origin)) this.advance(origin, cursor);
      return;
    }
    this.ports.count("topics.waited");
    this.tally.add(cursor, 1, bytesCount);
    if (!this.blocked.has(origin)) this.block(origin, cursor);
    else if (cursor.sinceMs === this.ports.now()) cursor.upTo = Math.max(cursor.upTo, seq);
    if (this.tally.isWithin(this.options)) return;
    this.ports.count("topics.waitFull");
    this.giveUp(origin, cursor, seq);
  }

  onSettled(dots: ReadonlyDotSet): void {
    for (const origin of dots.origins()) this.advance(origin, this.cursorOf(origin));
  }

  close(): void {
    if (this.timer !== undefined) this.ports.timers.stopTimer(this.timer);
    this.timer = undefined;
    this.blocked.clear();
  }

  private cursorOf(origin: Origin): Cursor {
    const known = this.cursors.get(origin);
    if (known !== undefined) return known;
    const isStarting = this.options.beginning === "heard";
    const none = { sinceMs: 0, upTo: 0, waitingCount: 0, waitingBytes: 0 };
    const cursor: Cursor = { last: 0, isStarting, ...none };
    this.cursors.set(origin, cursor);
    return cursor;
  }

  private advance(origin: Origin, cursor: Cursor): void {
    const end = seenRunEnd(this.room.seen, origin, cursor.last + 1);
    if (end > cursor.last) this.passTo(origin, cursor, end);
    else if (this.blocked.has(origin)) return;
    this.reconsider(origin, cursor);
  }

  /** There was progress: does anything wait still? */
  private reconsider(origin: Origin, cursor: Cursor): void {
    this.blocked.delete(origin);
    if (this.room.seen.last(origin) > cursor.last) this.block(origin, cursor);
  }

  private block(origin: Origin, cursor: Cursor): void {
    cursor.sinceMs = this.ports.now();
    cursor.upTo = this.room.seen.last(origin);
    this.blocked.set(origin, cursor);
    this.timer ??= this.startTimer(this.options.waitMs);
  }

  /** Does not wait any longer for what is missing up to `upTo`. */
  private giveUp(origin: Origin, cursor: Cursor, upTo: number): void {
    while (cursor.last < upTo) {
      const ranges = this.room.seen.rangesOf(origin);
      const range = ranges?.rangeFrom(cursor.last + 1) ?? 0;
      if (ranges === undefined || range >= ranges.rangesCount) break;
      const [first, last] = [ranges.firstOf(range), ranges.lastOf(range)];
      if (first > cursor.last + 1) this.skip(origin, cursor, first - 1);
      this.passTo(origin, cursor, last);
    }
    this.reconsider(origin, cursor);
  }

  private skip(origin: Origin, cursor: Cursor, to: number): void {
    const missing = new DotSet();
    missing.addRange(origin, cursor.last + 1, to);
    cursor.last = to;
    if (cursor.isStarting) return;
    this.ports.count("topics.skipped", missing.size);
    this.ports.tellGap(missing);
  }

  /** All up to `end` has been seen. */
  private passTo(origin: Origin, cursor: Cursor, end: number): void {
    const first = cursor.last + 1;
    cursor.last = end;
    cursor.isStarting = false;
    const lost = this.room.lostBetween(origin, first, end);
    if (!lost.isEmpty) this.ports.tellGap(lost);
    for (const { message, bytesCount } of this.room.between(origin, first, end)) {
      this.tally.add(cursor, -1, -bytesCount);
      this.ports.deliver(message);
    }
    if (this.room.seen.last(origin) <= end) this.tally.clear(cursor);
  }

  private startTimer(delayMs: number): number {
    return this.ports.timers.startTimer(() => this.ports.afterStep(() => this.onTimer()), delayMs);
  }

  private onTimer(): void {
    this.timer = undefined;
    const { waitMs } = this.options;
    const nowMs = this.ports.now();
    for (const [origin, cursor] of [...this.blocked]) {
      if (cursor.sinceMs + waitMs <= nowMs) this.giveUp(origin, cursor, cursor.upTo);
    }
    let firstMs = Number.POSITIVE_INFINITY;
    for (const { sinceMs } of this.blocked.values()) firstMs = Math.min(firstMs, sinceMs);
    if (this.blocked.size === 0 || this.timer !== undefined) return;
    this.timer = this.startTimer(Math.max(0, firstMs + waitMs - nowMs));
  }
}
