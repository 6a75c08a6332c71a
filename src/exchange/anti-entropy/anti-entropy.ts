import { unreachable } from "../../core/assert.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Env } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { Enrolled } from "../enrolled.ts";
import type { Replica } from "../replica.ts";
import type { AntiEntropyWiring } from "./anti-entropy.contract.ts";
import type {
  AntiEntropyMessage,
  Claim,
  CompareMessage,
  Digest,
  DigestsMessage,
  Items,
  ItemsWantsMessage,
  Wants,
  WantsMessage,
} from "./anti-entropy.messages.ts";
import type { AntiEntropyOptions } from "./anti-entropy.options.ts";
import { collectFor } from "./collection.ts";
import { type Conversation, Conversations } from "./conversations.ts";
import { digestOf } from "./digest.ts";
import { choosePeers } from "./peer-choice.ts";
import { RecentDots } from "./recent-dots.ts";

export type AntiEntropyTimer =
  | { readonly kind: "round" }
  | { readonly kind: "expire"; readonly key: string };

/** For how many intervals a dot is recent: by then most of a cluster of any size has it. */
const RECENT_ROUNDS = 10;

interface Seat extends Enrolled {
  readonly recent: RecentDots;
}

type AntiEntropyEnv = Env<AntiEntropyMessage, AntiEntropyTimer>;

/**
 * Simple epidemics: every interval this node compares what it has seen with a random peer, and the
 * two exchange what the other lacks. [Demers 1987 §1.3; spec Scuttlebutt §8; DESIGN section 2]
 *
 * One engine serves every data model: it knows of a replica what `Replica` says and no more.
 */
export class AntiEntropy implements Protocol<AntiEntropyMessage, AntiEntropyTimer> {
  private readonly env: AntiEntropyEnv;
  private readonly wiring: AntiEntropyWiring;
  private readonly options: AntiEntropyOptions;
  private readonly seats = new Map<string, Seat>();
  private readonly conversations: Conversations;
  /** Names of replicas, in the order in which they are compared. */
  private names: string[] = [];
  private nextName = 0;
  private isStopped = false;

  constructor(env: AntiEntropyEnv, wiring: AntiEntropyWiring, options: AntiEntropyOptions) {
    this.env = env;
    this.wiring = wiring;
    this.options = options;
    this.conversations = new Conversations(env, options.roundTimeoutMs);
  }

  start(): void {
    // Nodes that start together must not all gossip in the same instant.
    this.env.setTimer({ kind: "round" }, this.env.random.real() * this.options.roundIntervalMs);
  }

  stop(): void {
    this.isStopped = true;
  }

  /** From now on `enrolled.replica` is kept in agreement with those of the same name elsewhere. */
  enrol(enrolled: Enrolled): void {
    if (this.seats.has(enrolled.name)) throw new Error(`${enrolled.name} is enrolled already`);
    const recent = new RecentDots(this.options.recentMaxCount);
    this.seats.set(enrolled.name, { ...enrolled, recent });
    this.names = [...this.seats.keys()];
    enrolled.replica.subscribe({ onNews: (dot) => recent.note(dot, this.env.now()) });
  }

  withdraw(name: string): void {
    this.seats.delete(name);
    this.names = [...this.seats.keys()];
  }

  /** Begins a round with `peer` now, as after a join, whatever the interval. */
  compareWith(peer: PeerId): void {
    this.begin(peer, { huntsLeft: 0, continuationsLeft: this.options.continuationsMaxCount });
  }

  onTimer(timer: AntiEntropyTimer): void {
    switch (timer.kind) {
      case "round":
        return this.onRound();
      case "expire":
        if (this.conversations.expire(timer.key)) this.count("antiEntropy.timedOut");
        return;
      default:
        unreachable(timer);
    }
  }

  onMessage(from: PeerId, message: AntiEntropyMessage): void {
    if (this.isStopped) return;
    if (message.kind === "compare") return this.onCompare(from, message);
    const conversation = this.conversations.find(from, message);
    if (conversation === undefined) return this.count("antiEntropy.dropped.stale");
    switch (message.kind) {
      case "same":
        this.count("antiEntropy.same");
        return this.conversations.end(conversation);
      case "busy":
        return this.onBusy(conversation);
      case "digests":
        return this.onDigests(conversation, message);
      case "wants":
        return this.onWants(conversation, message);
      case "itemsWants":
        return this.onItemsWants(conversation, message);
      case "items":
        this.take(conversation, message.items);
        return this.conversations.end(conversation);
      default:
        unreachable(message);
    }
  }

  private onRound(): void {
    this.env.setTimer({ kind: "round" }, this.options.roundIntervalMs);
    const { distance, peers } = this.wiring;
    const { continuationsMaxCount, fanoutCount, huntsMaxCount } = this.options;
    const chosen = choosePeers(peers, this.env.random, { count: fanoutCount, distance });
    for (const peer of chosen) {
      this.begin(peer, { huntsLeft: huntsMaxCount, continuationsLeft: continuationsMaxCount });
    }
  }

  // P's side

  private begin(peer: PeerId, lefts: Pick<Conversation, "huntsLeft" | "continuationsLeft">): void {
    if (this.names.length === 0) return;
    const conversation = this.conversations.begin(peer, lefts);
    this.count("antiEntropy.rounds");
    const { mode } = this.options;
    const claims = this.takeClaims();
    for (const { recent, replica: name } of claims) conversation.offered.set(name, recent);
    this.env.send(peer, { kind: "compare", round: conversation.round, mode, claims });
  }

  /** The next replicas in turn, so that none starves where there are many. */
  private takeClaims(): Claim[] {
    const claims: Claim[] = [];
    const sinceMs = this.env.now() - RECENT_ROUNDS * this.options.roundIntervalMs;
    const count = Math.min(this.options.claimsMaxCount, this.names.length);
    while (claims.length < count) {
      const name = this.names[this.nextName % this.names.length] ?? "";
      this.nextName = (this.nextName + 1) % this.names.length;
      const seat = this.seats.get(name);
      if (seat === undefined) break;
      const recent = seat.recent.since(sinceMs);
      claims.push({ replica: name, hash: seat.replica.seen.hash(), recent });
    }
    return claims;
  }

  private onBusy(conversation: Conversation): void {
    const { continuationsLeft, huntsLeft, peer } = conversation;
    this.conversations.end(conversation);
    this.count("antiEntropy.busy");
    if (huntsLeft === 0) return;
    const others: PeerId[] = [];
    this.wiring.peers.sample(this.env.random, 1, others, peer);
    const other = others[0];
    if (other !== undefined) this.begin(other, { huntsLeft: huntsLeft - 1, continuationsLeft });
  }

  /** Step 1 came: what Q has seen, or just what it wants. */
  private onDigests(conversation: Conversation, message: DigestsMessage): void {
    const { peer, round } = conversation;
    const items = this.collect(conversation, message.wants);
    if (message.digests.length === 0) {
      this.env.send(peer, { kind: "items", round, items });
      return this.conversations.end(conversation);
    }
    conversation.stage = "wants";
    const digests: Digest[] = [];
    const wants: Wants[] = [];
    for (const { replica: name, seen } of message.digests) {
      const seat = this.seatOf(name);
      if (seat === undefined) continue;
      conversation.theirs.set(name, seen);
      if (this.options.mode !== "pull") digests.push(this.digest(conversation, seat));
      if (this.options.mode !== "push") this.want(conversation, wants, seat, seen);
    }
    this.env.send(peer, { kind: "wants", round, digests, wants, items });
  }

  /** Step 3 came: what this node wanted, and what Q wants. */
  private onItemsWants(conversation: Conversation, message: ItemsWantsMessage): void {
    const hasMoreThere = this.take(conversation, message.items);
    const items = this.collect(conversation, message.wants);
    if (items.length > 0 || message.wants.length > 0) {
      this.env.send(conversation.peer, { kind: "items", round: conversation.round, items });
    }
    const hasMore = hasMoreThere || items.some(({ delta }) => delta.more);
    const hasMoved =
      conversation.newsCount > 0 || items.some((one) => one.delta.updates.length > 0);
    this.conversations.end(conversation);
    const continuationsLeft = conversation.continuationsLeft - 1;
    if (hasMore && hasMoved && continuationsLeft > 0) {
      this.begin(conversation.peer, { huntsLeft: 0, continuationsLeft });
    }
  }

  // Q's side

  private onCompare(from: PeerId, message: CompareMessage): void {
    const { mode, round } = message;
    // Doubled on its way: the answer to the first one is under way.
    if (this.conversations.isAnswering(from, round)) return this.count("antiEntropy.dropped.stale");
    const differing = message.claims.filter((claim) => this.differs(claim));
    if (differing.length === 0) return this.env.send(from, { kind: "same", round });
    if (this.conversations.answeredCount >= this.options.conversationsMaxCount) {
      return this.env.send(from, { kind: "busy", round });
    }
    const conversation = this.conversations.answer(from, { round, mode });
    const digests: Digest[] = [];
    const wants: Wants[] = [];
    for (const claim of differing) {
      const seat = this.seats.get(claim.replica);
      if (seat === undefined) continue;
      if (mode !== "pull" && lacksOnly(seat, claim)) {
        this.want(conversation, wants, seat, claim.recent);
      } else digests.push(this.digest(conversation, seat));
    }
    this.env.send(from, { kind: "digests", round, digests, wants });
    conversation.stage = digests.length === 0 ? "items" : "answer";
  }

  private differs({ hash, replica: name }: Claim): boolean {
    const seat = this.seatOf(name);
    return seat !== undefined && seat.replica.seen.hash() !== hash;
  }

  /** Step 2 came: what P has seen, and what it wants. */
  private onWants(conversation: Conversation, message: WantsMessage): void {
    this.take(conversation, message.items);
    const wants: Wants[] = [];
    for (const { replica: name, seen } of message.digests) {
      const seat = this.seatOf(name);
      if (seat === undefined) continue;
      conversation.theirs.set(name, seen);
      if (conversation.mode !== "pull") this.want(conversation, wants, seat, seen);
    }
    const items = this.collect(conversation, message.wants);
    conversation.stage = "items";
    this.env.send(conversation.peer, {
      kind: "itemsWants",
      round: conversation.round,
      items,
      wants,
    });
    if (wants.length === 0) this.conversations.end(conversation);
  }

  // Both

  /** What is offered to the peer: `conversation.offered` remembers it. */
  private digest(conversation: Conversation, seat: Seat): Digest {
    const cut = { maxBytes: this.options.digestMaxBytes, random: this.env.random };
    const digest = digestOf(seat.name, seat.replica.seen, cut);
    conversation.offered.set(seat.name, digest.seen);
    return digest;
  }

  private want(
    conversation: Conversation,
    wants: Wants[],
    seat: Seat,
    offered: ReadonlyDotSet,
  ): void {
    const dots = offered.difference(seat.replica.seen);
    if (dots.isEmpty) return;
    conversation.wanted.set(seat.name, dots);
    wants.push({ replica: seat.name, dots });
  }

  private collect(conversation: Conversation, wants: readonly Wants[]): Items[] {
    const items: Items[] = [];
    let leftBytes = this.options.deltaMaxBytes;
    for (const { dots, replica: name } of wants) {
      const seat = this.seatOf(name);
      if (seat === undefined) continue;
      const offered = conversation.offered.get(name) ?? new DotSet();
      const wanted = dots.intersection(offered);
      if (wanted.size < dots.size) this.count("antiEntropy.dropped.notOffered");
      const theirs = conversation.theirs.get(name) ?? new DotSet();
      const plan = {
        ordering: this.options.ordering,
        budgetBytes: Math.max(1, Math.floor(leftBytes / (wants.length - items.length))),
        random: this.env.random,
        sizeOf: seat.sizeOf,
      };
      const delta = collectFor(seat.replica, wanted, theirs, plan);
      for (const [, update] of delta.updates) leftBytes -= seat.sizeOf(update);
      this.count("antiEntropy.updatesSent", delta.updates.length);
      items.push({ replica: name, delta });
    }
    return items;
  }

  /** Takes in what was wanted, and only that. Returns whether there is more to be had. */
  private take(conversation: Conversation, items: readonly Items[]): boolean {
    let hasMore = false;
    for (const { delta, replica: name } of items) {
      const seat = this.seatOf(name);
      const wanted = conversation.wanted.get(name) ?? new DotSet();
      if (seat === undefined) continue;
      let isDeferred = false;
      for (const [dot, update] of delta.updates) {
        if (!wanted.has(dot)) {
          this.count("antiEntropy.dropped.unsolicited");
          continue;
        }
        const verdict = seat.replica.apply(dot, update, conversation.peer);
        if (verdict === "deferred") isDeferred = true;
        else if (verdict === "known") this.count("antiEntropy.duplicates");
        else this.noteNews(conversation);
      }
      hasMore ||= delta.more && !isDeferred;
      if (isDeferred) continue;
      this.cover(seat.replica, wanted, delta);
    }
    return hasMore;
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

  private noteNews(conversation: Conversation): void {
    conversation.newsCount += 1;
    this.count("antiEntropy.news");
  }

  private seatOf(name: string): Seat | undefined {
    const seat = this.seats.get(name);
    if (seat === undefined) this.count("antiEntropy.dropped.unknownReplica");
    return seat;
  }

  private count(name: Parameters<AntiEntropyWiring["counters"]["add"]>[0], by = 1): void {
    if (by > 0) this.wiring.counters.add(name, by);
  }
}

/** True when the dots that a claim names as recent are all that stands between the two. */
function lacksOnly({ replica }: Seat, { hash, recent }: Claim): boolean {
  return !recent.isEmpty && replica.seen.union(recent).hash() === hash;
}
