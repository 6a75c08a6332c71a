import { AgeQueue } from "../../core/collections/age-queue.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { HeldEvent } from "./event.ts";
import type { LogContext } from "./log-context.ts";

/**
 * A node's side of the quorum for data: what is on its disk and has no place is announced to the
 * leader. Where the order does not ask before it keeps ids, by a voter at once, and all that is
 * durable together, so that its acknowledgement of the disk is the announcement. [spec raft §4]
 */
export class Announcing {
  private readonly log: LogContext;
  /** Not on disk yet, in the order of the journal. */
  private fresh: HeldEvent[] = [];
  private readonly due = new AgeQueue<HeldEvent>();
  private timerMs = Number.POSITIVE_INFINITY;

  constructor(log: LogContext) {
    this.log = log;
  }

  onHeld(event: HeldEvent): void {
    this.fresh.push(event);
  }

  /** Removes and returns what has become durable. */
  takeDurable(): readonly HeldEvent[] {
    const { store } = this.log;
    let count = 0;
    while (count < this.fresh.length) {
      const event = this.fresh[count];
      if (event === undefined || !store.isDurable(event)) break;
      count += 1;
    }
    if (count === 0) return [];
    if (count === this.fresh.length) {
      const all = this.fresh;
      this.fresh = [];
      return all;
    }
    return this.fresh.splice(0, count);
  }

  /** These are on this node's disk. */
  onDurable(events: readonly HeldEvent[]): void {
    const { env, options } = this.log;
    if (this.isVoter() && !this.isTold()) return this.announce(events);
    const dueMs = env.now() + options.announceAfterMs;
    for (const event of events) if (event.state === "pending") this.putOff(event, dueMs);
    this.arm();
  }

  /** There is another leader: it knows of nothing. */
  onLeader(): void {
    const { store } = this.log;
    const durable: HeldEvent[] = [];
    for (const event of store.pendings()) {
      event.announcedCount = 0;
      if (store.isDurable(event)) durable.push(event);
    }
    this.announce(durable);
  }

  onAck(noted: ReadonlyDotSet, term: number): void {
    for (const event of this.log.store.pendingAmong(noted)) event.ackedTerm = term;
  }

  /** Tells the leader, now. */
  announce(events: readonly HeldEvent[]): void {
    const { env, options, order } = this.log;
    const { leader, isLeader, term } = order.status;
    if (isLeader) return;
    let names: HeldEvent[] = [];
    const send = (): void => {
      if (names.length === 0 || leader === undefined) return;
      const list = names.map(({ dot, hash }) => ({ dot, hash }));
      env.sendNow(leader, { kind: "announce", names: list });
      names = [];
    };
    for (const event of events) {
      if (event.state !== "pending") continue;
      names.push(event);
      const { retryMaxMs, retryMinMs } = options;
      const isNoted = event.ackedTerm === term;
      const pauseMs = Math.min(retryMaxMs, retryMinMs * (1 << Math.min(event.announcedCount, 20)));
      event.announcedCount += 1;
      this.putOff(event, env.now() + (isNoted ? retryMaxMs : pauseMs));
      if (names.length >= options.pushMaxCount) send();
    }
    send();
    this.arm();
  }

  onTimer(): void {
    const { env, order } = this.log;
    this.timerMs = Number.POSITIVE_INFINITY;
    const { term } = order.status;
    const events: HeldEvent[] = [];
    while (this.due.nextDue <= env.now()) {
      const event = this.due.takeNext();
      // One that was announced since stands further behind once more.
      if (event === undefined || event.state !== "pending" || event.dueMs > env.now()) continue;
      // The leader has it since it was due; it is asked again all the same, much later.
      if (event.ackedTerm === term && event.announcedCount > 0) event.announcedCount = 20;
      events.push(event);
    }
    this.announce(events);
    this.arm();
  }

  private putOff(event: HeldEvent, dueMs: number): void {
    event.dueMs = dueMs;
    this.due.put(dueMs, event);
  }

  /** Its id is kept by those who have it, so that who keeps that says that it has it. */
  private isTold(): boolean {
    return this.log.order.reconsider !== undefined;
  }

  private isVoter(): boolean {
    const { env, order } = this.log;
    return order.members.voters.includes(env.self);
  }

  private arm(): void {
    const { env } = this.log;
    const { nextDue } = this.due;
    if (nextDue >= this.timerMs) return;
    this.timerMs = nextDue;
    // A clock that drifts may fire a hair too early.
    env.setTimer({ kind: "announce" }, Math.max(1, nextDue - env.now()));
  }
}
