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

  /** How many there are. */
  get count(): number {
    return this.end - this.start;
  }

  /** Slot of the one that is `ahead` places behind the first. */
  slotAt(ahead: number): number {
    return this.slots[this.start + ahead] ?? 0;
  }

  /** Adds one that is later than all before the last `settle`; another `settle` must follow. */
  append(slot: number, due: number): void {
    if (this.end === this.slots.length) this.makeRoom();
    this.slots[this.end] = slot;
    this.dues[this.end] = due;
    this.end += 1;
  }

  /** Puts the last `count`, which were appended last put first, into their order. */
  settle(count: number): void {
    if (count < 2) return;
    const from = this.end - count;
    this.reverse(from);
    if (count <= SMALL_COUNT) this.sortRange(from, this.end);
    else this.sortLarge(from);
  }

  private reverse(from: number): void {
    const { slots, dues } = this;
    for (let left = from, right = this.end - 1; left < right; left += 1, right -= 1) {
      const slot = slots[left] ?? 0;
      slots[left] = slots[right] ?? 0;
      slots[right] = slot;
      const due = dues[left] ?? 0;
      dues[left] = dues[right] ?? 0;
      dues[right] = due;
    }
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
  private sortLarge(first: number): void {
    const { end } = this;
    if (this.isSorted(first)) return;
    for (let from = first; from < end; from += SMALL_COUNT) {
      this.sortRange(from, Math.min(from + SMALL_COUNT, end));
    }
    for (let width = SMALL_COUNT; width < end - first; width *= 2) {
      for (let from = first; from < end; from += 2 * width) {
        const middle = Math.min(from + width, end);
        this.merge(from, middle, Math.min(middle + width, end));
      }
      this.slots.set(this.spareSlots.subarray(first, end), first);
      this.dues.set(this.spareDues.subarray(first, end), first);
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

  private isSorted(from: number): boolean {
    for (let at = from + 1; at < this.end; at += 1) {
      if (this.dueAt(at - 1) > this.dueAt(at)) return false;
    }
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
