import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import type { ApplyVerdict, Delta, Replica, ReplicaListener } from "../../exchange/replica.ts";
import type { Assembly } from "./assembly.ts";
import type { EventStore } from "./event-store.ts";
import { encodePrefixUpdate, prefixOrigin } from "./prefix-update.ts";

/** What a member of the group has of a log, as far as its prefix needs it. */
export interface PrefixSource {
  readonly assembly: Assembly;
  readonly store: EventStore;
}

/**
 * What is ordered, as a replica that others may read: those outside the group get it by ordinary
 * anti-entropy, item by item in bytes. A member gives and takes nothing: it hears the order itself.
 * [DESIGN section 3]
 */
export class CommittedPrefix implements Replica<Uint8Array> {
  readonly origin: Origin;
  private readonly source: PrefixSource;
  private readonly seenDots = new DotSet();
  private readonly listeners: ReplicaListener<Uint8Array>[] = [];

  constructor(log: string, source: PrefixSource) {
    this.origin = prefixOrigin(log);
    this.source = source;
  }

  get seen(): ReadonlyDotSet {
    const { place } = this.source.assembly.through;
    const from = this.seenDots.last(this.origin) + 1;
    if (place >= from) this.seenDots.addRange(this.origin, from, place);
    return this.seenDots;
  }

  /** Items get their places by the order alone. */
  apply(dot: Dot): ApplyVerdict {
    if (dot.origin !== this.origin) return "rejected";
    return this.seen.has(dot) ? "known" : "deferred";
  }

  cover(): void {}

  get(dot: Dot): Uint8Array | undefined {
    return dot.origin === this.origin ? this.updateAt(dot.seq) : undefined;
  }

  collect(wanted: ReadonlyDotSet, _theirs: unknown, budgetBytes: number): Delta<Uint8Array> {
    const { base, through } = this.source.assembly;
    const updates: [Dot, Uint8Array][] = [];
    const forgotten = new DotSet();
    let bytes = 0;
    for (const { first, last, origin } of wanted.ranges()) {
      if (origin !== this.origin) continue;
      const droppedLast = Math.min(last, base.place);
      if (first <= droppedLast) forgotten.addRange(origin, first, droppedLast);
      const end = Math.min(last, through.place);
      for (let seq = Math.max(first, base.place + 1); seq <= end; seq += 1) {
        const update = this.updateAt(seq);
        if (update === undefined) break;
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

  /** Items behind `place` have been told here. */
  onAdvanced(place: number): void {
    if (this.listeners.length === 0) return;
    for (let seq = place + 1; seq <= this.source.assembly.through.place; seq += 1) {
      const update = this.updateAt(seq);
      if (update === undefined) continue;
      for (const listener of this.listeners) {
        listener.onNews({ origin: this.origin, seq }, update, undefined);
      }
    }
  }

  private updateAt(place: number): Uint8Array | undefined {
    const { assembly, store } = this.source;
    const item = assembly.itemAt(place);
    if (item === undefined) return undefined;
    const { kind, orderIndex } = item;
    const body = item.kind === "note" ? item.bytes : store.get(item.dot)?.encoded;
    return body && encodePrefixUpdate({ kind, orderIndex, body });
  }
}
