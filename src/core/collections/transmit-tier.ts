import { at } from "./at.ts";

/**
 * Something to be sent a limited number of times. A newer item replaces the one with the same key.
 */
export interface Transmittable {
  readonly key: string;
  /** Encoded length. */
  readonly byteLength: number;
}

export interface Entry<Item> {
  readonly item: Item;
  readonly serial: number;
}

/**
 * The items of a transmit queue that were sent equally often, the longest first and among these the
 * newest. Kept by length, for lengths are few: one list of 60,000 would be moved about for each
 * that comes.
 */
export class TransmitTier<Item extends Transmittable> {
  /** Ascending. */
  private readonly lengths: number[] = [];
  /** None is empty. */
  private readonly byLength = new Map<number, SerialList<Item>>();

  put(entry: Entry<Item>): void {
    const { byteLength } = entry.item;
    let entries = this.byLength.get(byteLength);
    if (entries === undefined) {
      entries = new SerialList();
      this.byLength.set(byteLength, entries);
      this.lengths.splice(countUpTo(this.lengths, byteLength, itself), 0, byteLength);
    }
    entries.put(entry);
  }

  remove(entry: Entry<Item>): void {
    const { byteLength } = entry.item;
    const entries = this.byLength.get(byteLength);
    entries?.remove(entry.serial);
    if (entries?.size === 0) this.drop(byteLength);
  }

  /** Takes out the next that is no longer than `maxBytes`. */
  takeNext(maxBytes: number): Entry<Item> | undefined {
    const fitting = countUpTo(this.lengths, maxBytes, itself);
    return fitting === 0 ? undefined : this.takeOf(at(this.lengths, fitting - 1), "newest");
  }

  /** Takes out the one that would be the last to go. */
  takeLeast(): Entry<Item> | undefined {
    const [shortest] = this.lengths;
    return shortest === undefined ? undefined : this.takeOf(shortest, "oldest");
  }

  private takeOf(byteLength: number, which: "newest" | "oldest"): Entry<Item> | undefined {
    const entries = this.byLength.get(byteLength);
    const entry = which === "newest" ? entries?.takeNewest() : entries?.takeOldest();
    if (entries?.size === 0) this.drop(byteLength);
    return entry;
  }

  private drop(byteLength: number): void {
    this.byLength.delete(byteLength);
    this.lengths.splice(countUpTo(this.lengths, byteLength, itself) - 1, 1);
  }
}

/**
 * Entries in the order of their serials, quick at both ends: what is new comes newest last, and
 * what moves on from another tier comes newest first.
 */
class SerialList<Item> {
  /** Ascending. */
  private newer: Entry<Item>[] = [];
  /** Descending, all older than those. */
  private older: Entry<Item>[] = [];

  get size(): number {
    return this.newer.length + this.older.length;
  }

  put(entry: Entry<Item>): void {
    const { serial } = entry;
    if (this.isOlder(serial)) {
      this.older.splice(countUpTo(this.older, -serial, negativeSerialOf), 0, entry);
    } else {
      this.newer.splice(countUpTo(this.newer, serial, serialOf), 0, entry);
    }
  }

  remove(serial: number): void {
    if (this.isOlder(serial)) {
      this.older.splice(countUpTo(this.older, -serial, negativeSerialOf) - 1, 1);
    } else {
      this.newer.splice(countUpTo(this.newer, serial, serialOf) - 1, 1);
    }
  }

  takeNewest(): Entry<Item> | undefined {
    if (this.newer.length === 0) {
      this.newer = this.older.reverse();
      this.older = [];
    }
    return this.newer.pop();
  }

  takeOldest(): Entry<Item> | undefined {
    return this.older.pop() ?? this.newer.shift();
  }

  /** Whether an entry of this serial stands, or would stand, among the older ones. */
  private isOlder(serial: number): boolean {
    const [oldestOfNewer] = this.newer;
    if (oldestOfNewer !== undefined) return serial < oldestOfNewer.serial;
    const [newestOfOlder] = this.older;
    return newestOfOlder !== undefined && serial <= newestOfOlder.serial;
  }
}

function negativeSerialOf(entry: Entry<unknown>): number {
  return -entry.serial;
}

function itself(value: number): number {
  return value;
}

function serialOf(entry: Entry<unknown>): number {
  return entry.serial;
}

/** How many of `items`, which are in order, are at most `limit`. */
function countUpTo<T>(items: readonly T[], limit: number, numberOf: (item: T) => number): number {
  let low = 0;
  let high = items.length;
  // What is put is nearly always the newest.
  if (high > 0 && numberOf(at(items, high - 1)) <= limit) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numberOf(at(items, middle)) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
