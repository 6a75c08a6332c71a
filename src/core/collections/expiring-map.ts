import { assert } from "../assert.ts";
import { BoundedMap } from "./bounded-map.ts";

interface Entry<Value> {
  readonly value: Value;
  readonly expiresAt: number;
}

/**
 * A map whose entries live for one and the same time after they were set, at most `capacity` of
 * them. The caller passes the time, which must not go back. A further key drops the entry that
 * would expire first.
 */
export class ExpiringMap<Key, Value> {
  readonly ttlMs: number;
  /** All live equally long, so the order of insertion is the order of expiry. */
  private readonly entries: BoundedMap<Key, Entry<Value>>;

  constructor(ttlMs: number, capacity: number) {
    assert(ttlMs >= 0, `ttl ${ttlMs}`);
    this.ttlMs = ttlMs;
    this.entries = new BoundedMap(capacity);
  }

  /** Entries it may hold. */
  get capacity(): number {
    return this.entries.capacity;
  }

  /** Entries held, some of which may have expired since the last call that was given the time. */
  get size(): number {
    return this.entries.size;
  }

  /** Entries dropped before their time to make room. */
  get evictedCount(): number {
    return this.entries.evictedCount;
  }

  /** Sets a value, whose life begins now even if the key was there. */
  set(key: Key, value: Value, nowMs: number): void {
    this.expire(nowMs);
    this.entries.set(key, { value, expiresAt: nowMs + this.ttlMs });
  }

  /** What has expired is not there. */
  get(key: Key, nowMs: number): Value | undefined {
    const entry = this.entries.peek(key);
    return entry !== undefined && entry.expiresAt > nowMs ? entry.value : undefined;
  }

  /** Whether it is there, and has not expired. */
  has(key: Key, nowMs: number): boolean {
    const entry = this.entries.peek(key);
    return entry !== undefined && entry.expiresAt > nowMs;
  }

  /** Whether it was there, expired or not. */
  delete(key: Key): boolean {
    return this.entries.delete(key);
  }

  /** Drops what has expired; returns how many. */
  expire(nowMs: number): number {
    let count = 0;
    for (const [key, entry] of this.entries) {
      if (entry.expiresAt > nowMs) break;
      this.entries.delete(key);
      count += 1;
    }
    return count;
  }

  /** Forgets all. */
  clear(): void {
    this.entries.clear();
  }
}
