import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin, PeerId } from "../../core/peer.ts";
import type { Announced } from "./plumtree.messages.ts";
import type { PlumtreeOptions } from "./plumtree.options.ts";

/** Share of the retry wait by which waits are rounded up, so that few timers serve many runs. */
const GRAIN_RATIO = 0.25;
/** How fast the measure of how late payloads come sinks, with each that comes sooner. [guess] */
const LATENESS_DECAY = 0.98;
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
  /** How many it lacked when its peer was asked. */
  lackedCount: number;
  /** It is given up when it is due again. */
  isLast: boolean;
}

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
  /** How long after its name a payload has come by itself, of late. */
  private latenessMs = 0;
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
    const measured = LATENESS_MULTIPLIER * this.latenessMs;
    return Math.min(Math.max(graftWaitMs, measured), Math.max(graftWaitMs, graftWaitMaxMs));
  }

  /** The wait for an answer before the next one is asked (T2). */
  private get retryWaitMs(): number {
    const measured = LATENESS_MULTIPLIER * this.answerMs;
    return Math.min(Math.max(this.graftWaitMs / 2, measured), this.options.graftWaitMaxMs);
  }

  /** Takes note of a run that is not all here. False when a bound forbids it. */
  note(peer: PeerId, run: Announced, nowMs: number): boolean {
    const last = Math.min(run.last, run.first + this.options.noticeMaxCount - 1);
    const { first, origin, round } = run;
    let notices = this.byOrigin.get(origin);
    const latest = latestOf(notices, peer);
    if (latest !== undefined && this.goesOn(latest, run, nowMs)) {
      latest.last = Math.max(latest.last, last);
      return true;
    }
    const ofPeer = this.countByPeer.get(peer) ?? 0;
    const { noticesMaxCount, noticesPerPeerMaxCount } = this.options;
    if (this.count >= noticesMaxCount || ofPeer >= noticesPerPeerMaxCount) return false;
    if (notices === undefined) {
      notices = [];
      this.byOrigin.set(origin, notices);
    }
    const dueMs = this.rounded(nowMs + this.graftWaitMs);
    const times = { notedAtMs: nowMs, dueMs, askedAtMs: undefined };
    notices.push({ peer, origin, first, last, round, ...times, lackedCount: 0, isLast: false });
    this.count += 1;
    this.countByPeer.set(peer, ofPeer + 1);
    return true;
  }

  /**
   * These have come. @returns who announced one of them with the fewest hops, if anybody did.
   */
  onCame(origin: Origin, first: number, lastAndNow: readonly [number, number]) {
    const notices = this.byOrigin.get(origin);
    if (notices === undefined) return undefined;
    const [last, nowMs] = lastAndNow;
    let shortest: ShorterWay | undefined;
    for (const notice of notices) {
      if (notice.first > last || notice.last < first) continue;
      const { askedAtMs, notedAtMs, peer, round } = notice;
      if (askedAtMs === undefined) {
        this.latenessMs = decayed(this.latenessMs, nowMs - notedAtMs);
      } else this.answerMs = decayed(this.answerMs, nowMs - askedAtMs);
      if (shortest === undefined || round < shortest.round) shortest = { peer, round };
    }
    this.keep(origin, (one) => one.first < first || one.last > last);
    return shortest;
  }

  /** `peer` does not hold these after all: the next one is asked at once. */
  onLacked(peer: PeerId, origin: Origin, firstAndLast: readonly [number, number], nowMs: number) {
    const [first, last] = firstAndLast;
    const isIt = (one: Notice) => one.peer === peer && one.first <= last && one.last >= first;
    if (!this.byOrigin.get(origin)?.some((one) => one.askedAtMs !== undefined && isIt(one))) return;
    this.keep(origin, (one) => !isIt(one));
    this.hasten(origin, nowMs);
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
      const asked = this.askedDots(notices, nowMs);
      const spent = new Set<Notice>();
      for (const notice of notices) {
        if (notice.dueMs <= nowMs) this.settle(notice, { asked, asks, nowMs, seen, spent });
      }
      lostCount += this.drop(origin, spent, seen);
    }
    const requests = [...asks].map(([peer, wanted]) => ({ peer, wanted }));
    return { requests, lostCount };
  }

  /** One notice that is due: its peer is asked, or it waits for another who was, or it is spent. */
  private settle(notice: Notice, at: Settling): void {
    const { asked, asks, nowMs, seen, spent } = at;
    const unseen = runOf(notice).difference(seen);
    if (unseen.isEmpty || notice.isLast) {
      spent.add(notice);
      return;
    }
    notice.dueMs = this.rounded(nowMs + this.retryWaitMs);
    // An answer is bounded: while some of it comes, the rest is asked for again.
    const goesOn = notice.askedAtMs !== undefined && unseen.size < notice.lackedCount;
    if (notice.askedAtMs !== undefined && !goesOn) {
      // The answer may still be on its way; others who announced it are asked meanwhile.
      notice.isLast = true;
      notice.dueMs = this.rounded(nowMs + this.graftWaitMs);
      return;
    }
    const wanted = unseen.difference(asked);
    if (wanted.isEmpty) return;
    notice.askedAtMs = nowMs;
    notice.lackedCount = unseen.size;
    asked.addAll(wanted);
    const list = asks.get(notice.peer) ?? [];
    for (const range of wanted.ranges()) list.push({ ...range, round: notice.round });
    asks.set(notice.peer, list);
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
  return Math.max(ms, before * LATENESS_DECAY);
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
