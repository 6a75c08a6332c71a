import { AgeQueue } from "../../core/collections/age-queue.ts";
import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin, PeerId } from "../../core/peer.ts";
import { compareUtf8 } from "../../core/text.ts";
import type { ApplyVerdict, Delta, Replica, ReplicaListener } from "../../exchange/replica.ts";
import { HeldByDot } from "../held-by-dot.ts";
import type { HistoryEntry, HistoryUpdate } from "./history.messages.ts";
import type { HistoryOptions } from "./history.options.ts";

/** An author's clock is believed so far into the future. [DESIGN section 3] */
const DRIFT_MAX_MS = 5_000;
/** What an update costs in a delta beside its payload: dot, time, lengths. */
const ENTRY_OVERHEAD_BYTES = 48;

interface Held {
  readonly dot: Dot;
  readonly update: HistoryUpdate;
}

interface News {
  readonly dot: Dot;
  readonly update: HistoryUpdate;
  readonly from: PeerId | undefined;
}

/** What a history needs of its surroundings. */
export interface HistoryWiring {
  /** In whose name this node writes now. */
  readonly origin: () => Origin;
  /** Whole milliseconds since the epoch. */
  readonly wallClock: () => number;
  /** Runs `body` last in the current step. */
  readonly afterStep: (body: () => void) => void;
  /** Takes note of what must survive a restart. */
  readonly journal?: HistoryJournal;
}

/** Where a history is kept on disk; `HistoryFile` is one. */
export interface HistoryJournal {
  onUpdate(dot: Dot, update: HistoryUpdate): void;
  onForgotten(dots: ReadonlyDotSet): void;
  /** Nothing that was noted before counts any more. */
  onDiscarded(): void;
}

/** What a reader gets: updates by time, and the dots that nobody will ever tell it. */
export interface HistoryPage {
  readonly updates: readonly HistoryEntry[];
  /** Dots that the reader had not read and that a bound has dropped, here or elsewhere. */
  readonly gap: DotSet;
  readonly more: boolean;
}

/**
 * A bounded append-only history of updates. What a bound drops stays *seen*, and is named
 * *forgotten*, so that nobody waits for it and every reader is told of the gap.
 */
export class History implements Replica<HistoryUpdate> {
  private readonly wiring: HistoryWiring;
  private readonly options: HistoryOptions;
  private held = new HeldByDot<Held>();
  private byAge = new AgeQueue<Dot>();
  private seenDots = new DotSet();
  private forgottenDots = new DotSet();
  private readonly listeners: ReplicaListener<HistoryUpdate>[] = [];
  private bytesCount = 0;
  private lastAtMs = 0;
  /** What the listeners are told when the step has ended: once for many updates. */
  private news: News[] = [];
  private lost: DotSet | undefined;
  private isTellingDue = false;

  constructor(wiring: HistoryWiring, options: HistoryOptions) {
    this.wiring = wiring;
    this.options = options;
  }

  get seen(): ReadonlyDotSet {
    return this.seenDots;
  }

  /** Dropped by a bound, here or where they came from. */
  get forgotten(): ReadonlyDotSet {
    return this.forgottenDots;
  }

  get size(): number {
    return this.held.size;
  }

  get payloadBytes(): number {
    return this.bytesCount;
  }

  /**
   * Writes an update of this node.
   * @throws RangeError when the payload is larger than `payloadMaxBytes`
   */
  append(payload: Uint8Array): HistoryEntry {
    const { payloadMaxBytes } = this.options;
    if (payload.length > payloadMaxBytes) {
      throw new RangeError(`${payload.length} bytes, but at most ${payloadMaxBytes} are taken`);
    }
    const origin = this.wiring.origin();
    this.lastAtMs = Math.max(this.lastAtMs, this.wiring.wallClock());
    const dot = { origin, seq: this.seenDots.last(origin) + 1 };
    const update = { atMs: this.lastAtMs, payload };
    this.take(dot, update, undefined);
    return [dot, update];
  }

  apply(dot: Dot, update: HistoryUpdate, from?: PeerId): ApplyVerdict {
    if (this.seenDots.has(dot)) return "known";
    const isSane = Number.isSafeInteger(update.atMs) && update.atMs >= 0;
    if (!isSane || update.payload.length > this.options.payloadMaxBytes) {
      this.seenDots.add(dot);
      // For others this node is as good as one that forgot it: it will never pass it on.
      this.forgottenDots.add(dot);
      this.wiring.journal?.onForgotten(DotSet.of(dot));
      return "rejected";
    }
    return this.take(dot, update, from);
  }

  cover(covers: ReadonlyDotSet, forgotten: ReadonlyDotSet): void {
    const news = forgotten.difference(this.seenDots);
    this.seenDots.addAll(covers);
    if (news.isEmpty) return;
    this.seenDots.addAll(news);
    this.forgottenDots.addAll(news);
    this.wiring.journal?.onForgotten(news);
    this.lostDots.addAll(news);
    this.tellLater();
  }

  get(dot: Dot): HistoryUpdate | undefined {
    return this.held.get(dot)?.update;
  }

  collect(
    wanted: ReadonlyDotSet,
    theirs: ReadonlyDotSet,
    budgetBytes: number,
  ): Delta<HistoryUpdate> {
    const updates: HistoryEntry[] = [];
    let leftBytes = budgetBytes;
    let more = false;
    for (const { dot, update } of this.held.among(wanted)) {
      if (theirs.has(dot)) continue;
      const bytesCount = update.payload.length + ENTRY_OVERHEAD_BYTES;
      if (bytesCount > leftBytes && updates.length > 0) {
        more = true;
        break;
      }
      leftBytes -= bytesCount;
      updates.push([dot, update]);
    }
    const forgotten = wanted.intersection(this.forgottenDots).difference(theirs);
    return { updates, covers: new DotSet(), forgotten, more };
  }

  subscribe(listener: ReplicaListener<HistoryUpdate>): void {
    this.listeners.push(listener);
  }

  /** What a reader who has read `after` has yet to read, the oldest `maxCount` by time. */
  read(after: ReadonlyDotSet, maxCount: number): HistoryPage {
    const unread = this.seenDots.difference(after);
    const entries: HistoryEntry[] = [];
    for (const { dot, update } of this.held.among(unread)) entries.push([dot, update]);
    entries.sort(compareEntries);
    return {
      updates: entries.slice(0, maxCount),
      gap: unread.intersection(this.forgottenDots),
      more: entries.length > maxCount,
    };
  }

  /** Forgets what has grown too old; called now and then by whoever has timers. */
  expire(): void {
    const horizonMs = this.wiring.wallClock() - this.options.keptMaxMs;
    while (this.byAge.nextDue <= horizonMs) this.dropOldest();
  }

  /**
   * Forgets all it holds and has seen, without telling anybody: an evicted origin begins anew.
   * [DESIGN section 2]
   */
  discard(): void {
    this.held = new HeldByDot();
    this.byAge = new AgeQueue();
    this.seenDots = new DotSet();
    this.forgottenDots = new DotSet();
    this.bytesCount = 0;
    this.news = [];
    this.lost = undefined;
    this.wiring.journal?.onDiscarded();
  }

  /** All that is held, in no order that means anything. */
  *entries(): IterableIterator<HistoryEntry> {
    for (const { dot, update } of this.held.values()) yield [dot, update];
  }

  /** Takes back what a journal kept; before anything else, and without telling anybody. */
  restore(seen: ReadonlyDotSet, forgotten: ReadonlyDotSet, entries: Iterable<HistoryEntry>): void {
    this.seenDots.addAll(seen);
    this.forgottenDots.addAll(forgotten);
    const nowMs = this.wiring.wallClock();
    for (const [dot, update] of entries) {
      this.seenDots.add(dot);
      const isHeld = this.get(dot) !== undefined || this.forgottenDots.has(dot);
      if (!isHeld) this.hold(dot, update, nowMs);
    }
    this.dropExcess(nowMs);
    // Nobody is told of what happened before the beginning.
    this.lost = undefined;
  }

  private take(dot: Dot, update: HistoryUpdate, from: PeerId | undefined): ApplyVerdict {
    const nowMs = this.wiring.wallClock();
    this.seenDots.add(dot);
    this.hold(dot, update, nowMs);
    this.wiring.journal?.onUpdate(dot, update);
    if (this.dropExcess(nowMs, dot)) return "superseded";
    this.news.push({ dot, update, from });
    this.tellLater();
    return "news";
  }

  private hold(dot: Dot, update: HistoryUpdate, nowMs: number): void {
    this.byAge.put(Math.min(update.atMs, nowMs + DRIFT_MAX_MS), dot);
    this.held.put({ dot, update });
    this.bytesCount += update.payload.length;
  }

  /** True when `newest`, which came just now, was itself too old or too much. */
  private dropExcess(nowMs: number, newest?: Dot): boolean {
    const { keptMaxBytes, keptMaxCount, keptMaxMs } = this.options;
    const horizonMs = nowMs - keptMaxMs;
    let isNewestGone = false;
    while (
      this.held.size > keptMaxCount ||
      this.bytesCount > keptMaxBytes ||
      this.byAge.nextDue <= horizonMs
    ) {
      const dropped = this.dropOldest();
      if (dropped === newest) isNewestGone = true;
    }
    return isNewestGone;
  }

  private dropOldest(): Dot | undefined {
    const dot = this.byAge.takeNext();
    const one = dot === undefined ? undefined : this.held.take(dot);
    if (dot === undefined || one === undefined) return undefined;
    this.bytesCount -= one.update.payload.length;
    this.forgottenDots.add(dot);
    this.lostDots.add(dot);
    this.tellLater();
    return dot;
  }

  private get lostDots(): DotSet {
    this.lost ??= new DotSet();
    return this.lost;
  }

  /** Once for all that a step brings; at once when there is no step. */
  private tellLater(): void {
    if (this.isTellingDue) return;
    this.isTellingDue = true;
    this.wiring.afterStep(() => this.tellListeners());
  }

  private tellListeners(): void {
    const { lost, news } = this;
    this.isTellingDue = false;
    this.news = [];
    this.lost = undefined;
    for (const { dot, from, update } of news) {
      for (const listener of this.listeners) listener.onNews(dot, update, from);
    }
    if (lost === undefined) return;
    for (const listener of this.listeners) listener.onForgotten?.(lost);
  }
}

function compareEntries([a, first]: HistoryEntry, [b, second]: HistoryEntry): number {
  return first.atMs - second.atMs || compareUtf8(a.origin, b.origin) || a.seq - b.seq;
}
