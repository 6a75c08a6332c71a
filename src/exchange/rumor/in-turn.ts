import { at } from "../../core/collections/at.ts";

/** A bounded list, oldest first: where a message has no room for all, each item has its turn. */
export class InTurn<Item> {
  private readonly maxCount: number;
  private items: Item[] = [];
  /** Where the next message begins. */
  private next = 0;

  constructor(maxCount: number) {
    this.maxCount = Math.max(1, maxCount);
  }

  get size(): number {
    return this.items.length;
  }

  /** @returns the oldest, when it had to make room. */
  add(item: Item): Item | undefined {
    const pushedOut = this.items.length >= this.maxCount ? this.items.shift() : undefined;
    this.items.push(item);
    return pushedOut;
  }

  /** Keeps those of which `isKept` says so, asked oldest first. */
  keep(isKept: (item: Item) => boolean): void {
    const { items } = this;
    let kept = 0;
    for (let place = 0; place < items.length; place += 1) {
      const item = at(items, place);
      if (!isKept(item)) continue;
      items[kept] = item;
      kept += 1;
    }
    items.length = kept;
  }

  /** Visits each once, in turn, until `visit` says that there is no more room. */
  visit(visit: (item: Item) => "room" | "full"): void {
    const count = this.items.length;
    const begin = this.next < count ? this.next : 0;
    for (let step = 0; step < count; step += 1) {
      const place = (begin + step) % count;
      if (visit(at(this.items, place)) === "full") {
        this.next = place;
        return;
      }
    }
  }
}
