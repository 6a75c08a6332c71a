import type { OrderedCommand, OrderPosition, OrderSubscriber } from "../core/orderer.ts";
import type { Entry } from "./entry.ts";
import type { RaftState } from "./raft-state.ts";

interface Subscription {
  readonly subscriber: OrderSubscriber;
  /** It was told everything up to here. */
  told: number;
}

/** Tells each subscriber what it was not told yet, a bounded piece at a time. */
export class Subscriptions {
  private readonly state: RaftState;
  private list: Subscription[] = [];
  private isTimerSet = false;

  constructor(state: RaftState) {
    this.state = state;
  }

  add(subscriber: OrderSubscriber, after: number, applied: number): void {
    this.list = [...this.list, { subscriber, told: after }];
    if (after < applied) this.setTimer();
  }

  remove(subscriber: OrderSubscriber): void {
    this.list = this.list.filter((one) => one.subscriber !== subscriber);
  }

  /** These were applied just now. Whoever is further behind gets them in its turn. */
  onCommitted(entries: readonly Entry[]): void {
    const first = entries[0]?.index ?? 0;
    const last = first + entries.length - 1;
    for (const subscription of this.list) {
      if (subscription.told >= first - 1) this.tell(subscription, entries, last);
      else this.setTimer();
    }
  }

  /** What all of them were told. */
  toldIndex(applied: number): number {
    return this.list.reduce((least, { told }) => Math.min(least, told), applied);
  }

  onSnapshot(): void {
    if (this.list.length > 0) this.setTimer();
  }

  /** The next piece for all that are behind. */
  onTimer(applied: number): void {
    this.isTimerSet = false;
    const { log, options, snapshot } = this.state;
    for (const one of this.list) {
      if (one.told >= applied) continue;
      const isGone = one.told < log.baseIndex;
      if (isGone && snapshot !== undefined) {
        one.told = snapshot.index;
        one.subscriber.onSnapshot(snapshot.index as OrderPosition, snapshot.bytes);
      }
      const maxCount = Math.min(options.deliverMaxCount, applied - one.told);
      if (maxCount > 0) {
        const bounds = { maxBytes: Number.POSITIVE_INFINITY, maxCount };
        const entries = log.slice(one.told + 1, bounds);
        this.tell(one, entries, one.told + entries.length);
      }
      if (one.told < applied) this.setTimer();
    }
  }

  private tell(one: Subscription, entries: readonly Entry[], last: number): void {
    const commands: OrderedCommand[] = [];
    for (const entry of entries) {
      if (entry.kind !== "command" || entry.index <= one.told) continue;
      commands.push({ position: entry.index as OrderPosition, command: entry.command });
    }
    one.told = Math.max(one.told, last);
    if (commands.length > 0) one.subscriber.onOrdered(commands);
  }

  private setTimer(): void {
    if (this.isTimerSet) return;
    this.isTimerSet = true;
    this.state.env.setTimer({ kind: "deliver" }, 0);
  }
}
