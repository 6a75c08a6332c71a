import { sameBytes } from "../../core/bytes.ts";
import type { Need } from "../../core/causal-buffer.ts";
import { at } from "../../core/collections/at.ts";
import type { Dot } from "../../core/dot.ts";
import type { Origin } from "../../core/peer.ts";
import type { VectorClock } from "../../core/vector-clock.ts";
import type { HeldEvent } from "./event.ts";
import type { ItemRow } from "./item-row.ts";
import type { LogContext } from "./log-context.ts";
import { NOWHERE, type PlacedEvent } from "./order-state.ts";
import type { OrderedItem, OrderedPlace } from "./ordered-log.contract.ts";

/** Per life that wrote, the clock of its last event. */
export type Clocks = Map<Origin, VectorClock>;

/**
 * Joins the order with the data: what has a place, its data and everything before it is here as an
 * item, with its vector clock. What is missing is somebody else's to fetch.
 */
export class Assembly implements ItemRow {
  /** Everything up to here was assembled, or stands in a snapshot. */
  through: OrderedPlace = NOWHERE;
  /** Up to here items are held no more. */
  base: OrderedPlace = NOWHERE;
  /** Bytes of items since this life began. */
  bytesCount = 0;
  private readonly log: LogContext;
  private items: OrderedItem[] = [];
  private clocks: Clocks = new Map();
  private baseClocks: Clocks = new Map();
  /** Those of a place that the disk knew: beside it, clocks may lack what a gap took along. */
  private kept: { readonly place: number; readonly clocks: Clocks } | undefined;
  /** Of other origins, what came since this node wrote last. */
  private readonly news = new Map<Origin, number>();
  private durablePlace: OrderedPlace = NOWHERE;

  constructor(log: LogContext) {
    this.log = log;
  }

  itemAt(place: number): OrderedItem | undefined {
    return this.items[place - this.base.place - 1];
  }

  /** Items behind `place`, at most so many. */
  itemsAfter(place: number, maxCount: number): readonly OrderedItem[] {
    const start = place - this.base.place;
    return this.items.slice(start, start + maxCount);
  }

  /** Up to here all data is on disk. */
  get dataThrough(): OrderedPlace {
    const { state, store } = this.log;
    while (this.durablePlace.place < this.through.place) {
      const next = state.itemAt(this.durablePlace.place + 1);
      if (next === undefined) break;
      const held = next.kind === "event" ? store.get(next.dot) : undefined;
      if (held !== undefined && !store.isDurable(held)) break;
      this.durablePlace = { place: next.place, orderIndex: next.orderIndex };
    }
    return this.durablePlace;
  }

  /** Takes on all that can be. @returns whether anything could. */
  advance(): boolean {
    const { state, store } = this.log;
    const before = this.through.place;
    for (;;) {
      const next = state.itemAt(this.through.place + 1);
      if (next === undefined) break;
      if (next.kind === "note") this.push(next);
      else {
        const held = store.get(next.dot);
        if (held === undefined || !this.isRight(held, next)) break;
        this.push(this.assembled(held, next));
      }
    }
    return this.through.place > before;
  }

  /** Of other origins, the last event each that came since this was called. */
  takeNews(): Need[] {
    if (this.news.size === 0) return [];
    const needs: Need[] = [...this.news];
    this.news.clear();
    return needs;
  }

  /** The first dots that have a place and whose data is not here. */
  missing(aheadCount: number, maxCount: number): Dot[] {
    const { state, store } = this.log;
    const dots: Dot[] = [];
    const end = Math.min(this.through.place + aheadCount, state.end.place);
    for (let place = this.through.place + 1; place <= end; place += 1) {
      const item = state.itemAt(place);
      if (item?.kind !== "event") continue;
      const held = store.get(item.dot);
      if (held !== undefined && this.isRight(held, item)) continue;
      dots.push(item.dot);
      if (dots.length >= maxCount) break;
    }
    return dots;
  }

  /** A snapshot of this node, which it need not have leapt to, says what the clocks were there. */
  keepClocks(place: number, clocks: Clocks): void {
    this.kept = { place, clocks };
  }

  /** The clocks of all lives as of a place that is held. */
  clocksAt(place: number): Clocks {
    const { base, baseClocks, kept } = this;
    const isKept = kept !== undefined && kept.place > base.place && kept.place <= place;
    const known = isKept ? kept : { place: base.place, clocks: baseClocks };
    const clocks = new Map(known.clocks);
    for (let next = known.place + 1; next <= place; next += 1) {
      const item = this.itemAt(next);
      if (item?.kind === "event") clocks.set(item.dot.origin, item.clock);
    }
    return clocks;
  }

  /** Drops items up to `place`, and their data. */
  dropUpTo(place: number): void {
    const count = Math.min(place, this.through.place) - this.base.place;
    if (count <= 0) return;
    this.baseClocks = this.clocksAt(this.base.place + count);
    for (let index = 0; index < count; index += 1) {
      const item = at(this.items, index);
      if (item.kind === "event") this.log.store.take(item.dot);
      this.base = { place: item.place, orderIndex: item.orderIndex };
    }
    this.items = this.items.slice(count);
    if (this.durablePlace.place < this.base.place) this.durablePlace = this.base;
    this.forgetClosed();
  }

  /** A snapshot, or a gap, stands for all up to `to`. */
  jump(to: OrderedPlace, clocks: Clocks): void {
    if (to.place <= this.through.place) return;
    for (const item of this.items) if (item.kind === "event") this.log.store.take(item.dot);
    this.items = [];
    this.base = to;
    this.through = to;
    this.durablePlace = to;
    const known = this.kept?.place === to.place ? this.kept.clocks : clocks;
    this.clocks = new Map(known);
    this.baseClocks = new Map(known);
  }

  /** As of the base. */
  get clocksOfBase(): Clocks {
    return this.baseClocks;
  }

  private isRight(held: HeldEvent, { hash }: PlacedEvent): boolean {
    if (sameBytes(held.hash, hash)) return true;
    // Another event of the same name: its origin is broken, and the order has decided.
    this.log.store.take(held.dot);
    this.log.count("equivocation");
    return false;
  }

  private assembled(held: HeldEvent, { orderIndex, place }: PlacedEvent): OrderedItem {
    const { data: bytes, dot, hlc, needs } = held;
    const { origin, seq } = dot;
    const clock = new Map(this.clocks.get(origin));
    for (const [other, count] of needs) {
      clock.set(other, Math.max(count, clock.get(other) ?? 0));
    }
    clock.set(origin, seq);
    this.clocks.set(origin, clock);
    if (origin !== this.log.origin) this.news.set(origin, seq);
    this.bytesCount += held.encoded.length;
    return { kind: "event", orderIndex, place, dot, clock, hlc, bytes };
  }

  private push(item: OrderedItem): void {
    this.items.push(item);
    this.through = { place: item.place, orderIndex: item.orderIndex };
    if (this.kept?.place === item.place) this.clocks = new Map(this.kept.clocks);
  }

  /** No event of a closed life comes any more. */
  private forgetClosed(): void {
    const { state } = this.log;
    for (const clocks of [this.clocks, this.baseClocks]) {
      for (const origin of clocks.keys()) {
        if (state.floorOf(origin) === Number.MAX_SAFE_INTEGER) clocks.delete(origin);
      }
    }
  }
}
