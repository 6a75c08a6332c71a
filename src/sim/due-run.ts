const FIRST_CAPACITY = 64;
/** Up to here the simple way to sort is also the fast one. */
const SMALL_COUNT = 24;

/**
 * The events that come next, in order: by time, and those of one time as they were put in. Typed
 * arrays, used again and again.
 */
export class DueRun {
  private slots = new Int32Array(FIRST_CAPACITY);
  private dues = new Float64Array(FIRST_CAPACITY);
  private spareSlots = new Int32Array(FIRST_CAPACITY);
  private spareDues = new Float64Array(FIRST_CAPACITY);
  private start = 0;
  private end = 0;

  get isEmpty(): boolean {
    return this.start === this.end;
  }

  /** Slot and time of the first; only when there is one. */
  get firstSlot(): number {
    return this.slots[this.start] ?? 0;
  }

  get firstDue(): number {
    return this.dues[this.start] ?? 0;
  }

  dropFirst(): void {
    this.start += 1;
    if (this.start === this.end) {
      this.start = 0;
      this.end = 0;
    }
  }

  /** Puts one among those that are there, behind all of the same time. */
  insert(slot: number, due: number): void {
    this.makeRoom();
    let at = this.end;
    this.end += 1;
    if (at > this.start && this.dueAt(at - 1) > due) {
      const place = this.placeOf(due);
      this.slots.copyWithin(place + 1, place, at);
      this.dues.copyWithin(place + 1, place, at);
      at = place;
    }
    this.slots[at] = slot;
    this.dues[at] = due;
  }

  /** For filling an empty run, last put first; `settle` must follow. */
  append(slot: number, due: number): void {
    if (this.end === this.slots.length) this.makeRoom();
    this.slots[this.end] = slot;
    this.dues[this.end] = due;
    this.end += 1;
  }

  /** Puts what was appended last put first into its order. */
  settle(): void {
    const count = this.end;
    if (count < 2) return;
    this.slots.subarray(0, count).reverse();
    this.dues.subarray(0, count).reverse();
    if (count <= SMALL_COUNT) this.sortRange(0, count);
    else this.sortLarge(count);
  }

  /** Insertion sort, which keeps the order of equals. */
  private sortRange(from: number, to: number): void {
    const { slots, dues } = this;
    for (let next = from + 1; next < to; next += 1) {
      const due = dues[next] ?? 0;
      let at = next;
      while (at > from && (dues[at - 1] ?? 0) > due) at -= 1;
      if (at === next) continue;
      const slot = slots[next] ?? 0;
      for (let hole = next; hole > at; hole -= 1) {
        slots[hole] = slots[hole - 1] ?? 0;
        dues[hole] = dues[hole - 1] ?? 0;
      }
      slots[at] = slot;
      dues[at] = due;
    }
  }

  /** Merge sort from the bottom up: keeps the order of equals, allocates nothing. */
  private sortLarge(count: number): void {
    if (this.isSorted(count)) return;
    for (let from = 0; from < count; from += SMALL_COUNT) {
      this.sortRange(from, Math.min(from + SMALL_COUNT, count));
    }
    for (let width = SMALL_COUNT; width < count; width *= 2) {
      for (let from = 0; from < count; from += 2 * width) {
        const middle = Math.min(from + width, count);
        this.merge(from, middle, Math.min(middle + width, count));
      }
      [this.slots, this.spareSlots] = [this.spareSlots, this.slots];
      [this.dues, this.spareDues] = [this.spareDues, this.dues];
    }
  }

  private merge(from: number, middle: number, to: number): void {
    const { slots, dues, spareSlots, spareDues } = this;
    let left = from;
    let right = middle;
    for (let at = from; at < to; at += 1) {
      const isLeft = left < middle && (right >= to || (dues[left] ?? 0) <= (dues[right] ?? 0));
      const next = isLeft ? left : right;
      spareSlots[at] = slots[next] ?? 0;
      spareDues[at] = dues[next] ?? 0;
      if (isLeft) left += 1;
      else right += 1;
    }
  }

  private isSorted(count: number): boolean {
    for (let at = 1; at < count; at += 1) if (this.dueAt(at - 1) > this.dueAt(at)) return false;
    return true;
  }

  /** Where the first stands that is later than `due`. */
  private placeOf(due: number): number {
    let low = this.start;
    let high = this.end - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.dueAt(middle) > due) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private dueAt(at: number): number {
    return this.dues[at] ?? 0;
  }

  private makeRoom(): void {
    const count = this.end - this.start;
    if (this.end < this.slots.length) return;
    if (this.start > count) {
      this.slots.copyWithin(0, this.start, this.end);
      this.dues.copyWithin(0, this.start, this.end);
    } else {
      const capacity = this.slots.length * 2;
      const [slots, dues] = [new Int32Array(capacity), new Float64Array(capacity)];
      slots.set(this.slots.subarray(this.start, this.end));
      dues.set(this.dues.subarray(this.start, this.end));
      this.slots = slots;
      this.dues = dues;
      this.spareSlots = new Int32Array(capacity);
      this.spareDues = new Float64Array(capacity);
    }
    this.start = 0;
    this.end = count;
  }
}
