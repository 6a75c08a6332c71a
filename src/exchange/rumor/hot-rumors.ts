import type { Dot } from "../../core/dot.ts";
import type { Origin } from "../../core/peer.ts";
import { InTurn } from "./in-turn.ts";
import type { Seat } from "./seats.ts";

/** A rumor that this node still tells, and what it heard of it in the cycle that runs. */
export class HotRumor {
  readonly seat: Seat;
  readonly dot: Dot;
  readonly bytes: number;
  readonly hops: number;
  readonly learnedMs: number;
  /** Cycles that counted against it; in the median-counter algorithm m − 1. */
  counter = 0;
  /** Rounds left in which it is told whatever is heard (state C); below 0 when it is not so far. */
  coolingRounds = -1;
  roundsCount = 0;
  /** The call in which the peer told it, so that it is not told back. */
  heardInCall = 0;
  isGone = false;

  // Of the cycle that runs.
  isTold = false;
  isUseful = false;
  isUseless = false;
  /** Somebody was met who will soon tell it no more. */
  isCoolingElsewhere = false;
  /** Partners whose counter is not below this one's, less those whose is. */
  balance = 0;

  constructor(seat: Seat, dot: Dot, birth: Birth) {
    this.seat = seat;
    this.dot = dot;
    this.bytes = birth.bytes;
    this.hops = birth.hops;
    this.learnedMs = birth.atMs;
  }

  beginCycle(): void {
    this.isTold = false;
    this.isUseful = false;
    this.isUseless = false;
    this.isCoolingElsewhere = false;
    this.balance = 0;
  }
}

export interface Birth {
  readonly bytes: number;
  readonly hops: number;
  readonly atMs: number;
}

/** The rumors that a node tells: bounded, each told in its turn where a message has no room. */
export class HotRumors {
  private readonly turns: InTurn<HotRumor>;

  constructor(maxCount: number) {
    this.turns = new InTurn(maxCount);
  }

  get size(): number {
    return this.turns.size;
  }

  find(seat: Seat, { origin, seq }: Dot): HotRumor | undefined {
    return seat.hot.get(origin)?.get(seq);
  }

  /** @returns the oldest, when it had to make room. */
  add(rumor: HotRumor): HotRumor | undefined {
    const pushedOut = this.turns.add(rumor);
    if (pushedOut !== undefined) forget(pushedOut);
    const { hot } = rumor.seat;
    const bySeq = hot.get(rumor.dot.origin);
    if (bySeq === undefined) hot.set(rumor.dot.origin, new Map([[rumor.dot.seq, rumor]]));
    else bySeq.set(rumor.dot.seq, rumor);
    return pushedOut;
  }

  /** Keeps those of which `isHot` says so, asked oldest first. */
  keep(isHot: (rumor: HotRumor) => boolean): void {
    this.turns.keep((rumor) => {
      const isKept = isHot(rumor);
      if (!isKept) forget(rumor);
      return isKept;
    });
  }

  /** Visits each once, in turn, until `visit` says that there is no more room. */
  visitInTurn(visit: (rumor: HotRumor) => "room" | "full"): void {
    this.turns.visit(visit);
  }

  clear(): void {
    this.keep(() => false);
  }
}

function forget(rumor: HotRumor): void {
  rumor.isGone = true;
  const { hot } = rumor.seat;
  const origin: Origin = rumor.dot.origin;
  const bySeq = hot.get(origin);
  if (bySeq?.delete(rumor.dot.seq) && bySeq.size === 0) hot.delete(origin);
}
