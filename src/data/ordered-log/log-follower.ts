import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Counters } from "../../core/metrics.ts";
import type { Origin } from "../../core/peer.ts";
import type { VectorClock } from "../../core/vector-clock.ts";
import type { ApplyVerdict, Delta, Replica, ReplicaListener } from "../../exchange/replica.ts";
import { decodeEvent } from "./event.ts";
import { NOWHERE } from "./order-state.ts";
import type { OrderedApplication, OrderedItem, OrderedPlace } from "./ordered-log.contract.ts";
import { decodePrefixUpdate, prefixOrigin } from "./prefix-update.ts";

/** Items held behind one that is missing. [because: as far as a member fetches ahead] */
const AHEAD_MAX_COUNT = 1_024;
const NO_CLOCK: VectorClock = new Map();

export interface FollowerWiring {
  /** The name of the log, the same on all nodes. */
  readonly log: string;
  readonly counters: Counters;
  readonly eventMaxBytes: number;
  /** Items that are kept for others who ask. */
  readonly keptMaxCount: number;
}

/**
 * Reads an ordered log from outside its group: a replica that takes its items from whoever has
 * them, in any order, and tells them in order, each once. It asks nobody for a place and has no
 * vote. Items that nobody keeps any more are told as a gap; clocks behind one begin anew.
 */
export class LogFollower implements Replica<Uint8Array> {
  readonly seen: DotSet = new DotSet();
  /** Up to here everything was told, or is a gap. */
  told: OrderedPlace = NOWHERE;
  private readonly origin: Origin;
  private readonly wiring: FollowerWiring;
  private readonly application: OrderedApplication;
  private readonly updates = new Map<number, Uint8Array>();
  private readonly clocks = new Map<Origin, VectorClock>();
  private readonly listeners: ReplicaListener<Uint8Array>[] = [];
  private state: "running" | "paused" = "running";

  constructor(wiring: FollowerWiring, application: OrderedApplication) {
    this.wiring = wiring;
    this.application = application;
    this.origin = prefixOrigin(wiring.log);
  }

  apply(dot: Dot, update: Uint8Array, from?: Parameters<Replica<Uint8Array>["apply"]>[2]) {
    const verdict = this.judge(dot, update);
    if (verdict !== "news") return verdict;
    this.seen.add(dot);
    this.updates.set(dot.seq, update.slice());
    this.deliver();
    for (const listener of this.listeners) listener.onNews(dot, update, from);
    return verdict;
  }

  cover(_covers: ReadonlyDotSet, forgotten: ReadonlyDotSet): void {
    const end = forgotten.rangesOf(this.origin)?.last ?? 0;
    if (end <= this.told.place) return;
    // What it has itself behind its last item is told before the gap.
    this.deliver();
    if (end <= this.told.place || forgotten.has({ origin: this.origin, seq: this.told.place + 1 }))
      this.leap(end);
  }

  get(dot: Dot): Uint8Array | undefined {
    return dot.origin === this.origin ? this.updates.get(dot.seq) : undefined;
  }

  collect(wanted: ReadonlyDotSet, _theirs: unknown, budgetBytes: number): Delta<Uint8Array> {
    const updates: [Dot, Uint8Array][] = [];
    const forgotten = new DotSet();
    let bytes = 0;
    for (const { first, last, origin } of wanted.ranges()) {
      if (origin !== this.origin) continue;
      const end = Math.min(last, this.seen.last(origin));
      for (let seq = first; seq <= end; seq += 1) {
        const update = this.updates.get(seq);
        if (update === undefined) {
          if (seq <= this.told.place) forgotten.addRange(origin, seq, seq);
          continue;
        }
        bytes += update.length;
        if (updates.length > 0 && bytes > budgetBytes) {
          return { updates, covers: new DotSet(), forgotten, more: true };
        }
        updates.push([{ origin, seq }, update]);
      }
    }
    return { updates, covers: new DotSet(), forgotten, more: false };
  }

  subscribe(listener: ReplicaListener<Uint8Array>): void {
    this.listeners.push(listener);
  }

  /** The application has room again. */
  resume(): void {
    this.state = "running";
    this.deliver();
  }

  private judge({ origin, seq }: Dot, update: Uint8Array): ApplyVerdict {
    if (origin !== this.origin) return "rejected";
    if (this.seen.has({ origin, seq })) return "known";
    if (seq > this.told.place + AHEAD_MAX_COUNT) return "deferred";
    const read = decodePrefixUpdate(update);
    const isWhole =
      read?.kind === "note" ||
      (read !== undefined && decodeEvent(read.body, this.wiring.eventMaxBytes) !== undefined);
    if (isWhole) return "news";
    this.wiring.counters.count("orderedLog.dropped.strangeItem");
    return "deferred";
  }

  private deliver(): void {
    const items: OrderedItem[] = [];
    while (this.state === "running") {
      const item = this.itemAt(this.told.place + 1);
      if (item === undefined) break;
      this.told = { place: item.place, orderIndex: item.orderIndex };
      this.updates.delete(item.place - this.wiring.keptMaxCount);
      items.push(item);
    }
    if (items.length > 0)
      this.state = this.application.onItems(items) === "pause" ? "paused" : "running";
  }

  private itemAt(place: number): OrderedItem | undefined {
    const update = this.updates.get(place);
    const read = update && decodePrefixUpdate(update);
    if (read === undefined) return undefined;
    const { body, kind, orderIndex } = read;
    if (kind === "note") return { kind, place, orderIndex, bytes: body };
    const event = decodeEvent(body, this.wiring.eventMaxBytes);
    if (event === undefined) return undefined;
    const { data: bytes, dot, hlc, needs } = event;
    const clock = new Map(this.clocks.get(dot.origin) ?? NO_CLOCK);
    for (const [other, seq] of needs) clock.set(other, Math.max(seq, clock.get(other) ?? 0));
    clock.set(dot.origin, dot.seq);
    this.clocks.set(dot.origin, clock);
    return { kind, place, orderIndex, dot, clock, hlc, bytes };
  }

  private leap(place: number): void {
    for (const held of [...this.updates.keys()]) if (held <= place) this.updates.delete(held);
    this.seen.addRange(this.origin, 1, place);
    this.told = { place, orderIndex: this.told.orderIndex };
    this.application.onGap?.(this.told);
    this.deliver();
  }
}
