import { at } from "../../core/collections/at.ts";
import type { HeldInfo } from "./info-network.contract.ts";

/** Entries that are no more beside those that are, before the list is written anew. */
const SPARE_COUNT = 1_024;

/**
 * Infos in the order in which they were stored, so that a stream looks only at what is new since it
 * last looked. What was replaced since stays in the list for a while, and is passed over.
 */
export class StoredOrder {
  private stored: HeldInfo[] = [];
  private readonly entries: ReadonlyMap<string, HeldInfo>;
  private count = 0;

  constructor(entries: ReadonlyMap<string, HeldInfo>) {
    this.entries = entries;
  }

  /** Position of what was stored last; 0 of nothing. */
  get last(): number {
    return this.count;
  }

  takePosition(): number {
    this.count += 1;
    return this.count;
  }

  /** What has the position that was taken last, and stands in the entries. */
  push(held: HeldInfo): void {
    this.stored.push(held);
    if (this.stored.length > 2 * this.entries.size + SPARE_COUNT) {
      this.stored = this.stored.filter((one) => this.isHeld(one));
    }
  }

  /** What was stored behind `position` and is still held, by position. */
  *since(position: number): IterableIterator<HeldInfo> {
    for (let index = this.firstBehind(position); index < this.stored.length; index += 1) {
      const one = at(this.stored, index);
      if (this.isHeld(one)) yield one;
    }
  }

  private isHeld(one: HeldInfo): boolean {
    return this.entries.get(one.key) === one;
  }

  private firstBehind(position: number): number {
    let [low, high] = [0, this.stored.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (at(this.stored, middle).position > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
