import { type DotRange, DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin, PeerId } from "../../core/peer.ts";
import type { Announced } from "./plumtree.messages.ts";
import type { PlumtreeOptions } from "./plumtree.options.ts";

/** Share of the retry wait by which waits are rounded up, so that few timers serve many runs. */
const GRAIN_RATIO = 0.25;
/**
 * Share of the latest payload in the mean of how late they come. Of the largest, waits would drive
 * each other to the longest, for who asked late passes on late. [RFC 6298 §2]
 */
const LATENESS_GAIN_RATIO = 0.125;
/** How fast the measure of how late answers come sinks, with each that comes sooner. [guess] */
const ANSWER_DECAY = 0.98;
/** The waits, in terms of it. [spec Plumtree B1: twice the round trip] */
const LATENESS_MULTIPLIER = 2;

/** One peer's word that it holds a run of updates. */
interface Notice {
  readonly peer: PeerId;
  readonly origin: Origin;
  readonly first: number;
  last: number;
  readonly round: number;
  readonly notedAtMs: number;
  dueMs: number;
  /** When the peer was sent a GRAFT for it. */
  askedAtMs: number | undefined;
  /** How many were lacking when it was, and when it was due last. */
  askedCount: number;
  leftCount: number;
  /** When some of it came last. */
  cameAtMs: number;
  /** It is given up when it is due again. */
  isLast: boolean;
}

const nothingAsked = { askedCount: 0, leftCount: 0, cameAtMs: 0 } as const;

/** What to ask one peer for. */
export interface Request {
  readonly peer: PeerId;
  readonly wanted: readonly Announced[];
}

export interface Due {
  readonly requests: readonly Request[];
  /** Updates that all who announced them were asked for in vain. */
  readonly lostCount: number;
}

/** The best word about a run that has just come. */
export interface ShorterWay {
  readonly peer: PeerId;
  readonly round: number;
}

/**
 * Updates of one replica that were announced and have not come. Runs, not single names: in a flood
 * each announcement is one entry, whatever it names.
 */
export class Missing {
  private readonly options: PlumtreeOptions;
  private readonly byOrigin = new Map<Origin, Notice[]>();
  private readonly countByPeer = new Map<PeerId, number>();
  private count = 0;
  /** How long after its name a payload has come by itself, of late; undefined before the first. */
  private latenessMs: number | undefined;
  /** How long after it was asked for. */
  private answerMs = 0;

  constructor(options: PlumtreeOptions) {
    this.options = options;
  }

  get size(): number {
    return this.count;
  }

  /** When `takeDue` is to be called next; Infinity while nothing is waited for. */
  get nextDueMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const notices of this.byOrigin.values()) {
      for (const { dueMs } of notices) if (dueMs < next) next = dueMs;
    }
    return next;
  }

  /** The wait before a payload is asked for (T1 of the paper), as payloads have come so far. */
  get graftWaitMs(): number {
    const { graftWaitMaxMs, graftWaitMs } = this.options;
    const measured = LATENESS_MULTIPLIER * (this.latenessMs ?? 0);
    return Math.min(Math.max(graftWaitMs, measured), Math.max(graftWaitMs, graftWaitMaxMs));
  }

  /** The wait for an answer before the next one is asked (T2). */
  private get retryWaitMs(): number {
    const measured = LATENESS_MULTIPLIER * this.answerMs;
    return Math.min(Math.max(this.graftWaitMs / 2, measured), this.options.graftWaitMaxMs);
  }

  /** Takes note of a run that is not all here. False when a bound forbids it, or a part of it. */
  note(peer: PeerId, run: Announced, nowMs: number): boolean {
    const { noticeMaxCount } = this.options;
    // A peer that takes no more is told later of all that it missed, as one run.
    for (let first = run.first; first <= run.last; first += noticeMaxCount) {
      const last = Math.min(run.last, first + noticeMaxCount - 1);
      if (!this.notePiece(peer, { ...run, first, last }, nowMs)) return false;
    }
    return true;
  }

  private notePiece(peer: PeerId, run: Announced, nowMs: number): boolean {
    const { first, last, origin, round } = run;
    const latest = latestOf(this.byOrigin.get(origin), peer);
    if (latest !== undefined && this.goesOn(latest, run, nowMs)) {
      latest.last = Math.max(latest.last, last);
      return true;
    }
    if (!this.hasRoom(peer)) return false;
    const dueMs = this.rounded(nowMs + this.graftWaitMs);
    const times = { notedAtMs: nowMs, dueMs, askedAtMs: undefined, isLast: false };
    this.insert({ peer, origin, first, last, round, ...times, ...nothingAsked });
    return true;
  }

  private hasRoom(peer: PeerId): boolean {
    const { noticesMaxCount, noticesPerPeerMaxCount } = this.options;
    const ofPeer = this.countByPeer.get(peer) ?? 0;
    return this.count < noticesMaxCount && ofPeer < noticesPerPeerMaxCount;
  }

  private insert(notice: Notice): void {
    const { origin, peer } = notice;
    const notices = this.byOrigin.get(origin);
    if (notices === undefined) this.byOrigin.set(origin, [notice]);
    else notices.push(notice);
    this.count += 1;
    this.countByPeer.set(peer, (this.countByPeer.get(peer) ?? 0) + 1);
  }

  /** These have come. @returns who announced one of them with the fewest hops, if anybody did. */
  onCame({ first, last, origin }: DotRange, from: PeerId, nowMs: number): ShorterWay | undefined {
    const notices = this.byOrigin.get(origin);
    if (notices === undefined) return undefined;
    // What came because somebody else was asked for it is not late by itself: counted as that, each
    // wait would make the next one twice as long.
    const isAnswer = notices.some((one) => {
      const isAsked = one.peer === from && one.askedAtMs !== undefined;
      return isAsked && one.first <= last && one.last >= first;
    });
    let shortest: ShorterWay | undefined;
    for (const notice of notices) {
      if (notice.first > last) this.postpone(notice, nowMs);
      if (notice.first > last || notice.last < first) continue;
      const { askedAtMs, notedAtMs, peer, round } = notice;
      notice.cameAtMs = nowMs;
      if (askedAtMs === undefined) {
        const lateMs = isAnswer ? 0 : nowMs - notedAtMs;
        const beforeMs = this.latenessMs ?? lateMs;
        this.latenessMs = beforeMs + LATENESS_GAIN_RATIO * (lateMs - beforeMs);
      } else this.answerMs = decayed(this.answerMs, nowMs - askedAtMs);
      if (shortest === undefined || round < shortest.round) shortest = { peer, round };
    }
    const isWhole = (one: Notice) => first <= one.first && one.last <= last;
    const done = notices.filter((one) => one.askedAtMs !== undefined && isWhole(one));
    this.keep(origin, (one) => !isWhole(one));
    for (const { peer } of done) this.noteAnswer(notices, peer);
    return shortest;
  }

  /** What else `peer` was asked for is asked for again, for its answer may have ended before it. */
  private noteAnswer(notices: readonly Notice[], peer: PeerId): void {
    for (const one of notices) if (one.peer === peer) one.askedCount = one.leftCount + 1;
  }

  /** `peer` does not hold these after all: the next one is asked at once. */
  onLacked(peer: PeerId, origin: Origin, firstAndLast: readonly [number, number], nowMs: number) {
    const [first, last] = firstAndLast;
    const isIt = (one: Notice) => one.peer === peer && one.first <= last && one.last >= first;
    if (!this.byOrigin.get(origin)?.some((one) => one.askedAtMs !== undefined && isIt(one))) return;
    const struck = (this.byOrigin.get(origin) ?? []).filter(isIt);
    this.keep(origin, (one) => !isIt(one));
    for (const one of struck) {
      this.keepRest(one, [one.first, first - 1]);
      this.keepRest(one, [last + 1, one.last]);
    }
    this.hasten(origin, nowMs);
  }

  /** What the same peer has announced beside that and may hold; as far as there is room. */
  private keepRest(notice: Notice, [first, last]: readonly [number, number]): void {
    if (first > last || !this.hasRoom(notice.peer)) return;
    const leftCount = last - first + 1;
    // One more was asked for than is left now: an answer has come.
    this.insert({ ...notice, first, last, leftCount, askedCount: leftCount + 1 });
  }

  removePeer(peer: PeerId, nowMs: number): void {
    if (!this.countByPeer.has(peer)) return;
    for (const [origin, notices] of this.byOrigin) {
      const isAwaited = notices.some((one) => one.peer === peer && one.askedAtMs !== undefined);
      this.keep(origin, (one) => one.peer !== peer);
      if (isAwaited) this.hasten(origin, nowMs);
    }
  }

  /** Whom to ask for what now. */
  takeDue(nowMs: number, seen: ReadonlyDotSet): Due {
    const asks = new Map<PeerId, Announced[]>();
    let lostCount = 0;
    for (const [origin, notices] of this.byOrigin) {
      if (!notices.some(({ dueMs }) => dueMs <= nowMs)) continue;
      const at = {
        asked: this.askedDots(notices, nowMs),
        asks,
        nowMs,
        seen,
        spent: new Set<Notice>(),
      };
      const due = notices.filter(({ dueMs }) => dueMs <= nowMs);
      const answers = answersOf(due, seen, nowMs - this.retryWaitMs / 2);
      const unasked = due.filter((one) => this.isToBeAsked(one, answers.get(one.peer), at));
      for (const one of unasked) this.askFor(one, at);
      const { spent } = at;
      lostCount += this.drop(origin, spent, seen);
    }
    const requests = [...asks].map(([peer, wanted]) => ({ peer, wanted }));
    return { requests, lostCount };
  }

  /** One notice that is due: true unless it is spent, or its peer has been asked. */
  private isToBeAsked(
    notice: Notice,
    answer: "coming" | "cut" | "none" = "none",
    { asked, nowMs, seen, spent }: Settling,
  ): boolean {
    const unseen = runOf(notice).difference(seen);
    if (unseen.isEmpty) spent.add(notice);
    if (unseen.isEmpty || notice.askedAtMs === undefined) return !unseen.isEmpty;
    if (answer === "cut") return true;
    if (answer === "coming") {
      // Nobody else is asked meanwhile.
      notice.leftCount = unseen.size;
      notice.isLast = false;
      notice.dueMs = this.rounded(nowMs + this.retryWaitMs);
      asked.addAll(unseen);
      return false;
    }
    if (notice.isLast) spent.add(notice);
    // It may still be on its way; others who announced it are asked meanwhile.
    notice.isLast = true;
    notice.dueMs = this.rounded(nowMs + this.graftWaitMs);
    return false;
  }

  private askFor(notice: Notice, { asked, asks, nowMs, seen }: Settling): void {
    const unseen = runOf(notice).difference(seen);
    notice.isLast = false;
    notice.dueMs = this.rounded(nowMs + this.retryWaitMs);
    const wanted = unseen.difference(asked);
    // Another one is waited for: this one must not be taken for it.
    notice.askedAtMs = wanted.isEmpty ? undefined : nowMs;
    if (wanted.isEmpty) return;
    notice.askedCount = unseen.size;
    notice.leftCount = unseen.size;
    asked.addAll(wanted);
    const list = asks.get(notice.peer) ?? [];
    for (const range of wanted.ranges()) list.push({ ...range, round: notice.round });
    asks.set(notice.peer, list);
  }

  /**
   * What comes before it comes now: what is late in a queue is not lost, and to ask for it would
   * bring all of the queue a second time.
   */
  private postpone(notice: Notice, nowMs: number): void {
    if (notice.askedAtMs !== undefined) return;
    const dueMs = Math.min(
      nowMs + this.graftWaitMs,
      notice.notedAtMs + this.options.graftWaitMaxMs,
    );
    notice.dueMs = Math.max(notice.dueMs, this.rounded(dueMs));
  }

  /** Forgets what is spent. @returns how many updates nobody is left to be asked for. */
  private drop(origin: Origin, spent: ReadonlySet<Notice>, seen: ReadonlyDotSet): number {
    if (spent.size === 0) return 0;
    const lost = new DotSet();
    for (const notice of spent) lost.addAll(runOf(notice).difference(seen));
    this.keep(origin, (one) => !spent.has(one));
    const rest = new DotSet();
    for (const notice of this.byOrigin.get(origin) ?? []) rest.addAll(runOf(notice));
    return lost.difference(rest).size;
  }

  private askedDots(notices: readonly Notice[], nowMs: number): DotSet {
    const asked = new DotSet();
    for (const { askedAtMs, dueMs, first, isLast, last, origin } of notices) {
      const isAwaited = askedAtMs !== undefined && !isLast && dueMs > nowMs;
      if (isAwaited) asked.addRange(origin, first, last);
    }
    return asked;
  }

  /** Nobody is waited for any more: who has waited long enough is due. */
  private hasten(origin: Origin, nowMs: number): void {
    for (const notice of this.byOrigin.get(origin) ?? []) {
      const { askedAtMs, dueMs, notedAtMs } = notice;
      if (askedAtMs === undefined)
        notice.dueMs = Math.min(dueMs, Math.max(nowMs, notedAtMs + this.graftWaitMs));
    }
  }

  private keep(origin: Origin, isKept: (notice: Notice) => boolean): void {
    const notices = this.byOrigin.get(origin);
    if (notices === undefined) return;
    let kept = 0;
    for (const notice of notices) {
      if (isKept(notice)) {
        notices[kept] = notice;
        kept += 1;
      } else this.uncount(notice.peer);
    }
    notices.length = kept;
    if (kept === 0) this.byOrigin.delete(origin);
  }

  private uncount(peer: PeerId): void {
    this.count -= 1;
    const left = (this.countByPeer.get(peer) ?? 0) - 1;
    if (left > 0) this.countByPeer.set(peer, left);
    else this.countByPeer.delete(peer);
  }

  /** `run` is one more piece of what the same peer has begun to announce just now. */
  private goesOn(latest: Notice, { first, round }: Announced, nowMs: number): boolean {
    if (latest.askedAtMs !== undefined || latest.round !== round) return false;
    if (first < latest.first || first > latest.last + 1) return false;
    const isShort = latest.last - latest.first < this.options.noticeMaxCount / 2;
    return isShort && nowMs - latest.notedAtMs <= this.grainMs;
  }

  private get grainMs(): number {
    return Math.max(1, (this.options.graftWaitMs / 2) * GRAIN_RATIO);
  }

  private rounded(ms: number): number {
    return Math.ceil(ms / this.grainMs) * this.grainMs;
  }
}

interface Settling {
  readonly asked: DotSet;
  readonly asks: Map<PeerId, Announced[]>;
  readonly nowMs: number;
  readonly seen: ReadonlyDotSet;
  readonly spent: Set<Notice>;
}

/** The largest of late: it rises at once, and sinks slowly. */
function decayed(before: number, ms: number): number {
  return Math.max(ms, before * ANSWER_DECAY);
}

/**
 * What has become of what each peer was asked for: its answer may be on its way, or cut where a
 * bound of its is. Each answer leaves fewer, so nobody is asked without end.
 */
function answersOf(
  due: readonly Notice[],
  seen: ReadonlyDotSet,
  lateMs: number,
): ReadonlyMap<PeerId, "coming" | "cut"> {
  const answers = new Map<PeerId, "coming" | "cut">();
  for (const notice of due) {
    const { askedAtMs, askedCount, cameAtMs, leftCount, peer } = notice;
    if (askedAtMs === undefined) continue;
    const left = runOf(notice).difference(seen).size;
    if (left < leftCount && cameAtMs > lateMs) answers.set(peer, "coming");
    else if (left < askedCount && !answers.has(peer)) answers.set(peer, "cut");
  }
  return answers;
}

function runOf({ first, last, origin }: Notice): DotSet {
  const dots = new DotSet();
  dots.addRange(origin, first, last);
  return dots;
}

function latestOf(notices: readonly Notice[] | undefined, peer: PeerId): Notice | undefined {
  if (notices === undefined) return undefined;
  for (let place = notices.length - 1; place >= 0; place -= 1) {
    if (notices[place]?.peer === peer) return notices[place];
  }
  return undefined;
}
