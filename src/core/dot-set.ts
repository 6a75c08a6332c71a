import { assert } from "./assert.ts";
import type { Dot } from "./dot.ts";
import type { Origin } from "./peer.ts";
import { joinLanes, SeqRanges, textLanes } from "./seq-ranges.ts";

/** A run of dots of one origin, both ends included. */
export interface DotRange {
  readonly origin: Origin;
  readonly first: number;
  readonly last: number;
}

/** A `DotSet` for those who only look. */
export interface ReadonlyDotSet extends Iterable<Dot> {
  /** How many dots. */
  readonly size: number;
  readonly isEmpty: boolean;
  readonly originsCount: number;
  /** How many ranges it takes to write the set down: its cost in memory and on the wire. */
  readonly rangesCount: number;
  /** Whether the dot is in it. */
  has(dot: Dot): boolean;
  /** The end of the gapless run from 1; 0 when the first dot is missing. */
  prefix(origin: Origin): number;
  /** The largest sequence number; 0 when there is none. */
  last(origin: Origin): number;
  /** True when every dot of `other` is in this set. */
  contains(other: ReadonlyDotSet): boolean;
  /** Whether both have the same dots. */
  equals(other: ReadonlyDotSet): boolean;
  /** 53 bits; equal for equal sets however they were built. O(1). */
  hash(): number;
  /** What `union(other).hash()` would be, at the cost of the origins of `other` only. */
  hashWith(other: ReadonlyDotSet): number;
  /** In the order in which this set met them. */
  origins(): IterableIterator<Origin>;
  /** A new set: what either has. */
  union(other: ReadonlyDotSet): DotSet;
  /** The dots of this set that `other` lacks. */
  difference(other: ReadonlyDotSet): DotSet;
  /** A new set: what both have. */
  intersection(other: ReadonlyDotSet): DotSet;
  /** The first `maxCount` dots of this set that `other` lacks, ascending per origin. */
  missingFrom(other: ReadonlyDotSet, maxCount: number): Dot[];
  /** Ascending per origin; origins in the order in which this set met them. */
  ranges(): IterableIterator<DotRange>;
  /** The numbers of one origin; undefined where it has none. */
  rangesOf(origin: Origin): SeqRanges | undefined;
  /** A copy that may be changed. */
  clone(): DotSet;
}

/**
 * What a replica has seen: per origin a gapless prefix and whatever came out of order after it. A
 * version vector that tolerates gaps. [Malkhi and Terry 2005, version vectors with exceptions]
 */
export class DotSet implements ReadonlyDotSet {
  private readonly byOrigin = new Map<Origin, SeqRanges>();
  private low = 0;
  private high = 0;
  private count = 0;
  /** Whose hashes have changed since they were summed up here. */
  private stale: SeqRanges[] = [];
  private isFrozen = false;

  /** A set of these dots. */
  static of(...dots: readonly Dot[]): DotSet {
    const set = new DotSet();
    for (const dot of dots) set.add(dot);
    return set;
  }

  get size(): number {
    return this.count;
  }

  /** Whether it has no dot. */
  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** How many origins have a dot in it. */
  get originsCount(): number {
    return this.byOrigin.size;
  }

  get rangesCount(): number {
    let count = 0;
    for (const ranges of this.byOrigin.values()) count += ranges.rangesCount;
    return count;
  }

  /** Whether the dot is in it. */
  has(dot: Dot): boolean {
    return this.byOrigin.get(dot.origin)?.has(dot.seq) ?? false;
  }

  prefix(origin: Origin): number {
    return this.byOrigin.get(origin)?.prefix ?? 0;
  }

  last(origin: Origin): number {
    return this.byOrigin.get(origin)?.last ?? 0;
  }

  /** True when the dot is new. */
  add(dot: Dot): boolean {
    return this.addRange(dot.origin, dot.seq, dot.seq) === 1;
  }

  /** Adds the dots `first` … `last` (1 ≤ first ≤ last < 2^53); returns how many are new. */
  addRange(origin: Origin, first: number, last: number): number {
    assert(!this.isFrozen, "this dot set is frozen");
    let ranges = this.byOrigin.get(origin);
    if (ranges === undefined) {
      ranges = new SeqRanges(textLanes(origin));
      this.byOrigin.set(origin, ranges);
    }
    if (first > 1 && ranges.last === first - 1 && last >= first) {
      if (!ranges.isStale) this.stale.push(ranges);
      ranges.extend(last);
      this.count += last - first + 1;
      return last - first + 1;
    }
    if (ranges.isStale) this.freshen();
    const before = ranges.lanes;
    const added = ranges.addRange(first, last);
    const after = ranges.lanes;
    this.low = (this.low + after.low - before.low) | 0;
    this.high = (this.high + after.high - before.high) | 0;
    this.count += added;
    return added;
  }

  /** Adds all dots of `other`; returns how many are new. */
  addAll(other: ReadonlyDotSet): number {
    let added = 0;
    for (const { origin, first, last } of other.ranges())
      added += this.addRange(origin, first, last);
    return added;
  }

  contains(other: ReadonlyDotSet): boolean {
    for (const { origin, first, last } of other.ranges()) {
      if (!this.byOrigin.get(origin)?.hasRange(first, last)) return false;
    }
    return true;
  }

  /** Whether both have the same dots. */
  equals(other: ReadonlyDotSet): boolean {
    // The hash is only quick to say no: a set made to collide is told apart by its ranges.
    return other.hash() === this.hash() && this.contains(other) && other.contains(this);
  }

  hash(): number {
    this.freshen();
    return joinLanes({ low: this.low, high: this.high });
  }

  hashWith(other: ReadonlyDotSet): number {
    this.freshen();
    const few = new DotSet();
    let [low, high] = [this.low, this.high];
    for (const origin of other.origins()) {
      const ranges = this.byOrigin.get(origin);
      if (ranges === undefined) continue;
      few.byOrigin.set(origin, ranges.clone());
      few.low = (few.low + ranges.lanes.low) | 0;
      few.high = (few.high + ranges.lanes.high) | 0;
    }
    [low, high] = [(low - few.low) | 0, (high - few.high) | 0];
    few.addAll(other);
    few.freshen();
    return joinLanes({ low: (low + few.low) | 0, high: (high + few.high) | 0 });
  }

  origins(): IterableIterator<Origin> {
    return this.byOrigin.keys();
  }

  /** A new set: what either has. */
  union(other: ReadonlyDotSet): DotSet {
    const result = this.clone();
    result.addAll(other);
    return result;
  }

  difference(other: ReadonlyDotSet): DotSet {
    const result = new DotSet();
    for (const [origin, ranges] of this.byOrigin) {
      ranges.forEachMissingFrom(other.rangesOf(origin), (first, last) => {
        result.addRange(origin, first, last);
        return true;
      });
    }
    return result;
  }

  /** A new set: what both have. */
  intersection(other: ReadonlyDotSet): DotSet {
    return this.difference(this.difference(other));
  }

  missingFrom(other: ReadonlyDotSet, maxCount: number): Dot[] {
    const dots: Dot[] = [];
    for (const [origin, ranges] of this.byOrigin) {
      const isDone = ranges.forEachMissingFrom(other.rangesOf(origin), (first, last) => {
        // Counted before each dot: a hostile range may be 2^53 long.
        for (let seq = first; seq <= last; seq += 1) {
          if (dots.length >= maxCount) return false;
          dots.push({ origin, seq });
        }
        return true;
      });
      if (!isDone) break;
    }
    return dots;
  }

  *ranges(): IterableIterator<DotRange> {
    for (const [origin, ranges] of this.byOrigin) {
      for (let range = 0; range < ranges.rangesCount; range += 1) {
        yield { origin, first: ranges.firstOf(range), last: ranges.lastOf(range) };
      }
    }
  }

  /** The numbers of one origin; undefined where it has none. */
  rangesOf(origin: Origin): SeqRanges | undefined {
    return this.byOrigin.get(origin);
  }

  /**
   * All dots, ascending per origin. A set from a remote node may name very many: see `missingFrom`.
   */
  *[Symbol.iterator](): IterableIterator<Dot> {
    for (const { origin, first, last } of this.ranges()) {
      for (let seq = first; seq <= last; seq += 1) yield { origin, seq };
    }
  }

  /** A copy that may be changed. */
  clone(): DotSet {
    this.freshen();
    const copy = new DotSet();
    for (const [origin, ranges] of this.byOrigin) copy.byOrigin.set(origin, ranges.clone());
    copy.low = this.low;
    copy.high = this.high;
    copy.count = this.count;
    return copy;
  }

  /** From now on adding is a bug. Returns itself. */
  freeze(): this {
    this.isFrozen = true;
    return this;
  }

  private freshen(): void {
    if (this.stale.length === 0) return;
    for (const ranges of this.stale) {
      const { high, low } = ranges.freshen();
      this.low = (this.low + low) | 0;
      this.high = (this.high + high) | 0;
    }
    this.stale = [];
  }
}
