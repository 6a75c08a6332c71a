import { at } from "../../core/collections/at.ts";
import { DotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import type { Clocks } from "./assembly.ts";
import { decodeEvent } from "./event.ts";
import type { ItemRow } from "./item-row.ts";
import { NOWHERE } from "./order-state.ts";
import type { OrderedItem, OrderedPlace } from "./ordered-log.contract.ts";
import { decodePrefixUpdate } from "./prefix-update.ts";

/** Lives whose clocks are kept; one that is forgotten begins anew. [because: as a member's] */
const LIVES_MAX_COUNT = 4_096;

/**
 * What a follower holds of a log: items in a row, and some that came ahead of one that is missing.
 */
export class FollowedItems implements ItemRow {
  /** All that need not come any more: held, told or gone. */
  readonly seen: DotSet = new DotSet();
  base: OrderedPlace = NOWHERE;
  through: OrderedPlace = NOWHERE;
  heldBytes = 0;
  private readonly origin: Origin;
  private readonly eventMaxBytes: number;
  /** In bytes, as they came: those in the row, and those ahead. */
  private readonly updates = new Map<number, Uint8Array>();
  private row: OrderedItem[] = [];
  private clocks: Clocks = new Map();
  private baseClocks: Clocks = new Map();

  constructor(origin: Origin, eventMaxBytes: number) {
    this.origin = origin;
    this.eventMaxBytes = eventMaxBytes;
  }

  get heldCount(): number {
    return this.updates.size;
  }

  /** In the row. */
  get rowCount(): number {
    return this.row.length;
  }

  /** False for bytes that are no item. */
  isItem(update: Uint8Array): boolean {
    const read = decodePrefixUpdate(update);
    if (read === undefined) return false;
    return read.kind === "note" || decodeEvent(read.body, this.eventMaxBytes) !== undefined;
  }

  /** An item that was not seen. */
  put(place: number, update: Uint8Array): void {
    this.seen.add({ origin: this.origin, seq: place });
    this.updates.set(place, update);
    this.heldBytes += update.length;
    this.advance();
  }

  /** Up to here nothing need come any more. */
  skip(place: number): void {
    this.seen.addRange(this.origin, 1, place);
  }

  updateAt(place: number): Uint8Array | undefined {
    return this.updates.get(place);
  }

  itemAt(place: number): OrderedItem | undefined {
    return this.row[place - this.base.place - 1];
  }

  itemsAfter(place: number, maxCount: number): readonly OrderedItem[] {
    const start = place - this.base.place;
    return this.row.slice(start, start + maxCount);
  }

  /** Of the last event before the item of this place, which may be ahead of the row. */
  orderIndexBefore(place: number): number | undefined {
    const update = this.updates.get(place);
    const read = update && decodePrefixUpdate(update);
    if (read === undefined) return undefined;
    return read.kind === "event" ? read.orderIndex - 1 : read.orderIndex;
  }

  clocksAt(place: number): Clocks {
    const clocks = new Map(this.baseClocks);
    for (let next = this.base.place + 1; next <= place; next += 1) {
      const item = this.itemAt(next);
      if (item?.kind === "event") clocks.set(item.dot.origin, item.clock);
    }
    return clocks;
  }

  get clocksOfBase(): Clocks {
    return this.baseClocks;
  }

  /** In bytes, what stands in the row. */
  rowUpdates(): Uint8Array[] {
    return this.row.flatMap(({ place }) => this.updates.get(place) ?? []);
  }

  dropUpTo(place: number): void {
    const count = Math.min(place, this.through.place) - this.base.place;
    if (count <= 0) return;
    for (let index = 0; index < count; index += 1) {
      const item = at(this.row, index);
      if (item.kind === "event") {
        this.baseClocks.delete(item.dot.origin);
        this.baseClocks.set(item.dot.origin, item.clock);
      }
      this.forget(item.place);
      this.base = { place: item.place, orderIndex: item.orderIndex };
    }
    this.row = this.row.slice(count);
    boundClocks(this.baseClocks);
  }

  jump(to: OrderedPlace, clocks: Clocks): void {
    if (to.place <= this.through.place) return;
    for (const place of [...this.updates.keys()]) if (place <= to.place) this.forget(place);
    this.seen.addRange(this.origin, 1, to.place);
    this.row = [];
    this.base = to;
    this.through = to;
    this.clocks = new Map(clocks);
    this.baseClocks = new Map(clocks);
    this.advance();
  }

  private forget(place: number): void {
    this.heldBytes -= this.updates.get(place)?.length ?? 0;
    this.updates.delete(place);
  }

  /** What has come in its turn stands in the row. */
  private advance(): void {
    for (;;) {
      const item = this.read(this.through.place + 1);
      if (item === undefined) return;
      this.row.push(item);
      this.through = { place: item.place, orderIndex: item.orderIndex };
    }
  }

  private read(place: number): OrderedItem | undefined {
    const update = this.updates.get(place);
    const read = update && decodePrefixUpdate(update);
    if (read === undefined) return undefined;
    const { body, kind, orderIndex } = read;
    if (kind === "note") return { kind, place, orderIndex, bytes: body };
    const event = decodeEvent(body, this.eventMaxBytes);
    if (event === undefined) return undefined;
    const { data: bytes, dot, hlc, needs } = event;
    const clock = new Map(this.clocks.get(dot.origin));
    for (const [other, seq] of needs) clock.set(other, Math.max(seq, clock.get(other) ?? 0));
    clock.set(dot.origin, dot.seq);
    // Who wrote last stands last.
    this.clocks.delete(dot.origin);
    this.clocks.set(dot.origin, clock);
    boundClocks(this.clocks);
    return { kind, place, orderIndex, dot, clock, hlc, bytes };
  }
}

function boundClocks(clocks: Clocks): void {
  for (const oldest of clocks.keys()) {
    if (clocks.size <= LIVES_MAX_COUNT) return;
    clocks.delete(oldest);
  }
}
