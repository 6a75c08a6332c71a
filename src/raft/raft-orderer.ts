import { BoundedMap } from "../core/collections/bounded-map.ts";
import type { JournalPosition } from "../core/env.ts";
import type { Counters } from "../core/metrics.ts";
import type {
  Orderer,
  OrdererChange,
  OrdererListener,
  OrdererMembers,
  OrdererRefusal,
  OrdererStatus,
  OrderGuard,
  OrderOutcome,
  OrderPosition,
  OrderRequest,
  OrderSubscriber,
} from "../core/orderer.ts";
import type { PeerId } from "../core/peer.ts";
import type { DurableProtocol, DurableRecord } from "../core/protocol.ts";
import type { Entry, GroupConfig, RaftRecord } from "./entry.ts";
import type { RaftEnv, RaftListener, ReadName } from "./raft.contract.ts";
import type { MessageOf, RaftMessage, RaftTimer, Wish, WishReply } from "./raft.messages.ts";
import type { RaftOptions } from "./raft.options.ts";
import { Raft } from "./raft.ts";
import { type Placed, Requests } from "./requests.ts";
import type { Snapshot } from "./state-bytes.ts";
import { Subscriptions } from "./subscriptions.ts";

/** Wishes of others that are remembered. [because: more than are under way in a few seconds] */
const FULFILLED_MAX_COUNT = 65_536;
/** Requests are numbered from a multiple of it, so that two lives do not use the same. */
const LIVES_COUNT = 4_294_967_296;
const LIFE_REQUESTS_COUNT = 1_048_576;

export interface RaftOrdererWiring {
  /** What the group is called. */
  readonly group: string;
  /** Its first voters; counts only while the disk is empty. */
  readonly voters: readonly PeerId[];
  readonly counters: Counters;
}

/**
 * An order by a Raft group that this node is in, or would be. Whoever is not the leader sends what
 * it is asked for to the one it knows; what was appended there ends when it is applied here, so a
 * node reads its own writes.
 */
export class RaftOrderer
  implements Orderer, DurableProtocol<RaftMessage, RaftTimer, RaftRecord>, RaftListener
{
  readonly raft: Raft;
  private readonly env: RaftEnv;
  private readonly options: RaftOptions;
  private readonly requests: Requests;
  private readonly subscriptions: Subscriptions;
  private readonly listeners: OrdererListener[] = [];
  private readonly fulfilled = new BoundedMap<string, true>(FULFILLED_MAX_COUNT);
  private ended: { request: OrderRequest; outcome: OrderOutcome }[] = [];
  private isTimerSet = false;
  /** Asked for with each command. */
  private known: { readonly config: GroupConfig; readonly members: OrdererMembers } | undefined;
  /** All subscribers were told everything up to here. */
  private answeredIndex = 0;
  /** The term of the life before. */
  private recoveredTerm = 0;

  constructor(env: RaftEnv, wiring: RaftOrdererWiring, options: RaftOptions) {
    this.env = env;
    this.options = options;
    this.requests = new Requests(env.random.below(LIVES_COUNT) * LIFE_REQUESTS_COUNT);
    this.raft = new Raft(env, { ...wiring, listener: this }, options);
    this.subscriptions = new Subscriptions(this.raft.state);
  }

  get status(): OrdererStatus {
    const { leader, role, term } = this.raft;
    const isAway = role === "lost" || role === "stopped";
    const state = isAway ? role : role === "unborn" ? "waiting" : "running";
    return { state, leader, term, isLeader: role === "leader" };
  }

  get members(): OrdererMembers {
    const { config } = this.raft;
    if (this.known?.config === config) return this.known.members;
    const members = {
      voters: config.voters.map(({ peer }) => peer),
      learners: config.learners.map(({ peer }) => peer),
    };
    this.known = { config, members };
    return members;
  }

  get wantsSnapshot(): boolean {
    return this.raft.wantsSnapshot;
  }

  recover(snapshot: Uint8Array | undefined, tail: readonly DurableRecord<RaftRecord>[]): void {
    this.raft.recover(snapshot, tail);
    this.recoveredTerm = this.raft.term;
  }

  start(): void {
    this.raft.start();
  }

  stop(): void {
    this.raft.stop();
    // What was proposed may yet be ordered by others.
    for (const request of this.requests.takeAll()) this.tell(request, { kind: "uncertain" });
    this.onRole();
  }

  propose(command: Uint8Array): OrderRequest {
    return this.wish({ kind: "propose", command });
  }

  read(): OrderRequest {
    return this.wish({ kind: "read" });
  }

  change(change: OrdererChange): OrderRequest {
    return this.wish({ kind: "change", change });
  }

  /** While this node leads: other voters that answer, the likeliest to lead first. */
  get heirs(): readonly PeerId[] {
    return this.raft.leading?.heirs() ?? [];
  }

  /** While this node leads: voters that keep what no guard of theirs was asked about. */
  get unasked(): readonly PeerId[] {
    return this.raft.leading?.unasked() ?? [];
  }

  transferTo(to: PeerId): void {
    this.raft.transferTo(to);
  }

  compact(position: OrderPosition, state: Uint8Array): void {
    this.raft.compact(position, state);
  }

  subscribe(subscriber: OrderSubscriber, after: OrderPosition): void {
    this.subscriptions.add(subscriber, after, this.raft.applied);
  }

  unsubscribe(subscriber: OrderSubscriber): void {
    this.subscriptions.remove(subscriber);
  }

  listen(listener: OrdererListener): void {
    this.listeners.push(listener);
  }

  guard(guard: OrderGuard): () => void {
    const { log, commitIndex } = this.raft.state;
    this.raft.state.guard = guard;
    // What it let pass in its former life it must hear of again, for it is to keep what they name.
    for (let index = commitIndex + 1; index <= log.lastIndex; index += 1) {
      const entry = log.entryAt(index);
      if (entry?.kind === "command") guard.mayKeep(entry.command);
    }
    return () => this.raft.reconsider();
  }

  /**
   * Asks these whether there is a group that would have this server: one that is in none yet, or
   * that was removed while it was away. Whoever knows a leader asks nobody.
   */
  greet(peers: readonly PeerId[]): void {
    const { raft } = this;
    if (raft.role === "stopped" || raft.role === "lost" || raft.leader !== undefined) return;
    for (const peer of peers) raft.state.send(peer, { kind: "hello" });
  }

  onMessage(from: PeerId, message: RaftMessage): void {
    if (message.kind === "wish") this.onWish(from, message);
    else if (message.kind === "wishReply") {
      const request = message.request as OrderRequest;
      this.onReply(request, message.reply);
    } else this.raft.onMessage(from, message);
  }

  onTimer(timer: RaftTimer): void {
    if (timer.kind === "requests") this.onRequestsTimer();
    else if (timer.kind === "deliver") this.onDeliverTimer();
    else this.raft.onTimer(timer);
  }

  onDurable(position: JournalPosition): void {
    this.raft.onDurable(position);
  }

  onSnapshot(what: JournalPosition | Snapshot): void {
    if (typeof what === "number") this.raft.onSnapshot(what);
    else this.subscriptions.onSnapshot();
    this.answer();
  }

  onCommitted(entries: readonly Entry[]): void {
    this.subscriptions.onCommitted(entries);
    this.answer();
  }

  onRead({ from, request }: ReadName, reply: WishReply): void {
    if (from === this.env.self) this.onReply(request as OrderRequest, reply);
    else this.raft.state.sendNow(from, { kind: "wishReply", request, reply });
  }

  onRole(): void {
    const { status } = this;
    for (const listener of this.listeners) listener.onStatus(status);
  }

  private wish(wish: Wish): OrderRequest {
    const { env, options, raft } = this;
    const request = this.requests.next();
    const { role } = raft;
    if (role === "stopped" || role === "lost") this.later(request, refusal("stopped"));
    else if (this.requests.count >= options.requestsMaxCount) this.later(request, refusal("full"));
    else if (raft.leader === undefined) this.later(request, refusal("noLeader"));
    else {
      this.requests.begin(request, wish.kind, env.now() + options.requestTimeoutMs);
      this.setTimer(options.requestTimeoutMs);
      if (raft.leader === env.self) this.fulfil(env.self, request, wish);
      else raft.state.sendNow(raft.leader, { kind: "wish", request, wish });
    }
    return request;
  }

  /**
   * A wish is for the leader of the sender's term and for nobody later, and is fulfilled once: so
   * what was refused stays refused, also when the network doubles or delays it.
   */
  private onWish(from: PeerId, { group, request, term, wish }: MessageOf<"wish">): void {
    const { raft } = this;
    if (group !== raft.state.group || group === 0) return;
    const name = `${term} ${String(from)} ${request}`;
    if (this.fulfilled.has(name)) return raft.state.count("dropped.doubledWish");
    // Whether a former life has fulfilled it is not known here, so nothing is said; nor by a life
    // that has not even come to that term, for it may have lost its disk.
    if (term <= this.recoveredTerm || term > raft.term)
      return raft.state.count("dropped.formerWish");
    if (raft.role !== "leader" || raft.term !== term) {
      return this.onRead({ from, request }, { kind: "refused", reason: "notLeader" });
    }
    this.fulfilled.set(name, true);
    this.fulfil(from, request, wish);
  }

  private fulfil(from: PeerId, request: number, wish: Wish): void {
    const reply = this.replyTo(from, request, wish);
    if (reply !== undefined) this.onRead({ from, request }, reply);
  }

  private replyTo(from: PeerId, request: number, wish: Wish): WishReply | undefined {
    const { raft } = this;
    if (wish.kind === "propose") return raft.propose(wish.command);
    if (wish.kind === "change") return raft.change(wish.change);
    const reason = raft.read({ from, request });
    return reason && { kind: "refused", reason };
  }

  private onReply(request: OrderRequest, reply: WishReply): void {
    const kind = this.requests.kindOf(request);
    if (kind === undefined) return;
    if (reply.kind === "refused") {
      this.requests.end(request);
      this.later(request, refusal(reply.reason));
      return;
    }
    const term = reply.kind === "appended" ? reply.entryTerm : 0;
    const { index } = reply;
    if (index > this.answeredIndex) return this.requests.place(request, index, term);
    this.requests.end(request);
    this.later(request, this.settled({ kind, index, term }));
  }

  private onDeliverTimer(): void {
    this.subscriptions.onTimer(this.raft.applied);
    this.answer();
  }

  /** Ends what waits for entries that all subscribers were told by now. */
  private answer(): void {
    const toldIndex = this.subscriptions.toldIndex(this.raft.applied);
    let index = this.requests.count > 0 ? this.answeredIndex : toldIndex;
    this.answeredIndex = toldIndex;
    while (index < toldIndex) {
      index += 1;
      for (const found of this.requests.takeAt(index)) {
        this.tell(found.request, this.settled(found));
      }
    }
  }

  /** What came of a request whose index is applied. */
  private settled({ index, kind, term }: Placed): OrderOutcome {
    if (kind === "read") return outcomeOf(kind, index);
    const found = this.raft.state.log.termAt(index);
    // A snapshot holds what stood there, and does not say whose it was.
    if (found === undefined) return UNCERTAIN;
    return found === term ? outcomeOf(kind, index) : refusal("superseded");
  }

  private onRequestsTimer(): void {
    this.isTimerSet = false;
    const { ended } = this;
    this.ended = [];
    for (const { outcome, request } of ended) this.tell(request, outcome);
    for (const request of this.requests.takeLate(this.env.now())) this.tell(request, UNCERTAIN);
    const { dueMs } = this.requests;
    if (dueMs !== undefined) this.setTimer(Math.max(0, dueMs - this.env.now()));
  }

  /** An outcome that is known while the request is still being made. */
  private later(request: OrderRequest, outcome: OrderOutcome): void {
    if (this.ended.length === 0) this.env.setTimer({ kind: "requests" }, 0);
    this.ended.push({ request, outcome });
  }

  private tell(request: OrderRequest, outcome: OrderOutcome): void {
    for (const listener of this.listeners) listener.onOutcome(request, outcome);
  }

  private setTimer(delayMs: number): void {
    if (this.isTimerSet) return;
    this.isTimerSet = true;
    this.env.setTimer({ kind: "requests" }, delayMs);
  }
}

const UNCERTAIN: OrderOutcome = { kind: "uncertain" };

function refusal(reason: OrdererRefusal): OrderOutcome {
  return { kind: "refused", reason };
}

function outcomeOf(kind: Wish["kind"], index: number): OrderOutcome {
  const position = index as OrderPosition;
  if (kind === "change") return { kind: "changed" };
  return kind === "read" ? { kind: "readable", position } : { kind: "ordered", position };
}
