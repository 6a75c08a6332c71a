import { RingBuffer } from "../../core/collections/ring-buffer.ts";
import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin, PeerId } from "../../core/peer.ts";
import type { HistoryUpdate } from "../../data/history/history.messages.ts";
import type { ApplyVerdict, Delta, Replica, ReplicaListener } from "../../exchange/replica.ts";

/** What an update costs in a delta beside its payload: dot, time, lengths. */
const ENTRY_OVERHEAD_BYTES = 48;
/** At a bound so large a part of all goes at once: one by one would cost more a message. */
const EVICTED_SHARE = 16;

export interface RecentOptions {
  readonly keptMaxCount: number;
  readonly keptMaxBytes: number;
  readonly keptMaxMs: number;
  readonly payloadMaxBytes: number;
  readonly originsMaxCount: number;
  readonly gapsMaxCount: number;
}

export interface RecentWiring {
  /** In whose name this node writes now. */
  readonly origin: () => Origin;
  readonly now: () => number;
  /** Runs `body` last in the current step. */
  readonly afterStep: (body: () => void) => void;
  readonly count: (name: string, by?: number) => void;
}

interface Entry {
  readonly dot: Dot;
  readonly update: HistoryUpdate;
}

interface News extends Entry {
  readonly from: PeerId | undefined;
}

/**
 * What a topic without a past remembers of it for a while: which messages it has heard, so that
 * each is heard once, and the last of them, for peers that lost one and for readers that wait for
 * an earlier one. No anti-entropy: who was away has missed what was said.
 */
export class RecentMessages implements Replica<HistoryUpdate> {
  private readonly wiring: RecentWiring;
  private readonly options: RecentOptions;
  private seenDots = new DotSet();
  private forgottenDots = new DotSet();
  private readonly held = new Map<Origin, Map<number, Entry>>();
  private readonly byArrival: RingBuffer<Entry>;
  private readonly listeners: ReplicaListener<HistoryUpdate>[] = [];
  /** What listeners are told when the step has ended. */
  private news: News[] = [];
  private bytesCount = 0;
  /** How many had arrived by when, so that no arrival needs a time of its own. */
  private marks: { readonly atMs: number; readonly count: number }[] = [];
  private arrivedCount = 0;
  private leftCount = 0;

  constructor(wiring: RecentWiring, options: RecentOptions) {
    this.wiring = wiring;
    this.options = options;
    this.byArrival = new RingBuffer(options.keptMaxCount + 1);
  }

  get seen(): ReadonlyDotSet {
    return this.seenDots;
  }

  /** Seen, and not held any more. */
  get forgotten(): ReadonlyDotSet {
    return this.forgottenDots;
  }

  get size(): number {
    return this.byArrival.size;
  }

  get payloadBytes(): number {
    return this.bytesCount;
  }

  apply(dot: Dot, update: HistoryUpdate, from?: PeerId): ApplyVerdict {
    const { options } = this;
    if (this.seenDots.rangesOf(dot.origin) === undefined && !this.hasRoomFor()) return "deferred";
    if (!this.seenDots.add(dot)) return "known";
    const isSane = Number.isSafeInteger(update.atMs) && update.atMs >= 0;
    if (!isSane || update.payload.length > options.payloadMaxBytes) {
      this.forgottenDots.add(dot);
      return "rejected";
    }
    this.hold({ dot, update });
    this.closeGaps(dot.origin);
    if (this.listeners.length > 0) this.tell({ dot, update, from });
    return "news";
  }

  cover(covers: ReadonlyDotSet, forgotten: ReadonlyDotSet): void {
    this.seenDots.addAll(covers);
    this.forgottenDots.addAll(forgotten.difference(this.seenDots));
    this.seenDots.addAll(forgotten);
  }

  get(dot: Dot): HistoryUpdate | undefined {
    return this.held.get(dot.origin)?.get(dot.seq)?.update;
  }

  collect(
    wanted: ReadonlyDotSet,
    theirs: ReadonlyDotSet,
    budgetBytes: number,
  ): Delta<HistoryUpdate> {
    const updates: [Dot, HistoryUpdate][] = [];
    let leftBytes = budgetBytes;
    let more = false;
    for (const { dot, update } of this.among(wanted)) {
      if (theirs.has(dot)) continue;
      const bytesCount = update.payload.length + ENTRY_OVERHEAD_BYTES;
      more = bytesCount > leftBytes && updates.length > 0;
      if (more) break;
      leftBytes -= bytesCount;
      updates.push([dot, update]);
    }
    const forgotten = wanted.intersection(this.forgottenDots).difference(theirs);
    return { updates, covers: new DotSet(), forgotten, more };
  }

  subscribe(listener: ReplicaListener<HistoryUpdate>): void {
    this.listeners.push(listener);
  }

  /** Forgets what is old; called now and then by whoever has timers. */
  expire(): void {
    const nowMs = this.wiring.now();
    const horizonMs = nowMs - this.options.keptMaxMs;
    const due = this.marks.findLast(({ atMs }) => atMs <= horizonMs);
    this.marks = this.marks.filter(({ atMs }) => atMs > horizonMs);
    this.marks.push({ atMs: nowMs, count: this.arrivedCount });
    if (due !== undefined) this.evict(due.count - this.leftCount);
  }

  /** One call after the step for all its news: a flood brings thousands in one. */
  private tell(one: News): void {
    this.news.push(one);
    if (this.news.length > 1) return;
    this.wiring.afterStep(() => {
      const { news } = this;
      this.news = [];
      for (const { dot, from, update } of news) {
        for (const listener of this.listeners) listener.onNews(dot, update, from);
      }
    });
  }

  private *among(wanted: ReadonlyDotSet): IterableIterator<Entry> {
    for (const { origin, first, last } of wanted.ranges()) {
      const bySeq = this.held.get(origin);
      if (bySeq === undefined) continue;
      const seqs =
        last - first < bySeq.size
          ? Array.from({ length: last - first + 1 }, (_, index) => first + index)
          : [...bySeq.keys()].filter((seq) => seq >= first && seq <= last).sort((a, b) => a - b);
      for (const seq of seqs) {
        const entry = bySeq.get(seq);
        if (entry !== undefined) yield entry;
      }
    }
  }

  private hold(entry: Entry): void {
    const { origin, seq } = entry.dot;
    let bySeq = this.held.get(origin);
    if (bySeq === undefined) {
      bySeq = new Map();
      this.held.set(origin, bySeq);
    }
    bySeq.set(seq, entry);
    this.byArrival.push(entry);
    this.arrivedCount += 1;
    this.bytesCount += entry.update.payload.length;
    const { keptMaxBytes, keptMaxCount } = this.options;
    if (this.byArrival.size > keptMaxCount) this.evict(Math.ceil(keptMaxCount / EVICTED_SHARE));
    while (this.bytesCount > keptMaxBytes && this.byArrival.size > 0) {
      this.evict(Math.ceil(this.byArrival.size / EVICTED_SHARE));
    }
  }

  private evict(count: number): void {
    let run: { origin: Origin; first: number; last: number } | undefined;
    for (let left = count; left > 0; left -= 1) {
      const entry = this.byArrival.takeFirst();
      if (entry === undefined) break;
      const { origin, seq } = entry.dot;
      this.leftCount += 1;
      this.bytesCount -= entry.update.payload.length;
      const bySeq = this.held.get(origin);
      bySeq?.delete(seq);
      if (bySeq?.size === 0) this.held.delete(origin);
      if (run?.origin === origin && run.last + 1 === seq) run.last = seq;
      else {
        if (run !== undefined) this.forgottenDots.addRange(run.origin, run.first, run.last);
        run = { origin, first: seq, last: seq };
      }
    }
    if (run !== undefined) this.forgottenDots.addRange(run.origin, run.first, run.last);
  }

  /** The oldest gaps count as seen and lost: whoever still has them is very late. */
  private closeGaps(origin: Origin): void {
    const ranges = this.seenDots.rangesOf(origin);
    if (ranges === undefined || ranges.rangesCount <= this.options.gapsMaxCount) return;
    const [first, last] = [ranges.lastOf(0) + 1, ranges.firstOf(1) - 1];
    this.forgottenDots.addRange(origin, first, last);
    this.wiring.count("topics.forgottenGaps", this.seenDots.addRange(origin, first, last));
  }

  /**
   * Whether one more life of a publisher can be remembered. Those of whom nothing is held make
   * room: were their messages still on the way somewhere, they would be heard twice.
   */
  private hasRoomFor(): boolean {
    const { originsMaxCount } = this.options;
    if (this.seenDots.originsCount < originsMaxCount) return true;
    const own = this.wiring.origin();
    const isKept = (origin: Origin): boolean => origin === own || this.held.has(origin);
    const before = this.seenDots.originsCount;
    this.seenDots = only(this.seenDots, isKept);
    this.forgottenDots = only(this.forgottenDots, isKept);
    this.wiring.count("topics.forgottenOrigins", before - this.seenDots.originsCount);
    return this.seenDots.originsCount < originsMaxCount;
  }
}

function only(dots: ReadonlyDotSet, isKept: (origin: Origin) => boolean): DotSet {
  const kept = new DotSet();
  for (const { origin, first, last } of dots.ranges()) {
    if (isKept(origin)) kept.addRange(origin, first, last);
  }
  return kept;
}
