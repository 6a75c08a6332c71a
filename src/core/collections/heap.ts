import { present } from "./at.ts";

/** Items of which the least, by `compare`, is at hand: a binary heap. */
export class Heap<Item extends object> {
  private readonly compare: (one: Item, other: Item) => number;
  private readonly items: Item[] = [];

  constructor(compare: (one: Item, other: Item) => number) {
    this.compare = compare;
  }

  get size(): number {
    return this.items.length;
  }

  /** The least item. */
  get first(): Item | undefined {
    return this.items[0];
  }

  put(item: Item): void {
    const { items } = this;
    items.push(item);
    for (let place = items.length - 1; place > 0; ) {
      const parent = (place - 1) >> 1;
      if (!this.isBefore(place, parent)) return;
      this.swap(place, parent);
      place = parent;
    }
  }

  /** Removes and returns the least item. */
  takeFirst(): Item | undefined {
    const { items } = this;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined || items.length === 0) return first;
    items[0] = last;
    for (let place = 0; ; ) {
      const left = 2 * place + 1;
      const right = left + 1;
      let least = place;
      if (left < items.length && this.isBefore(left, least)) least = left;
      if (right < items.length && this.isBefore(right, least)) least = right;
      if (least === place) return first;
      this.swap(place, least);
      place = least;
    }
  }

  clear(): void {
    this.items.length = 0;
  }

  private isBefore(place: number, other: number): boolean {
    return this.compare(present(this.items, place), present(this.items, other)) < 0;
  }

  private swap(place: number, other: number): void {
    const item = present(this.items, place);
    this.items[place] = present(this.items, other);
    this.items[other] = item;
  }
}
