import { sameBytes } from "../../core/bytes.ts";
import type { Dot } from "../../core/dot.ts";
import type { PeerId } from "../../core/peer.ts";
import { HeldByDot } from "../held-by-dot.ts";
import type { EventName } from "./event.ts";
import type { LogContext } from "./log-context.ts";
import { decodeCommand, type OrderCommand } from "./order-command.ts";
import type { MessageOf } from "./ordered-log.messages.ts";

/** Events that are waited for. [because: more than the orderer holds back] */
const WANTED_MAX_COUNT = 65_536;

interface Hashes {
  readonly dot: Dot;
  /** More than one when its origin has said two things under one name. */
  hashes: Uint8Array[];
}

interface Wanted extends Hashes {
  readonly sinceMs: number;
  /** When the orderer asked about it last: what it asks about no more is not wanted. */
  askedMs: number;
  /** That of the leader in whose log its id stands. */
  term: number;
}

/**
 * Where the order asks before it keeps an id (`OrderGuard`): an id is kept by those who have its
 * data in their journals, before it. So what a majority keeps, and gets its place by that, a
 * majority has on disk. What is missing is fetched from the leader, who proposed nothing that it
 * has not, or from another voter. What the leader has no more was decided: undecided ids are kept
 * with their data, by it too. So it need not be waited for here. [decision 0011]
 */
export class Guarding {
  private readonly log: LogContext;
  private readonly wanted = new HeldByDot<Wanted>();
  /** Not to be had of the leader in whose log they stood. */
  private readonly decided = new HeldByDot<Hashes>();
  /** Commands that were read here and are not ordered yet. */
  private readonly read = new WeakMap<Uint8Array, OrderCommand>();
  private hasNews = false;
  /** Before it starts it is asked about all that the disk held: most was decided long ago. */
  private isRunning = false;
  private isTimerSet = false;
  private triesCount = 0;
  private asked: PeerId | undefined;
  /** Until then it may answer. */
  private dueMs = 0;

  constructor(log: LogContext) {
    this.log = log;
  }

  start(): void {
    this.isRunning = true;
  }

  stop(): void {
    this.isRunning = false;
  }

  /** It will be asked about, and told, and need not be read for that. */
  onEncoded(bytes: Uint8Array, command: OrderCommand): void {
    this.read.set(bytes, command);
  }

  /** The command, read once. */
  commandOf(bytes: Uint8Array): OrderCommand | undefined {
    const known = this.read.get(bytes);
    this.read.delete(bytes);
    return known ?? decodeCommand(bytes);
  }

  mayKeep(bytes: Uint8Array): boolean {
    const command = this.read.get(bytes) ?? decodeCommand(bytes);
    if (command === undefined) return true;
    this.read.set(bytes, command);
    if (command.kind !== "batch") return true;
    let isComplete = true;
    for (const { dot, hash } of command.entries) {
      if (this.log.state.floorOf(dot.origin) >= dot.seq) continue;
      const event = this.log.store.find(dot, hash);
      if (event !== undefined) event.isProposed = true;
      else if (!hasHash(this.decided.get(dot), hash)) {
        isComplete = false;
        this.want({ dot, hash });
      }
    }
    return isComplete;
  }

  /** Something of this name is waited for. */
  wants(dot: Dot): boolean {
    return this.wanted.get(dot) !== undefined;
  }

  isWanted({ dot, hash }: EventName): boolean {
    return hasHash(this.wanted.get(dot), hash);
  }

  /** @returns whether it was wanted. */
  onHeld({ dot, hash }: EventName): boolean {
    const wanted = this.wanted.get(dot);
    const at = wanted?.hashes.findIndex((one) => sameBytes(one, hash)) ?? -1;
    if (wanted === undefined || at < 0) return false;
    this.hasNews = true;
    wanted.hashes.splice(at, 1);
    if (wanted.hashes.length === 0) this.wanted.take(dot);
    return true;
  }

  /** The leader that sent their ids, in this term, has these no more. */
  onLost(from: PeerId, { names, term }: MessageOf<"lost">): void {
    const { leader, term: now } = this.log.order.status;
    if (from !== leader || term !== now) return;
    for (const name of names) {
      if (!this.onHeld(name)) continue;
      const { dot, hash } = name;
      const known = this.decided.get(dot);
      if (known === undefined) this.decided.put({ dot, hashes: [hash] });
      else known.hashes.push(hash);
      this.log.count("decidedAlready");
    }
    this.asked = undefined;
  }

  /** Whether something came that the order waits for, since this was called last. */
  takeNews(): boolean {
    const { hasNews } = this;
    this.hasNews = false;
    return hasNews;
  }

  onTimer(): void {
    this.isTimerSet = false;
    this.forget();
    if (this.wanted.size === 0) {
      this.triesCount = 0;
      return;
    }
    if (this.asked === undefined || this.log.env.now() >= this.dueMs) this.fetch();
    this.arm();
  }

  /** `from` gave what it has of what was asked for. */
  onAnswer(from: PeerId, givenCount: number): void {
    if (from !== this.asked) return;
    this.asked = undefined;
    // Who had some of it has the rest, too.
    if (givenCount > 0) this.askOf(from);
  }

  private want({ dot, hash }: EventName): void {
    const { env, order } = this.log;
    if (!this.isRunning) return;
    const { term } = order.status;
    const nowMs = env.now();
    const known = this.wanted.get(dot);
    if (known !== undefined) {
      known.askedMs = nowMs;
      // What a log of before named is no matter of this leader: by lacking it it says nothing.
      if (known.term !== term) known.hashes = [];
      known.term = term;
      if (!known.hashes.some((one) => sameBytes(one, hash))) known.hashes.push(hash);
      return;
    }
    if (this.wanted.size >= WANTED_MAX_COUNT) return this.log.count("dropped.wanted");
    this.wanted.put({ dot, hashes: [hash], sinceMs: nowMs, askedMs: nowMs, term });
    this.arm();
  }

  private forget(): void {
    const { env, options, state } = this.log;
    const agedMs = env.now() - options.retryMaxMs;
    for (const { askedMs, dot } of [...this.wanted.values()]) {
      if (askedMs < agedMs || state.floorOf(dot.origin) >= dot.seq) this.wanted.take(dot);
    }
    for (const { dot } of [...this.decided.values()]) {
      if (state.floorOf(dot.origin) >= dot.seq) this.decided.take(dot);
    }
  }

  /** The leader first, and again; but it may be one that was given them as decided. */
  private fetch(): void {
    const { env, order } = this.log;
    const voters = order.members.voters.filter((peer) => peer !== env.self);
    const { isLeader, leader } = order.status;
    const turn = this.triesCount % 2 === 0 && !isLeader ? leader : undefined;
    const peer = turn ?? env.random.pick(voters);
    this.asked = undefined;
    if (peer !== undefined) this.askOf(peer);
    if (this.asked !== undefined) this.triesCount += 1;
  }

  private askOf(peer: PeerId): void {
    const { env, options, order } = this.log;
    const agedMs = env.now() - options.fetchDelayMs;
    const { leader, term } = order.status;
    const names: EventName[] = [];
    for (const { dot, hashes, sinceMs, term: ofTerm } of this.wanted.values()) {
      if (names.length >= options.fetchMaxCount) break;
      // What has just been asked about is on its way by itself; and what another leader's log named
      // may stand in no log of this one, who would say nothing of it by lacking it.
      if (sinceMs > agedMs || (peer === leader && ofTerm !== term)) continue;
      for (const hash of hashes) names.push({ dot, hash });
    }
    if (names.length === 0) return;
    this.asked = peer;
    this.dueMs = env.now() + options.fetchTimeoutMs;
    if (peer === leader) env.sendNow(peer, { kind: "want", term, names });
    else env.sendNow(peer, { kind: "fetch", dots: names.map(({ dot }) => dot) });
  }

  private arm(): void {
    if (this.isTimerSet) return;
    this.isTimerSet = true;
    // A clock that drifts may fire a hair too early.
    this.log.env.setTimer({ kind: "want" }, this.log.options.fetchDelayMs + 1);
  }
}

function hasHash(named: Hashes | undefined, hash: Uint8Array): boolean {
  return named?.hashes.some((one) => sameBytes(one, hash)) === true;
}
