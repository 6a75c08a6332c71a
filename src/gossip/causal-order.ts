import { CausalBuffer, type Need } from "../core/causal-buffer.ts";
import { BoundedMap } from "../core/collections/bounded-map.ts";
import type { Env, TimerId } from "../core/env.ts";
import type { Origin } from "../core/peer.ts";
import type { Protocol } from "../core/protocol.ts";
import type { ArrivedPacket, GossipGap } from "./packet.ts";

export type OrderTimer = { readonly kind: "overdue" };

export interface OrderOptions {
  readonly causalWaitMs: number;
  readonly waitingMaxCount: number;
  readonly authorsMaxCount: number;
  readonly clockMaxCount: number;
}

export interface OrderWiring {
  readonly onPacket: (packet: ArrivedPacket, gap: readonly GossipGap[]) => void;
  readonly counters: { add(name: OrderCount): void };
}

export type OrderCount =
  | "gossip.delivered"
  | "gossip.waited"
  | "gossip.gaps"
  /** Came when a later packet of its author had been delivered. */
  | "gossip.dropped.late";

interface Held {
  readonly packet: ArrivedPacket;
  readonly dueMs: number;
  isDone: boolean;
}

/**
 * Delivers packets after those they came after: each names, by author, how many its author had
 * received. [Fidge 1988, Mattern 1989; Birman 1991, causal broadcast]
 *
 * What was lost for good would block all that follows, so a packet waits for `causalWaitMs` at
 * most; then it is delivered with a note of what is missing, and nothing waits for that any more.
 * Should it come all the same it is delivered then, for it was told of as missing; but never behind
 * a later packet of its own author.
 */
export class CausalOrder implements Protocol<never, OrderTimer> {
  private readonly env: Env<never, OrderTimer>;
  private readonly wiring: OrderWiring;
  private readonly options: OrderOptions;
  /** The last packet of each author that was delivered. */
  private readonly delivered: BoundedMap<Origin, number>;
  /**
   * Up to which packet of an author nothing is waited for. Apart from `delivered`, so that a clock
   * that names what never was cannot keep anybody from being heard.
   */
  private readonly waived: BoundedMap<Origin, number>;
  /** In the order of arrival, which is that in which they fall due. */
  private readonly waiting = new Set<Held>();
  /** The same, by what they lack. */
  private readonly lacking = new CausalBuffer<Held>((author) => this.upTo(author));
  private timer: TimerId | undefined;

  constructor(env: Env<never, OrderTimer>, wiring: OrderWiring, options: OrderOptions) {
    this.env = env;
    this.wiring = wiring;
    this.options = options;
    this.delivered = new BoundedMap(options.authorsMaxCount);
    this.waived = new BoundedMap(options.authorsMaxCount);
  }

  start(): void {}
  onMessage(): void {}

  stop(): void {
    if (this.timer !== undefined) this.env.clearTimer(this.timer);
    this.waiting.clear();
    this.lacking.clear();
  }

  get waitingCount(): number {
    return this.waiting.size;
  }

  /** What the next packet of this node comes after: of most authors, the latest heard. */
  clock(without: Origin): ReadonlyMap<Origin, number> {
    const entries = [...this.delivered].filter(([origin]) => origin !== without);
    return new Map(entries.slice(-this.options.clockMaxCount));
  }

  /** This node wrote it: nobody's packet need wait for it here. */
  noteOwn({ origin, seq }: Pick<ArrivedPacket, "origin" | "seq">): void {
    this.delivered.set(origin, seq);
  }

  onTimer(_timer: OrderTimer): void {
    this.timer = undefined;
    const nowMs = this.env.now();
    for (const held of this.waiting) {
      if (held.dueMs > nowMs) break;
      this.give(held);
    }
    this.setTimer();
  }

  take(packet: ArrivedPacket): void {
    if (this.isLate(packet)) {
      return this.wiring.counters.add("gossip.dropped.late");
    }
    const held = { packet, dueMs: this.env.now() + this.options.causalWaitMs, isDone: false };
    this.consider(held);
    if (held.isDone) return;
    this.wiring.counters.add("gossip.waited");
    this.waiting.add(held);
    if (this.waiting.size > this.options.waitingMaxCount) {
      for (const first of this.waiting) {
        this.give(first);
        break;
      }
    }
    this.setTimer();
  }

  /** Delivers what need not wait any more, and all that waited for it. */
  private consider(first: Held): void {
    const ready = [first];
    for (let held = ready.pop(); held !== undefined; held = ready.pop()) {
      if (held.isDone) continue;
      if (this.isLate(held.packet)) this.end(held, "gossip.dropped.late");
      else if (!this.lacking.put(held, needsOf(held.packet))) ready.push(...this.deliver(held, []));
    }
  }

  /** @returns who may have waited for it. */
  private deliver(held: Held, gap: readonly GossipGap[]): Held[] {
    const { origin, seq } = held.packet;
    this.end(held, "gossip.delivered");
    if (gap.length > 0) this.wiring.counters.add("gossip.gaps");
    this.wiring.onPacket(held.packet, gap);
    this.delivered.set(origin, seq);
    return this.lacking.takeReady(origin);
  }

  /** Nothing waits for packets of `author` up to `seq` any more. @returns who may have waited. */
  private waive(author: Origin, seq: number): Held[] {
    this.waived.set(author, seq);
    return this.lacking.takeReady(author);
  }

  private end(held: Held, count: OrderCount): void {
    held.isDone = true;
    this.waiting.delete(held);
    this.lacking.delete(held);
    this.wiring.counters.add(count);
  }

  /** It has waited long enough: what it came after and is not here is lost. */
  private give(overdue: Held): void {
    // What is here and comes before it goes first. Each turn ends one, so there is an end.
    while (!overdue.isDone) {
      const held = this.earliestBefore(overdue);
      const gap = this.gapOf(held.packet);
      const freed: Held[] = [];
      for (const { last, origin } of gap) freed.push(...this.waive(origin, last));
      freed.push(...this.deliver(held, gap));
      for (const one of freed) this.consider(one);
    }
  }

  /** Among those that wait, one that comes before `held` and after none of them; or itself. */
  private earliestBefore(held: Held): Held {
    const passed = new Set<Held>();
    let earliest = held;
    for (;;) {
      // Clocks that run in a circle are forged; whoever forged them gets any order.
      passed.add(earliest);
      const { after, origin, seq } = earliest.packet;
      const earlier = [...this.waiting].find(({ packet }) => {
        if (packet.origin === origin) return packet.seq < seq;
        return packet.seq <= (after.get(packet.origin) ?? 0);
      });
      if (earlier === undefined || passed.has(earlier)) return earliest;
      earliest = earlier;
    }
  }

  private gapOf(packet: ArrivedPacket): GossipGap[] {
    return needsOf(packet).flatMap(([author, last]) => {
      const first = this.upTo(author) + 1;
      return first <= last ? [{ origin: author, first, last }] : [];
    });
  }

  private isLate({ origin, seq }: ArrivedPacket): boolean {
    return seq <= (this.delivered.peek(origin) ?? 0);
  }

  private upTo(author: Origin): number {
    return Math.max(this.delivered.peek(author) ?? 0, this.waived.peek(author) ?? 0);
  }

  private setTimer(): void {
    if (this.timer !== undefined) return;
    for (const { dueMs } of this.waiting) {
      this.timer = this.env.setTimer({ kind: "overdue" }, Math.max(0, dueMs - this.env.now()));
      return;
    }
  }
}

/** The packet before it of its own author, and all that its author had received. */
function needsOf({ after, origin, seq }: ArrivedPacket): Need[] {
  return [[origin, seq - 1], ...after];
}
