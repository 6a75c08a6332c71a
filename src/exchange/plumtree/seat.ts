import type { Arrival } from "../../core/arrival.ts";
import { BoundedMap } from "../../core/collections/bounded-map.ts";
import type { Dot } from "../../core/dot.ts";
import { DotSet } from "../../core/dot-set.ts";
import type { Origin, PeerId } from "../../core/peer.ts";
import type { Enrolled } from "../enrolled.ts";
import { Answers } from "./answers.ts";
import type { Budgets } from "./budgets.ts";
import type { Fetches } from "./fetches.ts";
import { LargeUpdates } from "./large-updates.ts";
import { type Due, Missing, type ShorterWay } from "./missing.ts";
import type { Load, Outbox } from "./outbox.ts";
import type { PlumtreeCount, PlumtreeEnv, PlumtreeWiring } from "./plumtree.contract.ts";
import {
  type Announced,
  type Gossip,
  nextRound,
  type Part,
  type Root,
} from "./plumtree.messages.ts";
import type { PlumtreeOptions } from "./plumtree.options.ts";
import { Receptions } from "./receptions.ts";
import { Statistics } from "./statistics.ts";
import { type Moment, Taking } from "./taking.ts";
import type { Tree } from "./tree.ts";
import { Trees } from "./trees.ts";

/** Of what came another way than along a tree: no announcement of it is the shorter way. */
export const UNKNOWN_ROUND = 255;
/** Runs of such updates that are remembered. [because: only copies still on the way matter] */
const FOREIGN_RANGES_MAX = 256;

/** What the seats of one node share. */
export interface SeatWiring {
  readonly env: PlumtreeEnv;
  readonly wiring: PlumtreeWiring;
  readonly options: PlumtreeOptions;
  readonly outbox: Outbox;
  readonly budgets: Budgets;
  readonly fetches: Fetches;
}

/** One replica: its trees, what it waits for, and what it cost. */
export class Seat {
  readonly trees: Trees;
  readonly missing: Missing;
  readonly statistics = new Statistics();
  private readonly enrolled: Enrolled;
  private readonly shared: SeatWiring;
  private readonly answers: Answers;
  private readonly large: LargeUpdates;
  /** Who brought the latest update of an origin first; this node for its own. */
  private readonly bringers: BoundedMap<Origin, PeerId>;
  private readonly receptions: Receptions | undefined;
  private readonly taking = new Taking();
  /** Came another way, by anti-entropy, or was asked for: a copy is no reason to cut the tree. */
  private foreign = new DotSet();
  /** Updates of this node that have not left yet. */
  private open: { readonly load: Load; readonly updates: unknown[] } | undefined;
  private isClosed = false;

  constructor(enrolled: Enrolled, shared: SeatWiring) {
    this.enrolled = enrolled;
    this.shared = shared;
    this.trees = new Trees(shared.wiring.peers, shared.options);
    this.missing = new Missing(shared.options);
    this.bringers = new BoundedMap(shared.options.rootsMaxCount);
    if (shared.options.trees === "tolerant") this.receptions = new Receptions();
    this.answers = new Answers(enrolled, shared, this.statistics);
    const { statistics, trees } = this;
    this.large = new LargeUpdates(enrolled, shared, { statistics, trees });
    enrolled.replica.subscribe({
      onNews: (dot, update, from) => {
        if (this.isClosed || (from !== undefined && this.taking.has(dot))) return;
        if (from === undefined) this.publish(dot, update);
        else this.onForeign(dot, update, from);
        shared.fetches.advance(shared.env.now());
        shared.outbox.flush();
      },
    });
  }

  get name(): string {
    return this.enrolled.name;
  }

  close(): void {
    this.isClosed = true;
  }

  /** What a neighbour has to say. The caller sends afterwards what this has put in the outbox. */
  takePart(from: PeerId, part: Part, moment: Moment): void {
    const { nowMs } = moment;
    this.taking.begin(moment);
    for (const gossip of part.gossips) this.takeGossip(from, gossip, nowMs);
    if (part.announced.length > 0) this.takeAnnounced(from, part.announced, nowMs);
    for (const offered of part.offered) this.large.takeOffered(from, offered);
    for (const range of part.lacked) {
      const { first, last, origin } = range;
      this.missing.onLacked(from, origin, [first, last], nowMs);
      this.shared.fetches.onLacked(from, this.name, range);
    }
    // Before it is given what it wants, which must not be taken for a branch's.
    for (const root of part.prunes) this.onPrune(from, root);
    if (part.wanted.length > 0) this.answers.give(from, part.wanted, nowMs);
    for (const root of part.grafts) this.onGraft(from, root);
    if (part.lacked.length > 0) this.ask(this.missing.takeDue(nowMs, this.enrolled.replica.seen));
  }

  /** Asks for what has been announced and has not come. */
  onMissing(nowMs: number): void {
    this.ask(this.missing.takeDue(nowMs, this.enrolled.replica.seen));
  }

  addPeer(peer: PeerId): void {
    this.trees.add(peer);
  }

  removePeer(peer: PeerId, nowMs: number): void {
    this.trees.remove(peer);
    this.missing.removePeer(peer, nowMs);
  }

  /** After a while, no copy of what came another way is on its way any more. */
  forgetForeign(): void {
    this.foreign = new DotSet();
  }

  private takeGossip(from: PeerId, gossip: Gossip, nowMs: number): void {
    const { first, origin, updates } = gossip;
    const { replica } = this.enrolled;
    const count = this.shared.budgets.take(from, origin, [updates.length, nowMs]);
    // Told of before, for a host may tell of news in the middle of it.
    this.taking.add(gossip);
    let newsCount = 0;
    let goodFrom = 0;
    let copies: [number, number] | undefined;
    for (let at = 0; at < count; at += 1) {
      const seq = first + at;
      const verdict = replica.apply({ origin, seq }, updates[at], from);
      const isNews = verdict === "news" || verdict === "superseded";
      const isLarge = this.large.isLarge(this.enrolled.sizeOf(updates[at]));
      const how = { kind: isNews ? "news" : "copy", means: isLarge ? "bulk" : "plumtree" } as const;
      if (isNews || verdict === "known") this.note({ ...how, dot: { origin, seq }, from });
      if (isNews && !isLarge) {
        newsCount += 1;
        continue;
      }
      this.passOn(gossip, [goodFrom, at], { from, nowMs });
      goodFrom = at + 1;
      if (isLarge) this.large.onCame(gossip, at, { from, verdict });
      if (isNews) continue;
      if (isLarge && verdict === "known") this.countCopies(1);
      else if (verdict === "known") copies = [copies?.[0] ?? seq, seq];
      else this.count(verdict === "rejected" ? "plumtree.rejected" : "plumtree.deferred");
    }
    this.passOn(gossip, [goodFrom, count], { from, nowMs });
    this.statistics.payloadsReceivedCount += updates.length;
    this.count("plumtree.payloadsReceived", updates.length);
    // In this order: a branch that brings copies is judged by who brought them first.
    if (copies !== undefined) this.onCopies({ from, origin, nowMs }, copies);
    if (newsCount > 0) this.onBrought(from, origin);
  }

  /** The updates of `gossip` between these places were news here, so they are to others. */
  private passOn(
    gossip: Gossip,
    [start, end]: readonly [number, number],
    { from, nowMs }: { readonly from: PeerId; readonly nowMs: number },
  ): void {
    if (start >= end) return;
    const { origin, round } = gossip;
    const isWhole = end - start === gossip.updates.length;
    // The very same list where possible: its bytes are then those that came.
    const updates = isWhole ? gossip.updates : gossip.updates.slice(start, end);
    const first = gossip.first + start;
    let bytes = 0;
    for (const update of updates) bytes += this.enrolled.sizeOf(update);
    this.statistics.noteHops(round, updates.length);
    this.statistics.bytesReceivedCount += bytes;
    this.count("plumtree.news", updates.length);
    const came = { origin, first, last: first + updates.length - 1 };
    const load = { origin, first, round: nextRound(round), updates, bytes, isSealed: true };
    const tree = this.trees.of(origin);
    const shorter = this.missing.onCame(came, from, nowMs);
    this.spread(tree, load, from);
    if (shorter !== undefined) this.optimise(tree, gossip, { from, shorter, nowMs });
  }

  private spread(tree: Tree, load: Load, except: PeerId | undefined): void {
    const { outbox } = this.shared;
    const { bytes, first, origin, round, updates } = load;
    for (const peer of tree.eager) {
      if (peer === except) continue;
      outbox.push(peer, this.name, load);
      this.countSent(updates.length, bytes);
    }
    const run = { origin, first, last: first + updates.length - 1, round };
    for (const peer of tree.lazy) if (peer !== except) this.announce(peer, run);
  }

  private publish({ origin, seq }: Dot, update: unknown): void {
    const bytes = this.enrolled.sizeOf(update);
    const isLarge = this.large.isLarge(bytes);
    this.note({ kind: "published", means: isLarge ? "bulk" : "plumtree", dot: { origin, seq } });
    if (this.bringers.peek(origin) === undefined) this.bringers.set(origin, this.shared.env.self);
    if (isLarge) {
      this.open = undefined;
      return this.large.offer({ origin, seq, round: 0, bytes });
    }
    const tree = this.trees.of(origin);
    const { open } = this;
    const goesOn =
      open !== undefined &&
      !open.load.isSealed &&
      open.load.bytes < this.shared.options.batchMaxBytes / 2 &&
      open.load.origin === origin &&
      open.load.first + open.updates.length === seq;
    if (!goesOn) {
      const updates = [update];
      const load = { origin, first: seq, round: 0, updates, bytes, isSealed: false };
      this.open = { load, updates };
      return this.spread(tree, load, undefined);
    }
    open.updates.push(update);
    open.load.bytes += bytes;
    for (const peer of tree.eager) {
      this.shared.outbox.pushMore(peer, this.name, open.load, bytes);
      this.countSent(1, bytes);
    }
    const run = { origin, first: seq, last: seq, round: 0 };
    for (const peer of tree.lazy) this.announce(peer, run);
  }

  /**
   * News that came another way is announced to all neighbours: most have it, and those who lack it
   * ask for it. Pushing it would send a whole past along the tree whenever somebody catches up.
   */
  private onForeign({ origin, seq }: Dot, update: unknown, from: PeerId): void {
    const bytes = this.enrolled.sizeOf(update);
    if (this.large.isLarge(bytes)) {
      this.large.onHere({ origin, seq });
      return this.large.offer({ origin, seq, round: UNKNOWN_ROUND, bytes }, from);
    }
    this.foreign.addRange(origin, seq, seq);
    if (this.foreign.rangesCount > FOREIGN_RANGES_MAX) this.forgetForeign();
    const run = { origin, first: seq, last: seq, round: UNKNOWN_ROUND };
    for (const peer of this.trees.neighbours) if (peer !== from) this.announce(peer, run);
  }

  private onBrought(from: PeerId, origin: Origin): void {
    const tree = this.trees.of(origin);
    // What it had sent before it heard of the PRUNE does not take the PRUNE back: who counts on it
    // cuts off whoever does go on, and a busy link holds seconds of it. Only a GRAFT takes it back.
    if (tree.prunedAtMs(from) !== undefined) return;
    if (this.bringers.peek(origin) !== from) this.bringers.set(origin, from);
    if (this.receptions === undefined && tree.lazy.has(from)) tree.becomeEager(from);
  }

  /**
   * Departs from [Leitão SRDS 2007 §3.4]: the sender of a copy is cut off only while whoever
   * brought the first one is not, for with several updates on the way each of two branches is
   * second once, and both would be cut.
   */
  private onCopies(
    { from, nowMs, origin }: { readonly from: PeerId; origin: Origin; readonly nowMs: number },
    [first, last]: readonly [number, number],
  ): void {
    this.countCopies(last - first + 1);
    if (this.foreign.rangesOf(origin)?.hasRange(first, last) === true) return;
    if (this.receptions !== undefined) {
      const copies = this.receptions.add(origin, last) + 1;
      if (copies <= this.shared.options.copiesCount) return;
    }
    const tree = this.trees.of(origin);
    const bringer = this.bringers.peek(origin);
    if (bringer === from) return;
    const isCovered =
      bringer === this.shared.env.self || (bringer !== undefined && tree.eager.has(bringer));
    if (isCovered) return this.prune(tree, origin, { from, nowMs });
    this.bringers.set(origin, from);
    if (this.receptions !== undefined) return;
    if (tree.prunedAtMs(from) === undefined) tree.becomeEager(from);
    else this.graft(tree, origin, from);
  }

  private prune(
    tree: Tree,
    origin: Origin,
    { from, nowMs }: { readonly from: PeerId; readonly nowMs: number },
  ): void {
    if (nowMs - (tree.prunedAtMs(from) ?? -Infinity) < this.pruneIntervalMs) return;
    tree.becomeLazy(from);
    if (tree.has(from)) tree.notePrune(from, nowMs);
    this.shared.outbox.prune(from, this.name, this.trees.rootOf(origin));
    this.statistics.prunesSentCount += 1;
    this.count("plumtree.prunes");
  }

  /** Somebody had announced it who is fewer hops away. [Leitão SRDS 2007 §3.8] */
  private optimise(
    tree: Tree,
    { origin, round }: Gossip,
    way: { readonly from: PeerId; readonly shorter: ShorterWay; readonly nowMs: number },
  ): void {
    const { from, nowMs, shorter } = way;
    const { optimisationCount } = this.shared.options;
    if (optimisationCount === 0 || shorter.peer === from) return;
    if (round - shorter.round < optimisationCount || !tree.has(shorter.peer)) return;
    this.count("plumtree.optimised");
    if (!tree.eager.has(shorter.peer)) this.graft(tree, origin, shorter.peer);
    this.bringers.set(origin, shorter.peer);
    this.prune(tree, origin, { from, nowMs });
  }

  private graft(tree: Tree | undefined, origin: Origin, peer: PeerId): void {
    tree?.becomeEager(peer);
    this.shared.outbox.graft(peer, this.name, this.trees.rootOf(origin));
    this.statistics.graftsSentCount += 1;
    this.count("plumtree.grafts");
  }

  private takeAnnounced(from: PeerId, runs: readonly Announced[], nowMs: number): void {
    const { seen } = this.enrolled.replica;
    for (const run of runs) {
      const { first, last, origin } = run;
      this.statistics.announcedReceivedCount += last - first + 1;
      if (seen.rangesOf(origin)?.hasRange(first, last) === true) continue;
      if (!this.missing.note(from, run, nowMs)) this.count("plumtree.dropped.notices");
    }
  }

  private ask({ lostCount, requests }: Due): void {
    for (const { peer, wanted } of requests) {
      this.shared.outbox.want(peer, this.name, wanted);
      const grafted = new Set<Root>();
      for (const { first, last, origin } of wanted) {
        // What comes twice because it was asked for is no reason to cut a branch that is late.
        this.foreign.addRange(origin, first, last);
        const root = this.trees.rootOf(origin);
        if (grafted.has(root)) continue;
        grafted.add(root);
        this.graft(this.trees.find(origin), origin, peer);
      }
    }
    if (this.foreign.rangesCount > FOREIGN_RANGES_MAX) this.forgetForeign();
    if (lostCount > 0) this.countLost(lostCount);
  }

  /** Nobody is left who could be asked for these. */
  countLost(count: number): void {
    this.statistics.lostCount += count;
    this.count("plumtree.lost", count);
  }

  hasSeen(dot: Dot): boolean {
    return this.enrolled.replica.seen.has(dot);
  }

  private onGraft(from: PeerId, root: Root): void {
    this.statistics.graftsReceivedCount += 1;
    this.trees.forEachMeant(root, (tree) => tree.becomeEager(from));
  }

  private onPrune(from: PeerId, root: Root): void {
    this.statistics.prunesReceivedCount += 1;
    this.shared.outbox.demoteTree(from, this.name, root);
    this.trees.forEachMeant(root, (tree) => tree.becomeLazy(from));
  }

  private announce(peer: PeerId, run: Announced): void {
    this.shared.outbox.announce(peer, this.name, run);
    this.statistics.announcedSentCount += run.last - run.first + 1;
    this.count("plumtree.announced", run.last - run.first + 1);
  }

  private get pruneIntervalMs(): number {
    const { pruneIntervalMs, tolerantPruneIntervalMs, trees } = this.shared.options;
    return trees === "tolerant" ? tolerantPruneIntervalMs : pruneIntervalMs;
  }

  private countCopies(count: number): void {
    this.statistics.duplicatesCount += count;
    this.count("plumtree.duplicates", count);
  }

  private countSent(count: number, bytes: number): void {
    this.statistics.payloadsSentCount += count;
    this.statistics.bytesSentCount += bytes;
    this.count("plumtree.payloadsSent", count);
  }

  private note(arrival: Omit<Arrival, "what">): void {
    this.shared.wiring.onArrival?.({ ...arrival, what: this.name });
  }

  private count(name: PlumtreeCount, by = 1): void {
    this.shared.wiring.counters.add(name, by);
  }
}
