import { assert } from "../assert.ts";
import { present } from "./at.ts";

const FIRST_SLOTS = 8;

/**
 * A first-in, first-out list that never holds more than `capacity` items. Its memory grows with
 * what it holds, so that a thousand queues of large capacity cost nothing while they are empty.
 */
export class RingBuffer<Item> {
  readonly capacity: number;
  private slots: (Item | undefined)[] = [];
  private head = 0;
  private count = 0;

  constructor(capacity: number) {
    assert(Number.isSafeInteger(capacity) && capacity >= 1, `capacity ${capacity}`);
    this.capacity = capacity;
  }

  /** How many it holds. */
  get size(): number {
    return this.count;
  }

  /** Whether one more has no room. */
  get isFull(): boolean {
    return this.count === this.capacity;
  }

  /** Adds at the end. The caller has made room. */
  push(item: Item): void {
    assert(!this.isFull, "ring buffer is full");
    if (this.count === this.slots.length) this.grow();
    this.slots[(this.head + this.count) % this.slots.length] = item;
    this.count += 1;
  }

  /** Removes and returns the oldest item; undefined when there is none. */
  takeFirst(): Item | undefined {
    if (this.count === 0) return undefined;
    const item = this.slots[this.head];
    this.slots[this.head] = undefined;
    this.head = (this.head + 1) % this.slots.length;
    this.count -= 1;
    return item;
  }

  /** The item `index` places behind the oldest. */
  get(index: number): Item | undefined {
    if (index < 0 || index >= this.count) return undefined;
    return this.slots[(this.head + index) % this.slots.length];
  }

  /** Oldest first. */
  *[Symbol.iterator](): IterableIterator<Item> {
    for (let index = 0; index < this.count; index += 1) {
      yield present(this.slots, (this.head + index) % this.slots.length);
    }
  }

  /** Forgets all. */
  clear(): void {
    this.slots = [];
    this.head = 0;
    this.count = 0;
  }

  private grow(): void {
    const size = Math.min(this.capacity, Math.max(FIRST_SLOTS, this.slots.length * 2));
    const slots = new Array<Item | undefined>(size).fill(undefined);
    for (let index = 0; index < this.count; index += 1) slots[index] = this.get(index);
    this.slots = slots;
    this.head = 0;
  }
}
