import { unreachable } from "../../core/assert.ts";
import { FlowControl, type FlowReport } from "../../core/flow-control.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { Enrolled } from "../enrolled.ts";
import { Admission } from "./admission.ts";
import type { AntiEntropyCount, AntiEntropyWiring } from "./anti-entropy.contract.ts";
import type { AntiEntropyEnv, AntiEntropyTimer } from "./anti-entropy.env.ts";
import type {
  AntiEntropyMessage,
  Claim,
  CompareMessage,
  DifferingMessage,
  Digest,
  DigestsMessage,
  Items,
  ItemsWantsMessage,
  MoreMessage,
  SketchMessage,
  Wants,
  WantsMessage,
} from "./anti-entropy.messages.ts";
import type { AntiEntropyOptions } from "./anti-entropy.options.ts";
import {
  type Conversation,
  Conversations,
  type Lefts,
  SHORT_ROUND_TURNS,
} from "./conversations.ts";
import { Digests } from "./digests.ts";
import { choosePeers } from "./peer-choice.ts";
import { lacksOnly, pickSketched, type Seat, Seats } from "./seats.ts";
import { Sketching } from "./sketching.ts";
import { Transfers } from "./transfers.ts";

/** Rounds that may follow at once on those about who replicates what. [because: both may change] */
const RETRIES_MAX = 3;

export type { AntiEntropyTimer } from "./anti-entropy.env.ts";

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
  private readonly seats: Seats;
  private readonly conversations: Conversations;
  private readonly transfers: Transfers;
  private readonly digests: Digests;
  private readonly sketching: Sketching;
  private readonly admission: Admission;
  /** Absent where writers are not held back. Whoever writes asks it first. */
  readonly flow: FlowControl | undefined;
  /** The one round that was begun to go on with another: two would tell the same again. */
  private chain: Conversation | undefined;
  private isStopped = false;

  constructor(env: AntiEntropyEnv, wiring: AntiEntropyWiring, options: AntiEntropyOptions) {
    this.env = env;
    this.wiring = wiring;
    this.options = options;
    this.seats = new Seats(wiring, options, () => env.now());
    this.conversations = new Conversations(env, options);
    this.digests = new Digests(options, env.random);
    const { conversations, seats } = this;
    this.admission = new Admission(wiring, seats);
    const isFlowOff = options.flowControl === "off";
    this.flow = isFlowOff ? undefined : new FlowControl(options, () => env.now());
    const { flow } = this;
    const transfersOf = { conversations, random: env.random, seats, flow };
    this.transfers = new Transfers(wiring, options, transfersOf);
    this.sketching = new Sketching(env, wiring, { conversations, options });
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
    this.seats.add(enrolled);
  }

  withdraw(name: string): void {
    this.seats.delete(name);
  }

  /** Begins a round with `peer` now, as after a join, whatever the interval. */
  compareWith(peer: PeerId): void {
    this.begin(peer, this.lefts(0));
  }

  onTimer(timer: AntiEntropyTimer): void {
    switch (timer.kind) {
      case "round":
        return this.onRound();
      case "work":
        return this.sketching.onWork();
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
    this.conversations.extend(conversation);
    switch (message.kind) {
      case "same":
        this.count("antiEntropy.same");
        this.admission.onSame(conversation);
        return this.conversations.end(conversation);
      case "busy":
        return this.onBusy(conversation);
      case "sketch":
        return this.onSketch(conversation, message);
      case "more":
        return this.onMore(conversation, message);
      case "differing":
        return this.onDiffering(conversation, message);
      case "digests":
        return this.onDigests(conversation, message);
      case "wants":
        return this.onWants(conversation, message);
      case "itemsWants":
        return this.onItemsWants(conversation, message);
      case "items":
        this.transfers.take(conversation, message.items);
        return this.conversations.end(conversation);
      default:
        unreachable(message);
    }
  }

  private onRound(): void {
    this.env.setTimer({ kind: "round" }, this.options.roundIntervalMs);
    this.seats.dropOldSketches();
    this.flow?.onRound();
    const { distance, peers } = this.wiring;
    const { fanoutCount, huntsMaxCount } = this.options;
    const chosen = choosePeers(peers, this.env.random, { count: fanoutCount, distance });
    for (const peer of chosen) this.begin(peer, this.lefts(huntsMaxCount));
  }

  // P's side

  private begin(peer: PeerId, lefts: Lefts): Conversation | undefined {
    if (this.seats.isEmpty) return undefined;
    const conversation = this.conversations.begin(peer, lefts);
    this.count("antiEntropy.rounds");
    const { round } = conversation;
    const { mode } = this.options;
    const claims = this.seats.takeClaims(conversation);
    for (const { hash, recent, replica: name } of claims) {
      conversation.offered.set(name, recent);
      conversation.claimed.set(name, hash);
    }
    this.env.send(peer, { kind: "compare", round, turn: 0, mode, claims, ...this.flowPart() });
    return conversation;
  }

  private onBusy(conversation: Conversation): void {
    const { huntsLeft, peer } = conversation;
    this.conversations.end(conversation);
    this.count("antiEntropy.busy");
    if (huntsLeft === 0) return;
    const others: PeerId[] = [];
    this.wiring.peers.sample(this.env.random, 1, others, peer);
    const other = others[0];
    if (other !== undefined) this.begin(other, this.lefts(huntsLeft - 1));
  }

  private onSketch(conversation: Conversation, message: SketchMessage): void {
    const seat = this.seats.of(message.replica);
    if (seat === undefined) return this.conversations.end(conversation);
    this.sketching.onSketch(conversation, seat, message);
  }

  /** Step 1 came: what Q has seen, or just what it wants. */
  private onDigests(conversation: Conversation, answer: DigestsMessage): void {
    const message = this.admission.onDigests(conversation, answer);
    if (message.flow !== undefined) this.flow?.onExchange(message.flow);
    const { peer, round, turn } = conversation;
    const items = this.transfers.collect(conversation, message.wants);
    if (message.digests.length === 0) {
      this.env.send(peer, { kind: "items", round, turn, items });
      this.conversations.end(conversation);
      return this.tryAgain(conversation);
    }
    if (this.isMoreToList(conversation, message)) return this.sketching.sendDiffering(conversation);
    const digests: Digest[] = [];
    for (const said of message.digests) {
      const seat = this.seats.of(said.replica);
      if (seat === undefined) continue;
      const { sketch } = conversation;
      const digest = sketch?.replica === seat.name ? { ...said, seen: sketch.listed } : said;
      conversation.theirs.set(seat.name, digest.seen);
      if (digest.next === undefined) conversation.resumes.delete(seat.name);
      else conversation.resumes.set(seat.name, digest.next);
      if (this.options.mode !== "pull") digests.push(this.digests.offer(conversation, seat));
      if (this.options.mode !== "push") this.want(conversation, seat, digest);
    }
    this.sendWants(conversation, digests, items);
  }

  /**
   * Takes note of the runs that were named by key. They are asked for when all are known, for in
   * their order: a message that jumps from origin to origin must name each.
   */
  private isMoreToList(conversation: Conversation, { digests }: DigestsMessage): boolean {
    const { sketch } = conversation;
    if (sketch?.own === undefined) return false;
    for (const { replica, seen } of digests) {
      if (replica === sketch.replica) sketch.listed.addAll(seen);
    }
    return this.sketching.areKeysLeft(conversation);
  }

  private sendWants(conversation: Conversation, digests: Digest[], items: Items[]): void {
    const wants = this.transfers.takeWants(conversation);
    const { peer, round, turn } = conversation;
    // Its answer is waited for even if nothing is wanted, when differences are left to be told.
    conversation.wantsMore ||= this.sketching.isLeft(conversation);
    const more = conversation.wantsMore;
    this.env.send(peer, { kind: "wants", round, turn, digests, wants, items, more });
  }

  /** Step 3 came: what this node wanted, and what Q wants. */
  private onItemsWants(conversation: Conversation, message: ItemsWantsMessage): void {
    const before = conversation.newsCount;
    const hasMoreThere = this.transfers.take(conversation, message.items);
    const items = this.transfers.collect(conversation, message.wants);
    const hasMore = hasMoreThere || items.some(({ delta }) => delta.more);
    const hasSent = items.some(({ delta }) => delta.updates.length > 0);
    const hasMoved = conversation.newsCount > before || hasSent;
    const { peer, round, turn } = conversation;
    const isRest = hasMore || conversation.lacking.size > 0;
    const isSketchLeft = this.sketching.isLeft(conversation);
    const goesOn = (hasMoved && isRest) || isSketchLeft;
    if (goesOn && turn < this.turnsMaxCount) {
      if (isRest || message.wants.length > 0) return this.sendWants(conversation, [], items);
      return this.sketching.sendDiffering(conversation);
    }
    const isAwaited = message.wants.length > 0 || hasMore || conversation.wantsMore;
    if (isAwaited) this.env.send(peer, { kind: "items", round, turn, items });
    this.conversations.end(conversation);
    this.goOn(conversation);
    this.tryAgain(conversation);
  }

  /** The two agree about who replicates what by now: on to what they replicate. */
  private tryAgain({ isAgreed, peer, retriesLeft }: Conversation): void {
    if (isAgreed || retriesLeft === 0) return;
    this.begin(peer, { ...this.lefts(0), retriesLeft: retriesLeft - 1 });
  }

  /** What was listed in part goes on in a new round: with the next piece, or with other origins. */
  private goOn(conversation: Conversation): void {
    const { newsCount, ownResumes, peer, resumes, sizes, sketch, turn } = conversation;
    const continuationsLeft = conversation.continuationsLeft - 1;
    const hasPieces = resumes.size > 0 || ownResumes.size > 0;
    const isInPart = sketch === undefined && sizes.size > 0;
    const wasLong = newsCount > 0 && turn > SHORT_ROUND_TURNS && isInPart;
    if (!(hasPieces || wasLong) || continuationsLeft <= 0) return;
    if (this.chain !== undefined && this.conversations.isFlowing(this.chain)) return;
    const lefts = { huntsLeft: 0, continuationsLeft, retriesLeft: 0 };
    this.chain = this.begin(peer, { ...lefts, resumes, ownResumes });
  }

  private get turnsMaxCount(): number {
    return 2 * this.options.continuationsMaxCount;
  }

  private lefts(huntsLeft: number): Lefts {
    const continuationsLeft = this.options.continuationsMaxCount;
    const pieces = { resumes: new Map(), ownResumes: new Map() };
    return { huntsLeft, continuationsLeft, retriesLeft: RETRIES_MAX, ...pieces };
  }

  // Q's side

  private onCompare(from: PeerId, message: CompareMessage): void {
    const { mode, round } = message;
    // Doubled on its way: the answer to the first one is under way.
    if (message.turn !== 0 || this.conversations.isAnswering(from, round)) {
      return this.count("antiEntropy.dropped.stale");
    }
    const { claims, hasRefused, isAgreed } = this.admission.admit(from, message.claims);
    const differing = this.seats.differing(claims);
    if (differing.length === 0) {
      return this.env.send(from, { kind: hasRefused ? "busy" : "same", round, turn: 1 });
    }
    const { random } = this.env;
    const isDear = (seat: Seat, claim: Claim) => this.digests.isDear(seat, claim);
    const sketched = pickSketched(differing, this.seats, { isDear, random });
    const isBusy = this.conversations.answeredCount >= this.options.conversationsMaxCount;
    const isFull = this.conversations.sketchedCount >= this.options.sketchesMaxCount;
    if (isBusy || (sketched !== undefined && isFull)) {
      return this.env.send(from, { kind: "busy", round, turn: 1 });
    }
    const conversation = this.conversations.answer(from, { round, mode });
    conversation.isAgreed = isAgreed;
    if (message.flow !== undefined) conversation.flow = message.flow;
    if (sketched !== undefined && this.sketching.offer(conversation, sketched)) return;
    this.sendDigests(conversation, differing);
  }

  private sendDigests(conversation: Conversation, claims: readonly Claim[]): void {
    const { mode, peer, round, turn } = conversation;
    const digests: Digest[] = [];
    for (const claim of claims) {
      const seat = this.seats.of(claim.replica);
      if (seat === undefined) continue;
      conversation.heard.set(seat.name, claim);
      if (claim.resume !== undefined) conversation.ownResumes.set(seat.name, claim.resume);
      if (mode !== "pull" && lacksOnly(seat, claim)) {
        this.transfers.note(conversation, seat, claim.recent);
      } else digests.push(this.digests.offer(conversation, seat));
    }
    const wants: Wants[] = this.transfers.takeWants(conversation);
    this.env.send(peer, { kind: "digests", round, turn, digests, wants, ...this.flowPart() });
    if (conversation.flow !== undefined) this.flow?.onExchange(conversation.flow);
  }

  private flowPart(): { readonly flow?: FlowReport } {
    return this.flow === undefined ? {} : { flow: this.flow.report };
  }

  private onMore(conversation: Conversation, message: MoreMessage): void {
    const name = conversation.sketch?.replica;
    const seat = name === undefined ? undefined : this.seats.of(name);
    if (seat !== undefined && this.sketching.onMore(conversation, seat, message)) return;
    this.count("antiEntropy.dropped.stale");
    this.conversations.end(conversation);
  }

  /** Step 1, for the runs that P found to differ. */
  private onDiffering(conversation: Conversation, { keys }: DifferingMessage): void {
    const name = conversation.sketch?.replica;
    const seat = name === undefined ? undefined : this.seats.of(name);
    if (seat === undefined) {
      this.count("antiEntropy.dropped.stale");
      return this.conversations.end(conversation);
    }
    if (keys === "unknown") conversation.sketch = undefined;
    const digest =
      keys === "unknown"
        ? this.digests.offer(conversation, seat)
        : this.digests.addRuns(conversation, seat, this.sketching.runsOf(conversation, keys));
    const { peer, round, turn } = conversation;
    this.env.send(peer, { kind: "digests", round, turn, digests: [digest], wants: [] });
  }

  /** Step 2 came: what P has seen, and what it wants. */
  private onWants(conversation: Conversation, message: WantsMessage): void {
    const { peer, round, turn } = conversation;
    this.transfers.take(conversation, message.items);
    for (const digest of message.digests) {
      const seat = this.seats.of(digest.replica);
      if (seat === undefined) continue;
      this.admission.learn(conversation, digest);
      conversation.theirs.set(seat.name, digest.seen);
      if (conversation.mode !== "pull") this.want(conversation, seat, digest);
    }
    const items = this.transfers.collect(conversation, message.wants);
    const wants = this.transfers.takeWants(conversation);
    this.env.send(peer, { kind: "itemsWants", round, turn, items, wants });
    const isEnd = wants.length === 0 && !message.more && !items.some(({ delta }) => delta.more);
    if (isEnd || turn > this.turnsMaxCount) this.conversations.end(conversation);
  }

  // Both

  private want(conversation: Conversation, seat: Seat, { extent, seen, size }: Digest): void {
    if (extent === "partial") conversation.sizes.set(seat.name, size);
    this.transfers.note(conversation, seat, seen);
  }

  private count(name: AntiEntropyCount, by = 1): void {
    if (by > 0) this.wiring.counters.add(name, by);
  }
}
