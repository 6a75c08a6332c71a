const FIRST_CAPACITY = 64;
/** Slots fit in 26 bits, so a slot and its use number share one safe integer. */
const SLOT_RANGE = 2 ** 26;
const USE_RANGE = 2 ** 27;

/**
 * Names one item in a `DueQueue`; never reused while 2^27 later uses of its slot have not happened.
 */
export type DueKey = number;

/**
 * Items that fall due in order of time, and among equal times in the order they were put in. A
 * binary heap over typed arrays: nothing is allocated per item beyond the item, and taking one out
 * of the middle costs O(log n) and leaves no garbage behind.
 */
export class DueQueue<Item> {
  private heap = new Uint32Array(FIRST_CAPACITY);
  private place = new Uint32Array(FIRST_CAPACITY);
  private uses = new Uint32Array(FIRST_CAPACITY);
  private due = new Float64Array(FIRST_CAPACITY);
  private order = new Float64Array(FIRST_CAPACITY);
  private readonly items: (Item | undefined)[] = [];
  private readonly free: number[] = [];
  private nextOrder = 0;
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Time of the first item; Infinity when there is none. */
  get nextDue(): number {
    return this.count === 0 ? Number.POSITIVE_INFINITY : this.dueOf(this.slotAt(0));
  }

  put(due: number, item: Item): DueKey {
    const slot = this.takeSlot();
    this.due[slot] = due;
    this.order[slot] = this.nextOrder;
    this.nextOrder += 1;
    this.items[slot] = item;
    this.count += 1;
    this.rise(slot, this.count - 1);
    return this.useOf(slot) * SLOT_RANGE + slot;
  }

  /** Removes and returns the first item. */
  takeNext(): Item | undefined {
    if (this.count === 0) return undefined;
    return this.takeSlotOut(this.slotAt(0));
  }

  /** Removes and returns the item of `key`; undefined when it is no longer there. */
  take(key: DueKey): Item | undefined {
    const slot = key % SLOT_RANGE;
    if (slot >= this.items.length || this.items[slot] === undefined) return undefined;
    if (this.useOf(slot) !== Math.floor(key / SLOT_RANGE)) return undefined;
    return this.takeSlotOut(slot);
  }

  clear(): void {
    while (this.count > 0) this.takeSlotOut(this.slotAt(this.count - 1));
  }

  private takeSlotOut(slot: number): Item | undefined {
    const item = this.items[slot];
    const hole = this.place[slot] ?? 0;
    this.items[slot] = undefined;
    this.uses[slot] = (this.useOf(slot) + 1) % USE_RANGE;
    this.free.push(slot);
    this.count -= 1;
    if (hole !== this.count) {
      const last = this.slotAt(this.count);
      if (hole > 0 && this.isBefore(last, this.slotAt((hole - 1) >> 1))) this.rise(last, hole);
      else this.sink(last, hole);
    }
    return item;
  }

  private takeSlot(): number {
    const slot = this.free.pop();
    if (slot !== undefined) return slot;
    const next = this.items.length;
    if (next >= SLOT_RANGE) throw new RangeError("more than 2^26 things are due at once");
    if (next >= this.heap.length) this.grow();
    this.items.push(undefined);
    return next;
  }

  private grow(): void {
    const capacity = this.heap.length * 2;
    this.heap = copyInto(new Uint32Array(capacity), this.heap);
    this.place = copyInto(new Uint32Array(capacity), this.place);
    this.uses = copyInto(new Uint32Array(capacity), this.uses);
    this.due = copyInto(new Float64Array(capacity), this.due);
    this.order = copyInto(new Float64Array(capacity), this.order);
  }

  private rise(slot: number, from: number): void {
    let at = from;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.slotAt(parentAt);
      if (!this.isBefore(slot, parent)) break;
      this.settle(parent, at);
      at = parentAt;
    }
    this.settle(slot, at);
  }

  private sink(slot: number, from: number): void {
    let at = from;
    for (;;) {
      let childAt = 2 * at + 1;
      if (childAt >= this.count) break;
      let child = this.slotAt(childAt);
      if (childAt + 1 < this.count) {
        const right = this.slotAt(childAt + 1);
        if (this.isBefore(right, child)) {
          child = right;
          childAt += 1;
        }
      }
      if (!this.isBefore(child, slot)) break;
      this.settle(child, at);
      at = childAt;
    }
    this.settle(slot, at);
  }

  private settle(slot: number, at: number): void {
    this.heap[at] = slot;
    this.place[slot] = at;
  }

  private isBefore(a: number, b: number): boolean {
    const dueA = this.dueOf(a);
    const dueB = this.dueOf(b);
    return dueA < dueB || (dueA === dueB && (this.order[a] ?? 0) < (this.order[b] ?? 0));
  }

  private slotAt(at: number): number {
    return this.heap[at] ?? 0;
  }

  private dueOf(slot: number): number {
    return this.due[slot] ?? 0;
  }

  private useOf(slot: number): number {
    return this.uses[slot] ?? 0;
  }
}

function copyInto<A extends Uint32Array | Float64Array>(larger: A, smaller: A): A {
  larger.set(smaller);
  return larger;
}
