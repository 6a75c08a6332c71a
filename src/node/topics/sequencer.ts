import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import type { SeqRanges } from "../../core/seq-ranges.ts";
import type { TopicMessage } from "../api.ts";
import type { NodeTimers } from "../node-host.ts";

/** A message that waits for those before it. */
export interface Waiting {
  readonly message: TopicMessage<unknown>;
  readonly bytesCount: number;
}

/** Where messages wait. */
export interface WaitingRoom {
  /** All that nobody has to wait for: held, refused or forgotten. */
  readonly seen: ReadonlyDotSet;
  /** What is held of these numbers, ascending. */
  between(origin: Origin, first: number, last: number): readonly Waiting[];
  /** What was seen of these numbers and is lost to readers. */
  lostBetween(origin: Origin, first: number, last: number): DotSet;
}

export interface SequencerOptions {
  /** How long a publisher's messages wait, without any progress, for one that is missing. */
  readonly waitMs: number;
  /** Most messages that wait. */
  readonly waitingMaxCount: number;
  readonly waitingMaxBytes: number;
  /**
   * Where an unknown publisher begins: at its first message, or at the first that is heard here
   * (and those that the network had put before it).
   */
  readonly beginning: "first" | "heard";
}

export interface SequencerPorts {
  readonly timers: NodeTimers;
  readonly now: () => number;
  readonly afterStep: (body: () => void) => void;
  readonly count: (name: string, by?: number) => void;
  deliver(message: TopicMessage<unknown>): void;
  tellGap(dots: ReadonlyDotSet): void;
}

/** How far the messages of one life of a publisher were delivered. */
interface Cursor {
  last: number;
  /** True until something was delivered: what came before may never have been for us. */
  isStarting: boolean;
  /** The last progress while something waits. */
  sinceMs: number;
  /** The largest number that waited then. */
  upTo: number;
  waitingCount: number;
  waitingBytes: number;
}

/**
 * Delivers the messages of each life of a publisher in the order in which it wrote them. What comes
 * too early stays where it is kept until those before it are there, or are known to be lost. As
 * nobody may know that, as when their publisher died with them, the wait is bounded in time and in
 * what waits: a slow network holds nobody up for ever.
 */
export class Sequencer {
  private readonly room: WaitingRoom;
  private readonly options: SequencerOptions;
  private readonly ports: SequencerPorts;
  private readonly cursors = new Map<Origin, Cursor>();
  private readonly blocked = new Map<Origin, Cursor>();
  private waitingCount = 0;
  private waitingBytes = 0;
  private timer: number | undefined;

  /** What the room holds already counts as delivered, as far as nothing before it is missing. */
  constructor(room: WaitingRoom, options: SequencerOptions, ports: SequencerPorts) {
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

  /** What readers have been given or told of, for those who begin at the start. */
  passed(): DotSet {
    const passed = new DotSet();
    for (const [origin, { last }] of this.cursors) if (last > 0) passed.addRange(origin, 1, last);
    return passed;
  }

  /** A message that the room has taken in. */
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
    this.note(cursor, 1, bytesCount);
    if (!this.blocked.has(origin)) this.block(origin, cursor);
    else if (cursor.sinceMs === this.ports.now()) cursor.upTo = Math.max(cursor.upTo, seq);
    const { waitingMaxBytes, waitingMaxCount } = this.options;
    if (this.waitingCount <= waitingMaxCount && this.waitingBytes <= waitingMaxBytes) return;
    this.ports.count("topics.waitFull");
    this.giveUp(origin, cursor, seq);
  }

  /** Nobody has to wait for these any more. */
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
    const ranges = this.room.seen.rangesOf(origin);
    const end = ranges === undefined ? 0 : runEnd(ranges, cursor.last + 1);
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
      this.note(cursor, -1, -bytesCount);
      this.ports.deliver(message);
    }
    if (this.room.seen.last(origin) > end) return;
    // Whatever of it was lost while it waited, nothing waits now.
    this.note(cursor, -cursor.waitingCount, -cursor.waitingBytes);
  }

  private note(cursor: Cursor, count: number, bytesCount: number): void {
    const by = Math.max(count, -cursor.waitingCount);
    const bytesBy = Math.max(bytesCount, -cursor.waitingBytes);
    cursor.waitingCount += by;
    cursor.waitingBytes += bytesBy;
    this.waitingCount += by;
    this.waitingBytes += bytesBy;
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

/** The end of the run that holds `seq`; 0 when none does. */
function runEnd(ranges: SeqRanges, seq: number): number {
  const range = ranges.rangeFrom(seq);
  if (range >= ranges.rangesCount || ranges.firstOf(range) > seq) return 0;
  return ranges.lastOf(range);
}
