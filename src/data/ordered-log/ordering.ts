import { sameBytes } from "../../core/bytes.ts";
import type { Dot } from "../../core/dot.ts";
import { DotSet } from "../../core/dot-set.ts";
import type { OrderOutcome, OrderRequest } from "../../core/orderer.ts";
import type { Origin, PeerId } from "../../core/peer.ts";
import { HeldByDot } from "../held-by-dot.ts";
import { Assurance } from "./assurance.ts";
import { collectBatch, inOrderOfLives, type ReadyEvent } from "./batch.ts";
import type { EventName, HeldEvent } from "./event.ts";
import { hasMajority, type LogContext } from "./log-context.ts";
import { encodeCommand, type OrderCommand } from "./order-command.ts";

/** What a leader knows of an event without a place. */
export interface Candidate {
  readonly dot: Dot;
  /** Who has it on disk, and with which hash. */
  readonly holders: Map<PeerId, Uint8Array>;
  readonly sinceMs: number;
  /** When something was done for it last, and how often. */
  nursedMs: number;
  nursedCount: number;
}

/**
 * The leader's table: who holds what. An event is proposed when all before it has its place, or
 * will by what is under way, and a majority of the voters has it on disk; where the order asks
 * before it keeps ids, when it is here, for then a majority that keeps its id has it on disk. Lost
 * with the leader, and filled again by announcements. [spec raft §4, decision 0011]
 */
export class Ordering {
  /** Told of events that a majority has on disk. */
  onSafe: (event: HeldEvent) => void = () => {};
  /** Told of commands that it proposes. */
  onEncoded: (bytes: Uint8Array, command: OrderCommand) => void = () => {};
  readonly assurance: Assurance;
  private readonly log: LogContext;
  private readonly candidates = new HeldByDot<Candidate>();
  /** Lives of which something may be proposed. */
  private readonly dirty = new Set<Origin>();
  /** Up to here things are proposed, per life. */
  private readonly proposed = new Map<Origin, number>();
  private readonly underWay = new Set<OrderRequest>();
  private readonly unacked = new Map<PeerId, DotSet>();
  private readyCount = 0;
  private isTimerSet = false;
  private isAckTimerSet = false;
  /** A batch was not ordered: nothing is proposed until the others have ended, and a while more. */
  private hasLost = false;

  constructor(log: LogContext) {
    this.log = log;
    this.assurance = new Assurance(log);
  }

  get size(): number {
    return this.candidates.size;
  }

  /** This node leads from now on. */
  begin(): void {
    this.end();
    this.assurance.begin();
    const { env, store } = this.log;
    for (const event of store.pendings()) {
      if (this.isGuarded) this.onEvent(event);
      if (store.isDurable(event)) this.onHolder(env.self, event);
    }
  }

  end(): void {
    for (const { dot } of [...this.candidates.values()]) this.candidates.take(dot);
    this.dirty.clear();
    this.proposed.clear();
    this.unacked.clear();
    this.readyCount = 0;
  }

  all(): IterableIterator<Candidate> {
    return this.candidates.values();
  }

  get(dot: Dot): Candidate | undefined {
    return this.candidates.get(dot);
  }

  /** The next number of that life that is not proposed. */
  nextOf(origin: Origin): number {
    return Math.max(this.log.state.floorOf(origin), this.proposed.get(origin) ?? 0) + 1;
  }

  /** `peer` has it on disk. */
  onHolder(peer: PeerId, { dot, hash }: EventName): void {
    const candidate = this.candidateOf(dot);
    const known = candidate?.holders.get(peer);
    if (candidate === undefined || (known !== undefined && sameBytes(known, hash))) return;
    const wasSafe = this.isSafe(candidate);
    candidate.holders.set(peer, hash);
    if (wasSafe || !this.isSafe(candidate)) return;
    if (!this.isGuarded) this.onReady(candidate);
    this.tellSafe(candidate);
  }

  /** The data has come, whose names may have come before. */
  onEvent({ dot }: HeldEvent): void {
    const isNews = this.isGuarded && this.log.order.status.isLeader;
    const candidate = isNews ? this.candidateOf(dot) : this.candidates.get(dot);
    if (candidate === undefined) return;
    if (this.isReady(candidate)) this.onReady(candidate);
    this.tellSafe(candidate);
  }

  onAnnounce(from: PeerId, names: readonly EventName[]): void {
    const { env, options } = this.log;
    let dots = this.unacked.get(from);
    if (dots === undefined) {
      dots = new DotSet();
      this.unacked.set(from, dots);
    }
    for (const name of names) {
      dots.add(name.dot);
      this.onHolder(from, name);
    }
    if (this.isAckTimerSet) return;
    this.isAckTimerSet = true;
    env.setTimer({ kind: "ack" }, options.ackDelayMs);
  }

  onAckTimer(): void {
    const { env, options, order, state } = this.log;
    this.isAckTimerSet = false;
    if (!order.status.isLeader) return this.unacked.clear();
    this.assurance.look();
    const { learners, voters } = order.members;
    const members = new Set([...voters, ...learners]);
    const load = this.size > options.pendingMaxCount ? "overload" : "normal";
    for (const [peer, dots] of this.unacked) {
      const noted = new DotSet();
      const safe = new DotSet();
      for (const dot of dots) {
        const isPlaced = state.floorOf(dot.origin) >= dot.seq;
        // Members hear the order themselves.
        if (isPlaced && members.has(peer)) continue;
        const candidate = this.candidates.get(dot);
        if (candidate === undefined && !isPlaced) continue;
        noted.add(dot);
        if (candidate === undefined || this.isAssured(candidate)) safe.add(dot);
      }
      if (noted.isEmpty && load === "normal") continue;
      env.sendNow(peer, { kind: "ack", noted, safe, load });
    }
    this.unacked.clear();
  }

  /** It has its place, or never will have one. */
  onSettled(dot: Dot): void {
    this.candidates.take(dot);
    this.dirty.add(dot.origin);
    this.assurance.onSettled(dot);
  }

  /** A majority has it on disk, and this node has it. */
  isSafe({ dot, holders }: Candidate): boolean {
    const { order, store } = this.log;
    if (holders.size === 0) return false;
    const event = store.get(dot);
    if (event === undefined) return false;
    return hasMajority(order.members.voters, (voter) => {
      const hash = holders.get(voter);
      return hash !== undefined && sameBytes(hash, event.hash);
    });
  }

  /** As far as it alone is concerned, it may be proposed. */
  private isReady(candidate: Candidate): boolean {
    return this.isGuarded
      ? this.log.store.get(candidate.dot) !== undefined
      : this.isSafe(candidate);
  }

  /** The order asks all nodes before it keeps an id. */
  private get isGuarded(): boolean {
    return this.log.order.reconsider !== undefined;
  }

  onBatchTimer(): void {
    this.isTimerSet = false;
    if (this.underWay.size === 0) this.hasLost = false;
    this.propose("due");
  }

  /** Voters may have changed, or floors: all is looked at anew. */
  onChange(): void {
    for (const { dot } of this.candidates.values()) this.dirty.add(dot.origin);
    this.propose("due");
  }

  /** Proposes what can be. While something is under way, few ids wait for others a little. */
  propose(cause: "ready" | "due"): void {
    const { env, options, order } = this.log;
    if (!order.status.isLeader || this.hasLost) return;
    while (this.dirty.size > 0 && this.underWay.size < options.batchesUnderWayMaxCount) {
      const isFew = this.readyCount < options.batchMaxCount;
      if (cause === "ready" && this.underWay.size > 0 && isFew) {
        if (this.isTimerSet || this.readyCount === 0) return;
        this.isTimerSet = true;
        env.setTimer({ kind: "batch" }, options.orderBatchMs);
        return;
      }
      if (!this.proposeBatch()) return;
    }
  }

  /** @returns whether the request was one of these. */
  onOutcome(request: OrderRequest, outcome: OrderOutcome): boolean {
    if (this.assurance.onOutcome(request, outcome)) {
      for (const candidate of this.candidates.values()) this.tellSafe(candidate);
      return true;
    }
    if (!this.underWay.delete(request)) return false;
    const { kind } = outcome;
    if (kind !== "ordered") {
      this.log.count(`batches.${kind}`);
      this.hasLost = true;
    }
    if (this.underWay.size > 0) {
      this.propose("ready");
      return true;
    }
    // What was skipped, or got lost, is proposed again: the order skips what comes twice.
    this.proposed.clear();
    if (this.hasLost) this.tryAgainLater();
    else this.propose("due");
    return true;
  }

  private tryAgainLater(): void {
    const { env, options } = this.log;
    for (const { dot } of this.candidates.values()) this.dirty.add(dot.origin);
    if (!this.isTimerSet) env.setTimer({ kind: "batch" }, options.retryMinMs / 2);
    this.isTimerSet = true;
  }

  private isAssured(candidate: Candidate): boolean {
    return this.isSafe(candidate) && this.assurance.mayCallSafe(candidate.dot);
  }

  private tellSafe(candidate: Candidate): void {
    const event = this.isAssured(candidate) ? this.log.store.get(candidate.dot) : undefined;
    if (event !== undefined) this.onSafe(event);
  }

  /** undefined for what has its place, and where there is no room. */
  private candidateOf(dot: Dot): Candidate | undefined {
    const { env, options, state, store } = this.log;
    if (state.floorOf(dot.origin) >= dot.seq) return undefined;
    const known = this.candidates.get(dot);
    if (known !== undefined) return known;
    const { size } = this.candidates;
    // What is held here is bounded there, and without the next one of a life nothing goes on:
    // but there are no more lives than this that write.
    const isHeld = store.get(dot) !== undefined;
    const isNext = dot.seq === this.nextOf(dot.origin) && size < 4 * options.pendingMaxCount;
    const isFull = size >= 2 * options.pendingMaxCount;
    if (isFull && !isHeld && !isNext) {
      this.log.count("dropped.tableFull");
      return undefined;
    }
    const sinceMs = env.now();
    // Before voters say who has it, nobody needs help.
    const nursedMs = this.isGuarded ? sinceMs + options.announceAfterMs : sinceMs;
    const candidate = { dot, holders: new Map(), sinceMs, nursedMs, nursedCount: 0 };
    this.candidates.put(candidate);
    return candidate;
  }

  private onReady({ dot }: Candidate): void {
    this.dirty.add(dot.origin);
    this.readyCount += 1;
  }

  private proposeBatch(): boolean {
    const { options, order, state } = this.log;
    const ready: ReadyEvent[] = [];
    for (const origin of inOrderOfLives(this.dirty)) this.gather(origin, ready);
    const entries = collectBatch(ready, {
      maxCount: options.batchMaxCount,
      floorOf: (origin) => state.floorOf(origin),
      proposedOf: (origin) => this.nextOf(origin) - 1,
    });
    if (entries.length === ready.length) this.dirty.clear();
    // What only waits for its causes is looked at again when something has got its place.
    this.readyCount = entries.length === 0 ? 0 : ready.length - entries.length;
    if (entries.length === 0) return false;
    for (const { dot } of entries) this.proposed.set(dot.origin, dot.seq);
    const command = { kind: "batch", entries } as const;
    const bytes = encodeCommand(command);
    this.onEncoded(bytes, command);
    this.underWay.add(order.propose(bytes));
    return true;
  }

  /** What follows what is proposed without a gap. */
  private gather(origin: Origin, ready: ReadyEvent[]): void {
    const { options, store } = this.log;
    let seq = this.nextOf(origin);
    for (let count = 0; count < options.batchMaxCount; count += 1) {
      const candidate = this.candidates.get({ origin, seq });
      const event = candidate && this.isReady(candidate) ? store.get(candidate.dot) : undefined;
      if (event === undefined) return;
      ready.push({ event, time: event.hlc });
      seq += 1;
    }
  }
}
