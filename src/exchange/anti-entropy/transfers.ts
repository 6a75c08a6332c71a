import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { FlowControl } from "../../core/flow-control.ts";
import type { Random } from "../../core/random.ts";
import type { Delta, Replica } from "../replica.ts";
import type { AntiEntropyCount, AntiEntropyWiring } from "./anti-entropy.contract.ts";
import type { Items, Wants } from "./anti-entropy.messages.ts";
import type { AntiEntropyOptions } from "./anti-entropy.options.ts";
import { collectFor } from "./collection.ts";
import { type Conversation, type Conversations, SHORT_ROUND_TURNS } from "./conversations.ts";
import { Lacking } from "./lacking.ts";
import type { Seat, Seats } from "./seats.ts";

/** Ranges that a first message asks for, before it is known how many updates fit an answer. */
const FIRST_RANGES_COUNT = 512;
/** Ranges up to which all that was offered is asked for at once. [because: a step must be short] */
const ALL_RANGES_MAX = 4_096;
const LEAST_RANGES_COUNT = 64;
/** What is asked for beyond what came last: updates may become smaller. */
const SPARE_RATIO = 1.25;

interface TransfersOf {
  readonly conversations: Conversations;
  readonly random: Random;
  readonly seats: Seats;
  readonly flow: FlowControl | undefined;
}

/** What a node asks a peer for, gives it and takes from it. */
export class Transfers {
  private readonly seats: Seats;
  private readonly wiring: AntiEntropyWiring;
  private readonly options: AntiEntropyOptions;
  private readonly random: Random;
  private readonly conversations: Conversations;
  private readonly flow: FlowControl | undefined;

  constructor(
    wiring: AntiEntropyWiring,
    options: AntiEntropyOptions,
    { conversations, flow, random, seats }: TransfersOf,
  ) {
    this.seats = seats;
    this.conversations = conversations;
    this.flow = flow;
    this.wiring = wiring;
    this.options = options;
    this.random = random;
  }

  /** Takes note of what was offered and is not here; `takeWants` asks for it. */
  note(conversation: Conversation, seat: Seat, offered: ReadonlyDotSet): void {
    const dots = offered.difference(seat.replica.seen);
    if (dots.isEmpty) return;
    const lacking = new Lacking(dots);
    conversation.lacking.set(seat.name, lacking);
    if (lacking.rangesCount <= ALL_RANGES_MAX && dots.size === offered.size)
      conversation.lacksAll.add(seat.name);
  }

  /** What to ask for next: about as much as an answer brings. */
  takeWants(conversation: Conversation): Wants[] {
    const { lacking, lastCount, wanted } = conversation;
    const wants: Wants[] = [];
    wanted.clear();
    const usual = Math.max(LEAST_RANGES_COUNT, Math.ceil(lastCount * SPARE_RATIO));
    const maxRanges = lastCount === 0 ? FIRST_RANGES_COUNT : usual;
    for (const [replica, left] of lacking) {
      const seat = this.seats.of(replica);
      if (seat === undefined || this.isBroughtByOther(conversation, seat)) {
        lacking.delete(replica);
        continue;
      }
      const isAll = conversation.lacksAll.delete(replica);
      const dots = this.takeFrom(left, isAll ? Number.MAX_SAFE_INTEGER : maxRanges, seat);
      if (left.isEmpty) lacking.delete(replica);
      if (dots.isEmpty) continue;
      seat.bringer = conversation;
      wanted.set(replica, dots);
      wants.push({ replica, dots: isAll ? new DotSet() : dots });
    }
    conversation.wantsMore = lacking.size > 0;
    return wants;
  }

  collect(conversation: Conversation, wants: readonly Wants[]): Items[] {
    const items: Items[] = [];
    let leftBytes = this.options.deltaMaxBytes;
    for (const { dots, replica: name } of wants) {
      const seat = this.seats.of(name);
      if (seat === undefined) continue;
      const offered = conversation.offered.get(name) ?? new DotSet();
      const wanted = dots.isEmpty ? offered : dots.intersection(offered);
      if (wanted.size < dots.size) this.count("antiEntropy.dropped.notOffered");
      const theirs = theirsOf(conversation, seat, wanted);
      const plan = {
        ordering: this.options.ordering,
        budgetBytes: Math.max(1, Math.floor(leftBytes / (wants.length - items.length))),
        random: this.random,
        sizeOf: seat.sizeOf,
      };
      const delta = collectFor(seat.replica, wanted, theirs, plan);
      for (const [, update] of delta.updates) leftBytes -= seat.sizeOf(update);
      this.count("antiEntropy.updatesSent", delta.updates.length);
      if (this.flow !== undefined && leavesOutOwn(seat, wanted, delta)) this.flow.onOverflow();
      items.push({ replica: name, delta });
    }
    return items;
  }

  /** Takes in what was wanted, and only that. True when some of it is still to be had. */
  take(conversation: Conversation, items: readonly Items[]): boolean {
    let hasMore = false;
    conversation.lastCount = 0;
    for (const one of items) {
      const seat = this.seats.of(one.replica);
      if (seat === undefined) continue;
      const before = seat.replica.seen.size;
      const isWhole = this.takeOne(conversation, seat, one);
      conversation.newsCount += seat.replica.seen.size - before;
      hasMore ||= !isWhole;
      if (!isWhole) this.putBack(conversation, seat);
      this.tell(conversation, seat);
    }
    return hasMore;
  }

  /**
   * What a round brings that goes on and on need not come by others too. One that has fallen silent
   * keeps nobody from it.
   */
  private isBroughtByOther(conversation: Conversation, { bringer }: Seat): boolean {
    if (bringer === undefined || bringer === conversation) return false;
    return bringer.turn > SHORT_ROUND_TURNS && this.conversations.isFlowing(bringer);
  }

  /** False when the peer has more of it to give. */
  private takeOne(conversation: Conversation, seat: Seat, { delta }: Items): boolean {
    const wanted = conversation.wanted.get(seat.name) ?? new DotSet();
    let isDeferred = false;
    for (const [dot, update] of delta.updates) {
      if (!wanted.has(dot)) {
        this.count("antiEntropy.dropped.unsolicited");
        continue;
      }
      const verdict = seat.replica.apply(dot, update, conversation.peer);
      if (verdict === "deferred") {
        isDeferred = true;
        continue;
      }
      const isKnown = verdict === "known";
      this.count(isKnown ? "antiEntropy.duplicates" : "antiEntropy.news");
      if (verdict === "rejected") continue;
      const kind = isKnown ? "copy" : "news";
      const how = { kind, means: "anti-entropy", from: conversation.peer } as const;
      this.wiring.onArrival?.({ ...how, what: seat.name, dot });
    }
    conversation.lastCount += delta.updates.length;
    if (isDeferred) return true;
    this.cover(seat.replica, wanted, delta);
    return !delta.more;
  }

  private cover(
    replica: Replica<unknown>,
    wanted: ReadonlyDotSet,
    { covers, forgotten }: Items["delta"],
  ): void {
    if (!wanted.contains(covers) || !wanted.contains(forgotten)) {
      this.count("antiEntropy.dropped.unsolicited");
    }
    replica.cover(covers.intersection(wanted), forgotten.intersection(wanted));
  }

  private takeFrom(left: Lacking, maxRanges: number, { replica }: Seat): DotSet {
    let dots = left.take(maxRanges).difference(replica.seen);
    // Others may have brought all of a portion meanwhile.
    while (dots.isEmpty && !left.isEmpty) dots = left.take(maxRanges).difference(replica.seen);
    return dots;
  }

  private putBack({ lacking, wanted }: Conversation, seat: Seat): void {
    const rest = wanted.get(seat.name)?.difference(seat.replica.seen);
    if (rest === undefined || rest.isEmpty) return;
    const left = lacking.get(seat.name);
    if (left === undefined) lacking.set(seat.name, new Lacking(rest));
    else left.add(rest);
  }

  private tell(conversation: Conversation, { name, replica }: Seat): void {
    if (this.wiring.onProgress === undefined) return;
    const heldCount = replica.seen.size;
    const askedFor = conversation.lacking.get(name)?.size ?? 0;
    const untold = (conversation.sizes.get(name) ?? 0) - heldCount;
    const { peer } = conversation;
    const missingCount = Math.max(askedFor, untold);
    this.wiring.onProgress({ replica: name, peer, heldCount, missingCount });
  }

  private count(name: AntiEntropyCount, by = 1): void {
    if (by > 0) this.wiring.counters.add(name, by);
  }
}

/** True when updates that this node wrote are wanted, and did not fit. */
function leavesOutOwn({ own }: Seat, wanted: ReadonlyDotSet, { more, updates }: Delta<unknown>) {
  if (!more || own === undefined) return false;
  let sent = 0;
  for (const [{ origin, seq }] of updates) if (origin === own) sent = Math.max(sent, seq);
  return wanted.last(own) > sent;
}

/**
 * What the peer has seen, as far as it is known: what it listed, or all, where a digest in pieces
 * cannot tell and its claim does. What is only known as covered is passed on to those of whom it is
 * sure that they lack nothing else.
 */
function theirsOf(
  { heard, theirs }: Conversation,
  { name, replica: { seen } }: Seat,
  wanted: ReadonlyDotSet,
): ReadonlyDotSet {
  const listed = theirs.get(name) ?? new DotSet();
  const claim = heard.get(name);
  if (claim === undefined || claim.size !== seen.size - wanted.size) return listed;
  if (listed.size >= claim.size) return listed;
  const others = seen.difference(wanted);
  return others.hash() === claim.hash ? others : listed;
}
