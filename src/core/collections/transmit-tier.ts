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
  /** Each by serial ascending; none is empty. */
  private readonly byLength = new Map<number, Entry<Item>[]>();

  put(entry: Entry<Item>): void {
    const { byteLength } = entry.item;
    const entries = this.byLength.get(byteLength);
    if (entries === undefined) {
      this.byLength.set(byteLength, [entry]);
      this.lengths.splice(countUpTo(this.lengths, byteLength, itself), 0, byteLength);
    } else {
      entries.splice(countUpTo(entries, entry.serial, serialOf), 0, entry);
    }
  }

  remove(entry: Entry<Item>): void {
    const { byteLength } = entry.item;
    const entries = this.byLength.get(byteLength) ?? [];
    entries.splice(countUpTo(entries, entry.serial, serialOf) - 1, 1);
    if (entries.length === 0) this.drop(byteLength);
  }

  /** Takes out the next that is no longer than `maxBytes`. */
  takeNext(maxBytes: number): Entry<Item> | undefined {
    const fitting = countUpTo(this.lengths, maxBytes, itself);
    if (fitting === 0) return undefined;
    const byteLength = at(this.lengths, fitting - 1);
    const entries = this.byLength.get(byteLength) ?? [];
    const entry = entries.pop();
    if (entries.length === 0) this.drop(byteLength);
    return entry;
  }

  /** Takes out the one that would be the last to go. */
  takeLeast(): Entry<Item> | undefined {
    const [byteLength] = this.lengths;
    if (byteLength === undefined) return undefined;
    const entries = this.byLength.get(byteLength) ?? [];
    const entry = entries.shift();
    if (entries.length === 0) this.drop(byteLength);
    return entry;
  }

  private drop(byteLength: number): void {
    this.byLength.delete(byteLength);
    this.lengths.splice(countUpTo(this.lengths, byteLength, itself) - 1, 1);
  }
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
