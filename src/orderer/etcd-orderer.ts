import type {
  Orderer,
  OrdererChange,
  OrdererListener,
  OrdererMembers,
  OrdererRefusal,
  OrdererStatus,
  OrderOutcome,
  OrderPosition,
  OrderRequest,
  OrderSubscriber,
} from "../core/orderer.ts";
import type { PeerId } from "../core/peer.ts";
import type { Protocol } from "../core/protocol.ts";
import { Appender } from "./appender.ts";
import { Compaction } from "./compaction.ts";
import type { EtcdOptions } from "./etcd.options.ts";
import { Feed, type FeedListener, type PlacedBatch } from "./feed.ts";
import { Leadership } from "./leadership.ts";
import { MemberChanges } from "./member-changes.ts";
import { Reads } from "./reads.ts";
import { type RequestKind, Requests } from "./requests.ts";
import { Session, type SessionWiring, type StoreEnv } from "./session.ts";
import type { StoreItem, StoreMessage, StoreTimer } from "./store.messages.ts";
import { Subscriptions } from "./subscriptions.ts";

/** Requests are numbered from a multiple of it, so that two lives do not use the same. */
const LIVES_COUNT = 4_294_967_296;
const LIFE_REQUESTS_COUNT = 1_048_576;

/**
 * An order kept in an etcd that stands already: what is proposed is appended to a log of keys there
 * by compare-and-append transactions, and heard by a watch. Its disks are the cluster's; this node
 * keeps nothing. [spec raft §9; decision 0010]
 *
 * Positions are 1, 2, 3 … over all commands. A term is the revision in which the leader's key came
 * to be. Anybody may append; who leads is for those who build on it.
 */
export class EtcdOrderer implements Orderer, Protocol<StoreMessage, StoreTimer>, FeedListener {
  private readonly session: Session;
  private readonly feed: Feed;
  private readonly subscriptions: Subscriptions;
  private readonly requests: Requests;
  private readonly appender: Appender;
  private readonly reads: Reads;
  private readonly changes: MemberChanges;
  private readonly leadership: Leadership;
  private readonly compaction: Compaction;
  private readonly listeners: OrdererListener[] = [];
  private ended: { request: OrderRequest; outcome: OrderOutcome }[] = [];
  private isFlushSet = false;
  private isEndsSet = false;
  private isLost = false;
  private told = "";

  constructor(env: StoreEnv, wiring: SessionWiring, options: EtcdOptions) {
    this.session = new Session(env, wiring, options);
    const { session } = this;
    this.requests = new Requests(env.random.below(LIVES_COUNT) * LIFE_REQUESTS_COUNT);
    this.feed = new Feed(session, this);
    this.subscriptions = new Subscriptions(session, this.feed, {
      onTold: () => this.answer(),
      onLost: (why) => this.onLost(why),
    });
    const { feed, requests } = this;
    const shared = { session, feed, requests, onPlaced: () => this.answer() };
    const onEnd = (request: OrderRequest, outcome: OrderOutcome) => this.end(request, outcome);
    this.appender = new Appender({ ...shared, onEnd });
    this.reads = new Reads(shared);
    this.changes = new MemberChanges(session, feed, onEnd);
    this.leadership = new Leadership(session, () => this.tellStatus());
    this.compaction = new Compaction(session, feed);
  }

  get status(): OrdererStatus {
    const { isLeader, name: leader, term } = this.leadership;
    if (this.session.isStopped || this.isLost) {
      const state = this.session.isStopped ? "stopped" : "lost";
      return { state, leader: undefined, term, isLeader: false };
    }
    const state = this.feed.isBegun || this.feed.position > 0 ? "running" : "waiting";
    return { state, leader, term, isLeader };
  }

  /** Up to here all subscribers were told everything. */
  get position(): number {
    return this.subscriptions.toldPosition;
  }

  get members(): OrdererMembers {
    return { voters: this.feed.voters.names, learners: [] };
  }

  /** One node is asked for it while somebody leads. */
  get wantsSnapshot(): boolean {
    const { isLeader, leader } = this.status;
    return (isLeader || leader === undefined) && this.compaction.isDue;
  }

  start(): void {
    this.feed.begin();
    this.setCheckTimer();
  }

  /** Requests under way end now; the leader's lease is given back. */
  stop(): void {
    this.feed.stop();
    this.leadership.stop();
    this.session.stop();
    for (const { outcome, request } of this.requests.takeAll()) this.tell(request, outcome);
    this.tellStatus();
  }

  propose(command: Uint8Array): OrderRequest {
    const request = this.requests.next();
    const isTooLarge = command.length > this.session.options.commandMaxBytes;
    if (isTooLarge) this.refuse(request, "tooLarge");
    else if (this.begin(request, "propose")) this.appender.add(request, command);
    return request;
  }

  read(): OrderRequest {
    const request = this.requests.next();
    if (this.begin(request, "read")) this.reads.add(request);
    return request;
  }

  /** Of the list of voters that the group keeps; the members of etcd are its operator's. */
  change(change: OrdererChange): OrderRequest {
    const request = this.requests.next();
    const wanted = this.changes.votersAfter(change);
    if (!this.feed.isBegun) this.refuse(request, "noLeader");
    else if (wanted === undefined) this.refuse(request, "absurd");
    else if (this.begin(request, "change")) {
      this.requests.mark(request, "sent");
      this.changes.make(request, wanted);
    }
    return request;
  }

  transferTo(to: PeerId): void {
    this.leadership.handOver(to);
  }

  compact(position: OrderPosition, state: Uint8Array): void {
    this.compaction.begin(position, state);
  }

  subscribe(subscriber: OrderSubscriber, after: OrderPosition): void {
    this.subscriptions.add(subscriber, after);
  }

  unsubscribe(subscriber: OrderSubscriber): void {
    this.subscriptions.remove(subscriber);
  }

  listen(listener: OrdererListener): void {
    this.listeners.push(listener);
  }

  onMessage(_from: PeerId, message: StoreMessage): void {
    if (this.session.isStopped) return;
    if (message.kind === "answer") this.session.onAnswer(message.call, message.answer);
    else if (message.kind === "changes") this.feed.onChanges(message);
    else if (message.kind === "unwatched") this.feed.onUnwatched(message);
  }

  onTimer(timer: StoreTimer): void {
    if (this.session.isStopped) return;
    if (timer.kind === "calls") this.session.onTimer();
    else if (timer.kind === "flush") this.onFlushTimer();
    else if (timer.kind === "ends") this.onEndsTimer();
    else if (timer.kind === "lease") this.leadership.onLeaseTimer();
    else if (timer.kind === "check") this.onCheckTimer();
    else this.onAgain(timer);
  }

  onBegun(): void {
    this.subscriptions.onBegun();
    this.flush();
    this.tellStatus();
    this.answer();
  }

  onBatch(placed: PlacedBatch): void {
    this.compaction.onBatch(placed.bytes);
    this.appender.onBatch(placed);
    this.subscriptions.onBatch(placed);
    this.appender.flush();
  }

  onLeader(item: StoreItem | undefined, revision: number): void {
    this.leadership.onLeader(item, revision);
  }

  onNext(item: StoreItem | undefined): void {
    this.leadership.onNext(item);
  }

  onFloor(): void {
    this.compaction.onFloor();
  }

  /** Nobody can say what the order is: rather none than two. */
  onLost(why: string): void {
    if (this.isLost) return;
    this.isLost = true;
    this.feed.stop();
    const { namespace } = this.session.wiring;
    this.session.trouble(`the order under "${namespace}" is lost: ${why}`);
    for (const { outcome, request } of this.requests.takeAll()) this.tell(request, outcome);
    this.tellStatus();
  }

  private onAgain(timer: Extract<StoreTimer, { kind: "again" }>): void {
    if (this.isLost) return;
    if (timer.what === "catchUp") this.subscriptions.onTimer(timer.subscription);
    else if (timer.what === "begin") this.feed.begin();
    else if (timer.what === "watch") this.feed.onWatchTimer();
    else if (timer.what === "append") this.appender.onTimer();
    else if (timer.what === "reads") this.reads.onTimer();
    else if (timer.what === "compact") this.compaction.onTimer();
    else this.leadership.onCampaignTimer();
  }

  private onCheckTimer(): void {
    if (this.isLost) return;
    this.feed.check();
    this.setCheckTimer();
  }

  private setCheckTimer(): void {
    this.session.env.setTimer({ kind: "check" }, this.session.options.checkIntervalMs);
  }

  private begin(request: OrderRequest, kind: RequestKind): boolean {
    const { env, options } = this.session;
    const isOver = this.session.isStopped || this.isLost;
    if (isOver || this.requests.count >= options.requestsMaxCount) {
      this.refuse(request, isOver ? "stopped" : "full");
      return false;
    }
    this.requests.begin(request, kind, env.now() + options.requestTimeoutMs);
    this.setEndsTimer(options.requestTimeoutMs);
    if (!this.isFlushSet) env.setTimer({ kind: "flush" }, 0);
    this.isFlushSet = true;
    return true;
  }

  private refuse(request: OrderRequest, reason: OrdererRefusal): void {
    this.ended.push({ request, outcome: { kind: "refused", reason } });
    if (!this.isFlushSet) this.session.env.setTimer({ kind: "flush" }, 0);
    this.isFlushSet = true;
  }

  private onFlushTimer(): void {
    this.isFlushSet = false;
    const { ended } = this;
    this.ended = [];
    for (const { outcome, request } of ended) this.tell(request, outcome);
    this.flush();
  }

  private flush(): void {
    this.appender.flush();
    this.reads.flush();
  }

  private onEndsTimer(): void {
    this.isEndsSet = false;
    const { env } = this.session;
    for (const { outcome, request } of this.requests.takeLate(env.now())) {
      this.tell(request, outcome);
    }
    const { dueMs } = this.requests;
    if (dueMs !== undefined) this.setEndsTimer(Math.max(1, dueMs - env.now()));
  }

  private setEndsTimer(delayMs: number): void {
    if (this.isEndsSet) return;
    this.isEndsSet = true;
    this.session.env.setTimer({ kind: "ends" }, delayMs);
  }

  /** Ends what waits for commands that all subscribers were told by now. */
  private answer(): void {
    if (this.requests.count === 0) return;
    const upTo = this.subscriptions.toldPosition;
    for (const { outcome, request } of this.requests.takeUpTo(upTo)) this.tell(request, outcome);
  }

  private end(request: OrderRequest, outcome: OrderOutcome): void {
    if (this.requests.end(request)) this.tell(request, outcome);
  }

  private tell(request: OrderRequest, outcome: OrderOutcome): void {
    for (const listener of this.listeners) listener.onOutcome(request, outcome);
  }

  private tellStatus(): void {
    const { status } = this;
    const now = `${status.state} ${status.term} ${String(status.leader)} ${status.isLeader}`;
    if (now === this.told) return;
    this.told = now;
    for (const listener of this.listeners) listener.onStatus(status);
  }
}
