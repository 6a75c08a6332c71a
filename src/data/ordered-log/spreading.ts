import type { PeerId } from "../../core/peer.ts";
import type { HeldEvent } from "./event.ts";
import type { LogContext } from "./log-context.ts";
import type { PushWay } from "./ordered-log.messages.ts";
import type { Views } from "./views.ts";

interface Rumor {
  readonly event: HeldEvent;
  roundsLeftCount: number;
}

/**
 * How data leaves a node: its own events straight to the voters, who must have them on disk before
 * they get a place; and what is new, to some random others in some rounds. [spec raft §3]
 */
export class Spreading {
  private readonly log: LogContext;
  private readonly views: Views;
  private fresh: HeldEvent[] = [];
  private rumors: Rumor[] = [];
  private isPushTimerSet = false;
  /** Events of this node since the last turn began, and in the turn before. */
  private turnCount = 0;
  private lastTurnCount = 0;
  private isRumorTimerSet = false;
  private readonly sampled: PeerId[] = [];

  constructor(log: LogContext, views: Views) {
    this.log = log;
    this.views = views;
  }

  /**
   * An event of this node. Where they come one at a time it leaves at once; where several came in
   * one turn of the event loop, it waits for the others.
   */
  onOwn(event: HeldEvent): void {
    const { env, options } = this.log;
    this.turnCount += 1;
    this.fresh.push(event);
    if (this.isPushTimerSet) return;
    this.isPushTimerSet = true;
    env.setTimer({ kind: "push" }, options.pushIntervalMs);
    if (this.lastTurnCount <= 1) this.push();
  }

  /** Events of this turn wait for others before they leave. */
  get isGathering(): boolean {
    return this.fresh.length > 0;
  }

  /** An event that came as a rumor and is new. */
  onRumor(event: HeldEvent): void {
    this.spread([event]);
  }

  onPushTimer(): void {
    this.isPushTimerSet = false;
    this.lastTurnCount = this.turnCount;
    this.turnCount = 0;
    this.push();
  }

  onRumorTimer(): void {
    this.isRumorTimerSet = false;
    this.round();
  }

  /** In as many messages as it takes. */
  send(to: PeerId, way: PushWay, events: Iterable<HeldEvent>): void {
    for (const message of this.packed(way, events)) this.log.env.sendNow(to, message);
  }

  private push(): void {
    const { env, order } = this.log;
    const events = this.fresh;
    if (events.length === 0) return;
    this.fresh = [];
    const messages = [...this.packed("direct", events)];
    const { leader } = order.status;
    const { voters } = order.members;
    // Whoever proposes them is waited for.
    const isLed = leader !== undefined && voters.includes(leader);
    for (const voter of isLed ? new Set([leader, ...voters]) : voters) {
      if (voter === env.self) continue;
      for (const message of messages) env.sendNow(voter, message);
    }
    this.spread(events);
  }

  private spread(events: readonly HeldEvent[]): void {
    const { options } = this.log;
    if (this.isAlone()) return;
    for (const event of events) this.rumors.push({ event, roundsLeftCount: options.roundsCount });
    if (!this.isRumorTimerSet) this.round();
  }

  /** Everybody else is a voter, and has been told. */
  private isAlone(): boolean {
    const { env, order, view } = this.log;
    const { voters } = order.members;
    return view.size <= voters.length - (voters.includes(env.self) ? 1 : 0);
  }

  private round(): void {
    const { env, options, order, view } = this.log;
    const { sampled } = this;
    if (this.rumors.length === 0) return;
    const { voters } = order.members;
    const count = view.sample(env.random, options.fanoutCount + voters.length, sampled);
    const messages = [
      ...this.packed(
        "rumor",
        this.rumors.map(({ event }) => event),
      ),
    ];
    let toldCount = 0;
    const advised = env.random.shuffle([...this.views.advised]);
    for (const peer of new Set([...advised, ...sampled.slice(0, count)])) {
      if (toldCount >= options.fanoutCount || voters.includes(peer)) continue;
      toldCount += 1;
      for (const message of messages) env.sendNow(peer, message);
    }
    for (const rumor of this.rumors) rumor.roundsLeftCount -= 1;
    this.rumors = this.rumors.filter(({ roundsLeftCount }) => roundsLeftCount > 0);
    this.isRumorTimerSet = true;
    env.setTimer({ kind: "rumor" }, options.roundDelayMs);
  }

  private *packed(way: PushWay, events: Iterable<HeldEvent>) {
    const { pushMaxBytes, pushMaxCount } = this.log.options;
    let list: Uint8Array[] = [];
    let bytes = 0;
    for (const { encoded } of events) {
      const isFull = bytes + encoded.length > pushMaxBytes || list.length >= pushMaxCount;
      if (isFull && list.length > 0) {
        yield { kind: "push", way, events: list } as const;
        [list, bytes] = [[], 0];
      }
      list.push(encoded);
      bytes += encoded.length;
    }
    if (list.length > 0) yield { kind: "push", way, events: list } as const;
  }
}
