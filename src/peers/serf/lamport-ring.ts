export interface RingBounds {
  /** Lamport times remembered. */
  readonly timesCount: number;
  /** Different entries of one time. */
  readonly perTimeMaxCount: number;
  /** Sum of `bytesOf` over all entries. */
  readonly maxBytes: number;
}

/** What a ring must know of its entries. */
export interface RingEntries<Entry> {
  isSame(a: Entry, b: Entry): boolean;
  bytesOf(entry: Entry): number;
}

/** `old`: from before what the ring remembers. `crowded`: too many of this very time. */
export type RingVerdict = "news" | "duplicate" | "old" | "crowded";

interface Slot<Entry> {
  readonly lTime: number;
  readonly entries: Entry[];
}

/**
 * Remembers what came lately, by Lamport time, so that gossip is taken in once. Several entries may
 * share a time. Source: specs/memberlist-wire.md sections 23 and 24.3.
 *
 * Invariant: no slot holds a time below `minTime`, so nothing forgotten is ever taken for news.
 */
export class LamportRing<Entry> {
  private readonly bounds: RingBounds;
  private readonly kind: RingEntries<Entry>;
  private readonly slots = new Map<number, Slot<Entry>>();
  private minTime = 0;
  private bytes = 0;

  constructor(bounds: RingBounds, kind: RingEntries<Entry>) {
    this.bounds = bounds;
    this.kind = kind;
  }

  /** Everything before `lTime` is old from now on. */
  ignoreBefore(lTime: number): void {
    if (lTime <= this.minTime) return;
    this.minTime = lTime;
    for (const slot of [...this.slots.values()]) {
      if (slot.lTime < lTime) this.drop(slot);
    }
  }

  /** Judges `entry`, and keeps it when it is news. `clockTime` has witnessed `lTime` already. */
  accept(lTime: number, entry: Entry, clockTime: number): RingVerdict {
    const { timesCount, perTimeMaxCount } = this.bounds;
    if (lTime < this.minTime) return "old";
    if (clockTime > timesCount && lTime < clockTime - timesCount) return "old";
    const slot = this.slotFor(lTime);
    if (slot.entries.some((kept) => this.kind.isSame(kept, entry))) return "duplicate";
    if (slot.entries.length >= perTimeMaxCount) return "crowded";
    slot.entries.push(entry);
    this.bytes += this.kind.bytesOf(entry);
    this.keepWithinBytes();
    return "news";
  }

  forEach(visit: (lTime: number, entries: readonly Entry[]) => void): void {
    for (const slot of this.slots.values()) visit(slot.lTime, slot.entries);
  }

  private slotFor(lTime: number): Slot<Entry> {
    const index = lTime % this.bounds.timesCount;
    const held = this.slots.get(index);
    if (held?.lTime === lTime) return held;
    if (held !== undefined) this.drop(held);
    const slot: Slot<Entry> = { lTime, entries: [] };
    this.slots.set(index, slot);
    return slot;
  }

  private keepWithinBytes(): void {
    while (this.bytes > this.bounds.maxBytes) {
      let oldest = Number.POSITIVE_INFINITY;
      for (const slot of this.slots.values()) oldest = Math.min(oldest, slot.lTime);
      this.ignoreBefore(oldest + 1);
    }
  }

  private drop(slot: Slot<Entry>): void {
    this.slots.delete(slot.lTime % this.bounds.timesCount);
    for (const entry of slot.entries) this.bytes -= this.kind.bytesOf(entry);
  }
}
