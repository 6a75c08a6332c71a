import type { Random } from "../random.ts";
import { at } from "./at.ts";

/**
 * A set that draws an element in O(1). The order inside depends only on what was added and removed
 * and when, so equal seeds draw equally.
 */
export class RandomSet<Item> {
  private readonly items: Item[] = [];
  private readonly places = new Map<Item, number>();

  /** How many it holds. */
  get size(): number {
    return this.items.length;
  }

  /** Whether it holds the item. */
  has(item: Item): boolean {
    return this.places.has(item);
  }

  /** False when it was there. */
  add(item: Item): boolean {
    if (this.places.has(item)) return false;
    this.places.set(item, this.items.length);
    this.items.push(item);
    return true;
  }

  /** False when it was not there. The last element takes its place. */
  delete(item: Item): boolean {
    const place = this.places.get(item);
    if (place === undefined) return false;
    this.places.delete(item);
    const last = at(this.items, this.items.length - 1);
    this.items.pop();
    if (place < this.items.length) {
      this.items[place] = last;
      this.places.set(last, place);
    }
    return true;
  }

  /** One element, uniform; undefined when there is none. */
  pick(random: Random): Item | undefined {
    return random.pick(this.items);
  }

  /**
   * Puts up to `count` distinct elements other than `exclude`, chosen uniformly, into `out` (from
   * index 0) and returns how many. O(count).
   */
  sample(random: Random, count: number, out: Item[], exclude?: Item): number {
    const excluded = exclude === undefined ? undefined : this.places.get(exclude);
    return sampleItems(this.items, { random, count, excluded }, out);
  }

  /** In no order to rely on. */
  [Symbol.iterator](): IterableIterator<Item> {
    return this.items[Symbol.iterator]();
  }

  /** Forgets all. */
  clear(): void {
    this.items.length = 0;
    this.places.clear();
  }
}

export interface SampleWish {
  readonly random: Random;
  readonly count: number;
  /** An index that is left out. */
  readonly excluded: number | undefined;
}

/** What `RandomSet.sample` does, of any list. */
export function sampleItems<Item>(items: readonly Item[], wish: SampleWish, out: Item[]): number {
  const { count, excluded, random } = wish;
  const bound = items.length - (excluded === undefined ? 0 : 1);
  let taken = 0;
  for (const draw of random.sampleIndexes(bound, count)) {
    // The excluded place is closed up by the last one.
    out[taken] = at(items, draw === excluded ? bound : draw);
    taken += 1;
  }
  return taken;
}
