import type { Arrival } from "../../core/arrival.ts";
import { BoundedMap } from "../../core/collections/bounded-map.ts";
import { type Dot, dotKey, isSameDot } from "../../core/dot.ts";
import type { PeerId } from "../../core/peer.ts";
import { Budgets } from "./budgets.ts";
import { HotRumor } from "./hot-rumors.ts";
import type { RumorCount, RumorEnv, RumorWiring } from "./rumor.contract.ts";
import { standings, type Told } from "./rumor.messages.ts";
import type { RumorOptions } from "./rumor.options.ts";
import type { Seat } from "./seats.ts";
import { NO_CALL, type TellerParts } from "./teller.ts";

const NO_STANDINGS: readonly number[] = [];

/** Takes in what peers tell, and says how this node stood to it. */
export class Listener {
  private readonly env: RumorEnv;
  private readonly options: RumorOptions;
  private readonly parts: TellerParts;
  private readonly wiring: RumorWiring;
  private readonly seats = new Map<string, Seat>();
  private readonly peerBudgets: Budgets<PeerId>;
  private readonly originBudgets: Budgets<string>;
  private readonly asked: BoundedMap<string, Asked>;
  /** News of the last message that is not told on: there was no room, or no budget left. */
  private readonly turnedAway = new Set<string>();
  /** What is being applied: a replica outside a step tells its listeners at once. */
  private arriving: Told | undefined;
  private lastCall = NO_CALL;

  constructor(env: RumorEnv, parts: TellerParts, wiring: RumorWiring, options: RumorOptions) {
    this.env = env;
    this.options = options;
    this.parts = parts;
    this.wiring = wiring;
    const { budgetsMaxCount, originRumorsPerSecond, peerRumorsPerSecond } = options;
    this.peerBudgets = new Budgets(peerRumorsPerSecond, budgetsMaxCount);
    this.originBudgets = new Budgets(originRumorsPerSecond, budgetsMaxCount);
    this.asked = new BoundedMap(Math.max(1, options.hotMaxCount));
  }

  add(seat: Seat): void {
    const { name, replica } = seat.enrolled;
    this.seats.set(name, seat);
    replica.subscribe({
      onNews: (dot, update, from) => {
        if (this.seats.get(name) !== seat) return;
        const { arriving } = this;
        if (from === undefined) this.note({ kind: "published", seat, dot, update });
        const isRumor = arriving !== undefined && isSameDot(arriving.dot, dot);
        this.heat(seat, dot, isRumor ? arriving : { hops: 0, update });
      },
    });
  }

  delete(name: string): void {
    this.seats.delete(name);
  }

  of(name: string): Seat | undefined {
    return this.seats.get(name);
  }

  /** A peer calls; what it tells is not told back to it. @returns the number of its call. */
  beginCall(): number {
    this.lastCall += 1;
    return this.lastCall;
  }

  /** Takes in what a peer told. @returns how this node stood to each. */
  hear(from: PeerId, rumors: readonly Told[]): readonly number[] {
    if (rumors.length === 0) return NO_STANDINGS;
    this.turnedAway.clear();
    const heard: number[] = [];
    for (const told of rumors) heard.push(this.hearOne(from, told));
    return heard;
  }

  private hearOne(from: PeerId, told: Told): number {
    const seat = this.seats.get(told.replica);
    if (seat === undefined) {
      this.count("rumor.dropped.unknownReplica");
      return standings.cold;
    }
    const isNameOnly = told.update === undefined;
    if (isNameOnly) seat.statistics.announcedReceivedCount += 1;
    else if (!this.isInBudget(from)) return standings.cold;
    const known = this.parts.hot.find(seat, told.dot);
    if (known !== undefined) return this.hearAgain(known, told, from);
    if (isNameOnly) return this.hearOf(seat, told, from);
    this.arriving = told;
    const verdict = seat.enrolled.replica.apply(told.dot, told.update, from);
    this.arriving = undefined;
    if (verdict === "news" || verdict === "superseded") {
      this.note({ kind: "news", seat, dot: told.dot, update: told.update, from });
    }
    if (verdict === "news") {
      this.heat(seat, told.dot, told);
      return standings.unknown;
    }
    if (verdict === "known") {
      this.note({ kind: "copy", seat, dot: told.dot, update: told.update, from });
      // What came is not known to be an update at all; what is held is.
      const held = seat.enrolled.replica.get(told.dot);
      this.countDuplicate(seat, held === undefined ? 0 : seat.enrolled.sizeOf(held));
    }
    // Also when there is no room here now: this peer cannot be served by telling it again.
    return standings.cold;
  }

  private hearAgain(known: HotRumor, told: Told, from: PeerId): number {
    known.heardInCall = this.lastCall;
    if (told.update !== undefined) {
      const { seat } = known;
      this.note({ kind: "copy", seat, dot: told.dot, update: told.update, from });
      this.countDuplicate(seat, known.bytes);
    }
    if (known.learnedMs >= this.parts.clock.cycleStartMs) {
      this.parts.interest.onBirth(known, told.standing);
      return told.update === undefined ? standings.expected : standings.unknown;
    }
    const mine = this.parts.interest.standing(known);
    this.parts.interest.onHeard(known, told.standing);
    return mine;
  }

  /** It was announced, and this node tells nothing of it: it knows it long since, or not at all. */
  private hearOf(seat: Seat, { dot, standing }: Told, from: PeerId): number {
    if (seat.enrolled.replica.seen.has(dot)) return standings.cold;
    const key = keyOf(seat, dot);
    const asked = this.asked.get(key);
    if (asked !== undefined && this.isAwaited(asked)) return standings.expected;
    // Names of what is known cost the peer nothing: each that asks is told many.
    if (!this.isInBudget(from)) return standings.cold;
    this.asked.set(key, { atMs: this.env.now(), isCold: standing === standings.cold });
    return standings.unknown;
  }

  private isInBudget(peer: PeerId): boolean {
    if (this.peerBudgets.isAllowed(peer, this.env.now())) return true;
    this.count("rumor.dropped.peerBudget");
    return false;
  }

  /**
   * Where only large updates are announced, one takes its time. What is told no more is named
   * whatever its size, and soon nobody names it: were it lost, the next names must do.
   */
  private isAwaited({ atMs, isCold }: Asked): boolean {
    const { largeWaitMs, payloads, roundIntervalMs } = this.options;
    const { clock } = this.parts;
    if (payloads === "announced") return atMs >= clock.askedSinceMs;
    const namesWaitMs = Math.max(roundIntervalMs, clock.namesTurnMs);
    const waitMs = isCold ? Math.min(largeWaitMs, namesWaitMs) : largeWaitMs;
    return atMs >= this.env.now() - waitMs;
  }

  /** It is news here, and told from now on. */
  heat(seat: Seat, dot: Dot, { hops, standing, update }: Warmth): void {
    if (this.parts.clock.isStopped || this.parts.hot.find(seat, dot) !== undefined) return;
    if (this.turnedAway.size > 0 && this.turnedAway.has(keyOf(seat, dot))) return;
    const atMs = this.env.now();
    const bytes = seat.enrolled.sizeOf(update);
    const isRumor = standing !== undefined;
    if (isRumor) this.countNews(seat, { bytes, hops });
    if (isRumor && !this.originBudgets.isAllowed(dot.origin, atMs)) {
      this.turnedAway.add(keyOf(seat, dot));
      return this.count("rumor.dropped.originBudget");
    }
    const rumor = new HotRumor(seat, dot, { bytes, hops, atMs });
    rumor.heardInCall = this.lastCall;
    if (isRumor) this.parts.interest.onFirst(rumor, standing);
    const pushedOut = this.parts.hot.add(rumor);
    if (pushedOut !== undefined) {
      if (isRumor) this.turnedAway.add(keyOf(pushedOut.seat, pushedOut.dot));
      this.count("rumor.dropped.hotListFull");
    }
    this.parts.clock.plan("news");
  }

  private note({ dot, from, kind, seat, update }: Noted): void {
    const { onArrival } = this.wiring;
    if (onArrival === undefined) return;
    const { name, sizeOf } = seat.enrolled;
    // Who announces all pushes nothing, whatever its size.
    const isLarge =
      this.options.payloads !== "announced" && sizeOf(update) > this.options.announceFromBytes;
    onArrival({ kind, means: isLarge ? "bulk" : "rumor", what: name, dot, from });
  }

  private countNews(
    { statistics }: Seat,
    { bytes, hops }: { readonly bytes: number; readonly hops: number },
  ): void {
    statistics.newsCount += 1;
    statistics.hopsCount += hops;
    statistics.receivedBytes += bytes;
    this.count("rumor.news");
  }

  private countDuplicate(seat: Seat, bytes: number): void {
    seat.statistics.duplicatesCount += 1;
    seat.statistics.receivedBytes += bytes;
    this.count("rumor.duplicates");
  }

  private count(name: RumorCount): void {
    this.wiring.counters.add(name);
  }
}

/** The same dot names another update in another replica. */
function keyOf(seat: Seat, dot: Dot): string {
  return `${seat.enrolled.name} ${dotKey(dot)}`;
}

/** What was announced, or named since it is told no more, and asked for. */
interface Asked {
  readonly atMs: number;
  readonly isCold: boolean;
}

interface Noted extends Pick<Arrival, "kind" | "dot" | "from"> {
  readonly seat: Seat;
  readonly update: unknown;
}

/** How a rumor came to be hot. */
interface Warmth {
  readonly hops: number;
  readonly update: unknown;
  /** That of who told it; undefined when it did not come as a rumor. */
  readonly standing?: number;
}
