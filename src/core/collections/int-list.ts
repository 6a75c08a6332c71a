import { at } from "./at.ts";

const FIRST_CAPACITY = 8;
/** Room grows by half, so that at most a third of it is idle. */
const GROWTH_RATIO = 1.5;

/** A list of whole 32-bit numbers, 4 bytes each and no object. */
export class IntList {
  private items = new Int32Array(FIRST_CAPACITY);
  private count = 0;

  get length(): number {
    return this.count;
  }

  /** The number at `index`, which the caller knows to be below `length`. */
  at(index: number): number {
    return at(this.items, index);
  }

  set(index: number, value: number): void {
    this.items[index] = value;
  }

  push(value: number): void {
    if (this.count === this.items.length) {
      const larger = new Int32Array(Math.ceil(this.count * GROWTH_RATIO));
      larger.set(this.items);
      this.items = larger;
    }
    this.items[this.count] = value;
    this.count += 1;
  }

  /** Exchanges two places and returns what now stands at the first. */
  swap(first: number, second: number): number {
    const found = at(this.items, second);
    this.items[second] = at(this.items, first);
    this.items[first] = found;
    return found;
  }

  /** Puts `renumber` of each number in its place; those below 0 fall out, the order stays. */
  renumber(renumber: (value: number) => number): void {
    let kept = 0;
    for (let index = 0; index < this.count; index += 1) {
      const value = renumber(at(this.items, index));
      if (value < 0) continue;
      this.items[kept] = value;
      kept += 1;
    }
    this.count = kept;
    // Room for twice of what is there is given back.
    if (this.items.length > FIRST_CAPACITY && kept * 2 < this.items.length) {
      this.items = this.items.slice(0, Math.max(FIRST_CAPACITY, kept));
    }
  }
}
