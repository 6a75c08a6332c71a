import { present } from "./at.ts";
import { DueQueue } from "./due-queue.ts";

/** Items gone from the front of the run before it is packed. */
const PACK_COUNT = 1_024;

/**
 * Items taken out by age alone. Nearly all come in order of time, and cost no more than a place in
 * a list; only the others go through a heap. Of equal age, those in order come first.
 */
export class AgeQueue<Item extends object> {
  private items: (Item | undefined)[] = [];
  private dues: number[] = [];
  private start = 0;
  private readonly others = new DueQueue<Item>();

  get size(): number {
    return this.items.length - this.start + this.others.size;
  }

  /** Time of the first item; Infinity when there is none. */
  get nextDue(): number {
    return Math.min(this.runDue, this.others.nextDue);
  }

  put(due: number, item: Item): void {
    const { length } = this.dues;
    if (length > this.start && due < (this.dues[length - 1] ?? 0)) {
      this.others.put(due, item);
      return;
    }
    this.items.push(item);
    this.dues.push(due);
  }

  /** Removes and returns the first item. */
  takeNext(): Item | undefined {
    if (this.runDue > this.others.nextDue) return this.others.takeNext();
    if (this.start === this.items.length) return undefined;
    const item = present(this.items, this.start);
    this.items[this.start] = undefined;
    this.start += 1;
    this.pack();
    return item;
  }

  private get runDue(): number {
    return this.dues[this.start] ?? Number.POSITIVE_INFINITY;
  }

  private pack(): void {
    if (this.start < PACK_COUNT || this.start * 2 < this.items.length) return;
    this.items = this.items.slice(this.start);
    this.dues = this.dues.slice(this.start);
    this.start = 0;
  }
}
