import { assert } from "../assert.ts";

/** A map of at most `capacity` entries: a further key drops the one used longest ago. */
export class BoundedMap<Key, Value> {
  readonly capacity: number;
  /** In order of use: a map keeps the order of insertion, and using an entry inserts it anew. */
  private readonly entries = new Map<Key, Value>();
  private evicted = 0;

  constructor(capacity: number) {
    assert(Number.isSafeInteger(capacity) && capacity >= 1, `capacity ${capacity}`);
    this.capacity = capacity;
  }

  /** How many entries it holds. */
  get size(): number {
    return this.entries.size;
  }

  /** Entries dropped to make room. */
  get evictedCount(): number {
    return this.evicted;
  }

  /** Without making the entry the newest. */
  has(key: Key): boolean {
    return this.entries.has(key);
  }

  /** The value, which then counts as just used. */
  get(key: Key): Value | undefined {
    const value = this.entries.get(key);
    if (value === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, value);
    return value;
  }

  /** The value, whose place in the order of use does not change. */
  peek(key: Key): Value | undefined {
    return this.entries.get(key);
  }

  /** Makes it the newest; where there is no room, the oldest goes. */
  set(key: Key, value: Value): void {
    this.entries.delete(key);
    if (this.entries.size === this.capacity) this.evictOldest();
    this.entries.set(key, value);
  }

  /** Whether it was there. */
  delete(key: Key): boolean {
    return this.entries.delete(key);
  }

  /** The entry used longest ago comes first. */
  [Symbol.iterator](): IterableIterator<[Key, Value]> {
    return this.entries[Symbol.iterator]();
  }

  /** Forgets all. */
  clear(): void {
    this.entries.clear();
  }

  private evictOldest(): void {
    for (const key of this.entries.keys()) {
      this.entries.delete(key);
      this.evicted += 1;
      return;
    }
  }
}
