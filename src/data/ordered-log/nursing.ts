import { type Dot, dotKey } from "../../core/dot.ts";
import type { PeerId } from "../../core/peer.ts";
import type { EventName, HeldEvent } from "./event.ts";
import { hasMajority, type LogContext } from "./log-context.ts";
import { encodeCommand } from "./order-command.ts";
import type { Candidate, Ordering } from "./ordering.ts";
import type { Spreading } from "./spreading.ts";

/** Events that others wait for and that are asked for at a time. [guess] */
const WANTED_MAX_COUNT = 64;

/** Rounds of asking before something is given up: an answer may be lost. [guess] */
const ROUNDS_COUNT = 3;

interface Wanted {
  readonly dot: Dot;
  askedMs: number;
  askedCount: number;
  readonly lackedBy: Set<PeerId>;
}

/**
 * What a leader does for events that do not come along by themselves: it gets their data, brings it
 * to the voters that lack it, and asks for what stands before them. What nobody has, of a life that
 * is over, gets no place ever, so that the rest can go on. [spec raft §4.5]
 */
export class Nursing {
  private readonly log: LogContext;
  private readonly ordering: Ordering;
  private readonly spreading: Spreading;
  private readonly wanted = new Map<string, Wanted>();
  private isTimerSet = false;

  constructor(log: LogContext, ordering: Ordering, spreading: Spreading) {
    this.log = log;
    this.ordering = ordering;
    this.spreading = spreading;
  }

  arm(): void {
    const { env, options, order } = this.log;
    if (this.isTimerSet || this.ordering.size === 0 || !order.status.isLeader) return;
    this.isTimerSet = true;
    env.setTimer({ kind: "nurse" }, options.retryMinMs);
  }

  onTimer(): void {
    const { env, options, order, store } = this.log;
    this.isTimerSet = false;
    if (!order.status.isLeader) return this.wanted.clear();
    const nowMs = env.now();
    const lacking = new Map<PeerId, HeldEvent[]>();
    const fetches = new Map<PeerId, Dot[]>();
    const firsts = new Map<string, Candidate>();
    for (const candidate of [...this.ordering.all()]) {
      const { origin, seq } = candidate.dot;
      if (this.isNameAlone(candidate)) {
        this.ordering.onSettled(candidate.dot);
        continue;
      }
      if (seq < (firsts.get(origin)?.dot.seq ?? Number.POSITIVE_INFINITY)) {
        firsts.set(origin, candidate);
      }
      const { nursedCount } = candidate;
      const pauseMs = Math.min(options.retryMaxMs, options.retryMinMs * (1 << nursedCount));
      if (nowMs - candidate.nursedMs < pauseMs || this.ordering.isSafe(candidate)) continue;
      candidate.nursedMs = nowMs;
      candidate.nursedCount = Math.min(20, nursedCount + 1);
      const event = store.get(candidate.dot);
      if (event === undefined) addTo(fetches, this.someHolder(candidate), candidate.dot);
      else for (const voter of this.lackers(candidate, event)) addTo(lacking, voter, event);
    }
    for (const [peer, events] of lacking) this.spreading.send(peer, "direct", events);
    for (const [peer, dots] of fetches) {
      env.sendNow(peer, { kind: "fetch", dots: dots.slice(0, options.fetchMaxCount) });
    }
    this.look([...firsts.values()]);
    this.arm();
  }

  /** This node leads from now on: what was said to a leader before it counts no more. */
  begin(): void {
    this.wanted.clear();
  }

  /** A peer has these by now. */
  onHas(from: PeerId, names: readonly EventName[]): void {
    if (this.wanted.size === 0) return;
    for (const { dot } of names) this.wanted.get(dotKey(dot))?.lackedBy.delete(from);
  }

  /** A peer says that it has none of these. */
  onLacks(from: PeerId, dots: readonly Dot[]): void {
    for (const dot of dots) this.wanted.get(dotKey(dot))?.lackedBy.add(from);
  }

  /**
   * Whoever said that it had it has not given it for long, and may be gone: who is there says so
   * again. Known by name it would never be asked for of others, and all behind it would wait.
   */
  private isNameAlone({ dot, sinceMs }: Candidate): boolean {
    const { env, options, store } = this.log;
    return store.get(dot) === undefined && env.now() - sinceMs >= options.dependencyTimeoutMs;
  }

  private someHolder({ holders }: Candidate): PeerId | undefined {
    return this.log.env.random.pick([...holders.keys()]);
  }

  private lackers({ holders }: Candidate, event: HeldEvent): PeerId[] {
    const { env, order, store } = this.log;
    const { voters } = order.members;
    // What is on its way to this node's own disk needs no help.
    if (!store.isDurable(event) && holders.size === 0) return [];
    return voters.filter((voter) => voter !== env.self && !holders.has(voter));
  }

  /** What stands before the first event of each life that waits for too long. */
  private look(firsts: readonly Candidate[]): void {
    const { env, options, order } = this.log;
    const nowMs = env.now();
    const gaps = new Map<string, Dot>();
    for (const { dot, sinceMs } of firsts) {
      if (nowMs - sinceMs < options.dependencyTimeoutMs) continue;
      const { origin } = dot;
      for (let seq = this.ordering.nextOf(origin); seq < dot.seq; seq += 1) {
        if (gaps.size >= WANTED_MAX_COUNT) break;
        gaps.set(dotKey({ origin, seq }), { origin, seq });
      }
    }
    for (const name of this.wanted.keys()) if (!gaps.has(name)) this.wanted.delete(name);
    const asked: Dot[] = [];
    for (const [name, dot] of gaps) {
      const known = this.wanted.get(name);
      if (known === undefined) {
        const lackedBy = new Set([env.self]);
        this.wanted.set(name, { dot, askedMs: nowMs, askedCount: 1, lackedBy });
        asked.push(dot);
      } else if (nowMs - known.askedMs >= options.lackTimeoutMs) {
        if (this.mayVoid(known)) continue;
        known.askedMs = nowMs;
        known.askedCount += 1;
        asked.push(dot);
      }
    }
    const lost = [...this.wanted.values()].filter((wanted) => this.mayVoid(wanted));
    if (lost.length > 0) this.void(lost);
    if (asked.length === 0) return;
    const { learners, voters } = order.members;
    for (const peer of [...voters, ...learners]) {
      if (peer !== env.self) env.sendNow(peer, { kind: "whoHas", dots: asked });
    }
  }

  private mayVoid({ askedCount, askedMs, dot, lackedBy }: Wanted): boolean {
    const { env, options, order, peers } = this.log;
    if (askedCount < ROUNDS_COUNT) return false;
    if (env.now() - askedMs < options.lackTimeoutMs || !peers.isGone(dot.origin)) return false;
    return hasMajority(order.members.voters, (voter) => lackedBy.has(voter));
  }

  private void(lost: readonly Wanted[]): void {
    this.log.count("voids", lost.length);
    const dots = lost.map(({ dot }) => dot);
    for (const dot of dots) this.wanted.delete(dotKey(dot));
    this.ordering.assurance.onVoiding(dots);
    this.log.order.propose(encodeCommand({ kind: "void", dots }));
  }
}

function addTo<One>(lists: Map<PeerId, One[]>, peer: PeerId | undefined, one: One): void {
  if (peer === undefined) return;
  const list = lists.get(peer);
  if (list === undefined) lists.set(peer, [one]);
  else list.push(one);
}
