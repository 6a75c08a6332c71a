import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import type { ApplyVerdict, Delta, Replica } from "../../exchange/replica.ts";
import type { Assembly } from "./assembly.ts";
import type { EventStore } from "./event-store.ts";
import { prefixDelta } from "./prefix-delta.ts";
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
    const held = {
      origin: this.origin,
      goneThrough: base.place,
      through: through.place,
      updateAt: (place: number) => this.updateAt(place),
    };
    return prefixDelta(held, wanted, budgetBytes);
  }

  /** Nothing is new here by this way. */
  subscribe(): void {}

  private updateAt(place: number): Uint8Array | undefined {
    const { assembly, store } = this.source;
    const item = assembly.itemAt(place);
    if (item === undefined) return undefined;
    const { kind, orderIndex } = item;
    const body = item.kind === "note" ? item.bytes : store.get(item.dot)?.encoded;
    return body && encodePrefixUpdate({ kind, orderIndex, body });
  }
}
