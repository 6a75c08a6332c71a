import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin, PeerId } from "../../core/peer.ts";
import type { HistoryUpdate } from "../../data/history/history.messages.ts";
import type { ApplyVerdict, Delta, Replica, ReplicaListener } from "../../exchange/replica.ts";

/** What an update costs in a delta beside its payload: dot, time, lengths. */
const ENTRY_OVERHEAD_BYTES = 48;
/** Messages that are forgotten together: one by one would cost more for each. */
const RUN_MAX_COUNT = 256;
/** Fewest runs that what is kept stands in; else all large messages would be forgotten at once. */
const RUNS_MIN_COUNT = 16;

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

/** What is asked of the messages of a kind: those of topics have a payload, others may not. */
export interface MessageKind<Message> {
  readonly bytesOf: (message: Message) => number;
  readonly isSane: (message: Message) => boolean;
}

export const topicMessages: MessageKind<HistoryUpdate> = {
  bytesOf: ({ payload }) => payload.length,
  isSane: ({ atMs }) => Number.isSafeInteger(atMs) && atMs >= 0,
};

/** Messages of one origin with consecutive numbers, in the order of their arrival. */
interface Run<Message> {
  readonly origin: Origin;
  readonly first: number;
  readonly updates: Message[];
  bytesCount: number;
}

interface News<Message> {
  readonly dot: Dot;
  readonly update: Message;
  readonly from: PeerId | undefined;
}

/**
 * What a topic without a past remembers of it for a while: which messages it has heard, so that
 * each is heard once, and the last of them, for peers that lost one and for readers that wait for
 * an earlier one. No anti-entropy: who was away has missed what was said.
 */
export class RecentMessages<Message> implements Replica<Message> {
  private readonly wiring: RecentWiring;
  private readonly options: RecentOptions;
  private readonly kind: MessageKind<Message>;
  private seenDots = new DotSet();
  private forgottenDots = new DotSet();
  /** Of each origin by number; they do not overlap. */
  private readonly runs = new Map<Origin, Run<Message>[]>();
  /** The oldest first, from `oldest` on. */
  private byArrival: Run<Message>[] = [];
  private oldest = 0;
  /** Of each origin, the run that its next message may lengthen. */
  private readonly open = new Map<Origin, Run<Message>>();
  private count = 0;
  private readonly listeners: ReplicaListener<Message>[] = [];
  /** What listeners are told when the step has ended. */
  private news: News<Message>[] = [];
  private bytesCount = 0;
  /** Which run was the last one when. */
  private marks: { readonly atMs: number; readonly lastRun: Run<Message> | undefined }[] = [];

  constructor(wiring: RecentWiring, options: RecentOptions, kind: MessageKind<Message>) {
    this.wiring = wiring;
    this.options = options;
    this.kind = kind;
  }

  get seen(): ReadonlyDotSet {
    return this.seenDots;
  }

  /** Seen, and not held any more. */
  get forgotten(): ReadonlyDotSet {
    return this.forgottenDots;
  }

  get size(): number {
    return this.count;
  }

  get payloadBytes(): number {
    return this.bytesCount;
  }

  apply(dot: Dot, update: Message, from?: PeerId): ApplyVerdict {
    const { kind, options } = this;
    if (this.seenDots.rangesOf(dot.origin) === undefined && !this.hasRoomFor()) return "deferred";
    if (!this.seenDots.add(dot)) return "known";
    if (!kind.isSane(update) || kind.bytesOf(update) > options.payloadMaxBytes) {
      this.forgottenDots.add(dot);
      return "rejected";
    }
    this.hold(dot, update);
    this.closeGaps(dot.origin);
    if (this.listeners.length > 0) this.tell({ dot, update, from });
    return "news";
  }

  cover(covers: ReadonlyDotSet, forgotten: ReadonlyDotSet): void {
    this.seenDots.addAll(covers);
    this.forgottenDots.addAll(forgotten.difference(this.seenDots));
    this.seenDots.addAll(forgotten);
  }

  get(dot: Dot): Message | undefined {
    const runs = this.runs.get(dot.origin);
    const run = runs?.[placeOf(runs, dot.seq)];
    return run?.updates[dot.seq - run.first];
  }

  collect(wanted: ReadonlyDotSet, theirs: ReadonlyDotSet, budgetBytes: number): Delta<Message> {
    const updates: [Dot, Message][] = [];
    let leftBytes = budgetBytes;
    let more = false;
    for (const [dot, update] of this.among(wanted)) {
      if (theirs.has(dot)) continue;
      const bytesCount = this.kind.bytesOf(update) + ENTRY_OVERHEAD_BYTES;
      more = bytesCount > leftBytes && updates.length > 0;
      if (more) break;
      leftBytes -= bytesCount;
      updates.push([dot, update]);
    }
    const forgotten = wanted.intersection(this.forgottenDots).difference(theirs);
    return { updates, covers: new DotSet(), forgotten, more };
  }

  subscribe(listener: ReplicaListener<Message>): void {
    this.listeners.push(listener);
  }

  /** Forgets what is old; called now and then by whoever has timers. */
  expire(): void {
    const nowMs = this.wiring.now();
    const horizonMs = nowMs - this.options.keptMaxMs;
    const due = this.marks.findLast(({ atMs }) => atMs <= horizonMs);
    this.marks = this.marks.filter(({ atMs }) => atMs > horizonMs);
    this.marks.push({ atMs: nowMs, lastRun: this.byArrival.at(-1) });
    // What comes from now on is younger, and stands in runs of its own.
    this.open.clear();
    if (due?.lastRun === undefined) return;
    const dueCount = this.byArrival.indexOf(due.lastRun, this.oldest) + 1 - this.oldest;
    for (let left = dueCount; left > 0; left -= 1) this.evict();
  }

  /** One call after the step for all its news: a flood brings thousands in one. */
  private tell(one: News<Message>): void {
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

  private *among(wanted: ReadonlyDotSet): IterableIterator<[Dot, Message]> {
    for (const { origin, first, last } of wanted.ranges()) {
      const runs = this.runs.get(origin) ?? [];
      for (let place = placeOf(runs, first); place < runs.length; place += 1) {
        const run = runs[place];
        if (run === undefined || run.first > last) break;
        const end = Math.min(last, run.first + run.updates.length - 1);
        for (let seq = Math.max(first, run.first); seq <= end; seq += 1) {
          const update = run.updates[seq - run.first];
          if (update !== undefined) yield [{ origin, seq }, update];
        }
      }
    }
  }

  private hold({ origin, seq }: Dot, update: Message): void {
    const bytesCount = this.kind.bytesOf(update);
    let run = this.open.get(origin);
    const goesOn =
      run !== undefined &&
      run.first + run.updates.length === seq &&
      run.bytesCount < this.options.keptMaxBytes / RUNS_MIN_COUNT &&
      run.updates.length < this.runMaxCount;
    if (run === undefined || !goesOn) {
      run = { origin, first: seq, updates: [], bytesCount: 0 };
      this.add(run);
    }
    run.updates.push(update);
    run.bytesCount += bytesCount;
    this.count += 1;
    this.bytesCount += bytesCount;
    const { keptMaxBytes, keptMaxCount } = this.options;
    while (this.count > keptMaxCount || this.bytesCount > keptMaxBytes) this.evict();
  }

  private get runMaxCount(): number {
    return Math.min(RUN_MAX_COUNT, Math.ceil(this.options.keptMaxCount / RUNS_MIN_COUNT));
  }

  private add(run: Run<Message>): void {
    this.byArrival.push(run);
    this.open.set(run.origin, run);
    let runs = this.runs.get(run.origin);
    if (runs === undefined) {
      runs = [];
      this.runs.set(run.origin, runs);
    }
    const place = placeOf(runs, run.first);
    if (place === runs.length) runs.push(run);
    else runs.splice(place, 0, run);
  }

  /** Forgets the oldest run. */
  private evict(): void {
    const run = this.byArrival[this.oldest];
    if (run === undefined) return;
    this.oldest += 1;
    if (this.oldest * 2 > this.byArrival.length) {
      this.byArrival = this.byArrival.slice(this.oldest);
      this.oldest = 0;
    }
    const { bytesCount, first, origin, updates } = run;
    this.count -= updates.length;
    this.bytesCount -= bytesCount;
    if (this.open.get(origin) === run) this.open.delete(origin);
    const runs = this.runs.get(origin);
    if (runs?.length === 1) this.runs.delete(origin);
    else runs?.splice(placeOf(runs, first), 1);
    this.forgottenDots.addRange(origin, first, first + updates.length - 1);
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
    const isKept = (origin: Origin): boolean => origin === own || this.runs.has(origin);
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

/** The first run that ends at `seq` or later; their number when none does. */
function placeOf(runs: readonly Run<unknown>[], seq: number): number {
  let low = 0;
  let high = runs.length;
  // Mostly it is the last one, or behind it.
  const last = runs[high - 1];
  if (last === undefined || last.first + last.updates.length <= seq) return high;
  if (last.first <= seq) return high - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const run = runs[middle];
    if (run !== undefined && run.first + run.updates.length <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
