import { numberAt } from "./collections/at.ts";
import type { Dot } from "./dot.ts";
import { type DotRange, DotSet, type ReadonlyDotSet } from "./dot-set.ts";
import type { Origin } from "./peer.ts";
import type { SeqRanges } from "./seq-ranges.ts";
import { compareUtf8 } from "./text.ts";

/** From so many ranges on a walk through them is dearer than a `DotSet`. [guess] */
const SMALL_RANGES_COUNT = 16;

const noOrigins: readonly Origin[] = [];
const noBounds: readonly number[] = [];

/**
 * A set of dots that never changes, as nothing but its ranges: for the many small ones that updates
 * carry. It takes a seventh of the memory of a `DotSet`, and a longer one costs two small lists.
 */
export class FixedDots implements ReadonlyDotSet {
  static readonly none = new FixedDots(noOrigins, noBounds);

  /** Of each range; ascending by bytes. Sets made of each other share it. */
  private readonly ofRange: readonly Origin[];
  /** first₀, last₀, first₁, last₁ …; ascending within an origin, neither meeting nor overlapping */
  private readonly bounds: readonly number[];
  /** Of large ones only. */
  private large: DotSet | undefined;

  private constructor(ofRange: readonly Origin[], bounds: readonly number[]) {
    this.ofRange = ofRange;
    this.bounds = bounds;
  }

  /** The same set; itself where it is fixed already. */
  static from(set: ReadonlyDotSet): FixedDots {
    if (set instanceof FixedDots) return set;
    if (set.isEmpty) return FixedDots.none;
    const origins = [...set.origins()];
    if (origins.length > 1) origins.sort(compareUtf8);
    const ofRange: Origin[] = [];
    const bounds: number[] = [];
    for (const origin of origins) {
      const ranges = set.rangesOf(origin);
      if (ranges === undefined) continue;
      for (let range = 0; range < ranges.rangesCount; range += 1) {
        ofRange.push(origin);
        bounds.push(ranges.firstOf(range), ranges.lastOf(range));
      }
    }
    return new FixedDots(ofRange, bounds);
  }

  /**
   * Of ranges in order: origins ascending by bytes, and within one ascending ranges that neither
   * meet nor overlap. Both lists are kept, not copied.
   */
  static ofRanges(ofRange: readonly Origin[], bounds: readonly number[]): FixedDots {
    return ofRange.length === 0 ? FixedDots.none : new FixedDots(ofRange, bounds);
  }

  get size(): number {
    let count = 0;
    for (let range = 0; range < this.rangesCount; range += 1) {
      count += this.lastOf(range) - this.firstOf(range) + 1;
    }
    return count;
  }

  get isEmpty(): boolean {
    return this.ofRange.length === 0;
  }

  get originsCount(): number {
    let count = 0;
    for (let range = 0; range < this.rangesCount; range += 1) {
      if (range === 0 || this.originOf(range) !== this.originOf(range - 1)) count += 1;
    }
    return count;
  }

  get rangesCount(): number {
    return this.ofRange.length;
  }

  originOf(range: number): Origin {
    return originAt(this.ofRange, range);
  }

  firstOf(range: number): number {
    return numberAt(this.bounds, 2 * range);
  }

  lastOf(range: number): number {
    return numberAt(this.bounds, 2 * range + 1);
  }

  has({ origin, seq }: Dot): boolean {
    return this.hasRange(origin, seq, seq);
  }

  hasRange(origin: Origin, first: number, last: number): boolean {
    if (this.isLarge) return this.toSet().rangesOf(origin)?.hasRange(first, last) ?? false;
    const { bounds, ofRange } = this;
    for (let range = 0; range < ofRange.length; range += 1) {
      if (numberAt(bounds, 2 * range + 1) < last || numberAt(bounds, 2 * range) > first) continue;
      if (ofRange[range] === origin) return true;
    }
    return false;
  }

  prefix(origin: Origin): number {
    const range = this.ofRange.indexOf(origin);
    return range < 0 || this.firstOf(range) !== 1 ? 0 : this.lastOf(range);
  }

  last(origin: Origin): number {
    const range = this.ofRange.lastIndexOf(origin);
    return range < 0 ? 0 : this.lastOf(range);
  }

  contains(other: ReadonlyDotSet): boolean {
    if (other === this) return true;
    const there = FixedDots.from(other);
    for (let range = 0; range < there.rangesCount; range += 1) {
      const [first, last] = [there.firstOf(range), there.lastOf(range)];
      if (!this.hasRange(there.originOf(range), first, last)) return false;
    }
    return true;
  }

  /** The same as `set.contains(this)`. */
  isWithin(set: ReadonlyDotSet): boolean {
    for (let range = 0; range < this.rangesCount; range += 1) {
      const ranges = set.rangesOf(this.originOf(range));
      if (ranges?.hasRange(this.firstOf(range), this.lastOf(range)) !== true) return false;
    }
    return true;
  }

  equals(other: ReadonlyDotSet): boolean {
    const there = FixedDots.from(other);
    if (there === this) return true;
    if (there.rangesCount !== this.rangesCount) return false;
    for (let range = 0; range < this.rangesCount; range += 1) {
      if (this.firstOf(range) !== there.firstOf(range)) return false;
      if (this.lastOf(range) !== there.lastOf(range)) return false;
      if (this.originOf(range) !== there.originOf(range)) return false;
    }
    return true;
  }

  /** Of both; one of the two where that has all. */
  joinedWith(other: FixedDots): FixedDots {
    if (this.contains(other)) return this;
    return other.contains(this) ? other : FixedDots.from(this.union(other));
  }

  /** The same with the dots `first` … `last` of an origin. */
  with(origin: Origin, first: number, last: number): FixedDots {
    const { bounds, ofRange } = this;
    const range = this.rangeBefore(origin, first);
    const isNext = range >= 0 && ofRange[range] === origin && this.lastOf(range) >= first - 1;
    if (isNext && this.lastOf(range) >= last) return this;
    const follows = ofRange[range + 1] === origin && this.firstOf(range + 1) <= last + 1;
    if (follows) {
      const set = this.clone();
      set.addRange(origin, first, last);
      return FixedDots.from(set);
    }
    if (isNext) {
      const longer = bounds.slice();
      longer[2 * range + 1] = last;
      return new FixedDots(ofRange, longer);
    }
    const place = range + 1;
    const origins = [...ofRange.slice(0, place), origin, ...ofRange.slice(place)];
    const ends = [...bounds.slice(0, 2 * place), first, last, ...bounds.slice(2 * place)];
    return new FixedDots(origins, ends);
  }

  hash(): number {
    return this.toSet().hash();
  }

  hashWith(other: ReadonlyDotSet): number {
    return this.toSet().hashWith(other);
  }

  *origins(): IterableIterator<Origin> {
    for (let range = 0; range < this.rangesCount; range += 1) {
      const origin = this.originOf(range);
      if (range === 0 || origin !== this.originOf(range - 1)) yield origin;
    }
  }

  union(other: ReadonlyDotSet): DotSet {
    return this.toSet().union(other);
  }

  difference(other: ReadonlyDotSet): DotSet {
    return other.contains(this) ? new DotSet() : this.toSet().difference(other);
  }

  intersection(other: ReadonlyDotSet): DotSet {
    return this.toSet().intersection(other);
  }

  missingFrom(other: ReadonlyDotSet, maxCount: number): Dot[] {
    return this.toSet().missingFrom(other, maxCount);
  }

  *ranges(): IterableIterator<DotRange> {
    for (let range = 0; range < this.rangesCount; range += 1) {
      const [first, last] = [this.firstOf(range), this.lastOf(range)];
      yield { origin: this.originOf(range), first, last };
    }
  }

  rangesOf(origin: Origin): SeqRanges | undefined {
    return this.toSet().rangesOf(origin);
  }

  *[Symbol.iterator](): IterableIterator<Dot> {
    for (const { first, last, origin } of this.ranges()) {
      for (let seq = first; seq <= last; seq += 1) yield { origin, seq };
    }
  }

  clone(): DotSet {
    return this.toSet().clone();
  }

  private get isLarge(): boolean {
    return this.ofRange.length > SMALL_RANGES_COUNT;
  }

  private toSet(): DotSet {
    if (this.large !== undefined) return this.large;
    const set = new DotSet();
    for (let range = 0; range < this.rangesCount; range += 1) {
      set.addRange(this.originOf(range), this.firstOf(range), this.lastOf(range));
    }
    if (this.isLarge) this.large = set.freeze();
    return set;
  }

  /** The last range that begins at `first` of `origin` or before it; −1 when none does. */
  private rangeBefore(origin: Origin, first: number): number {
    let low = 0;
    let high = this.rangesCount;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = compareOrigins(this.originOf(middle), origin);
      if (order < 0 || (order === 0 && this.firstOf(middle) <= first)) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

function compareOrigins(one: Origin, other: Origin): number {
  return one === other ? 0 : compareUtf8(one, other);
}

/** Of a range that there is. */
function originAt(ofRange: readonly Origin[], range: number): Origin;
function originAt(ofRange: readonly Origin[], range: number): Origin | undefined {
  return ofRange[range];
}
