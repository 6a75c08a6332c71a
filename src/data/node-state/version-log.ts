import { at } from "../../core/collections/at.ts";
import type { StateEntry } from "./node-state.messages.ts";

/** What was overwritten is dropped when it is more than this, and more than half. */
const DEAD_MIN_COUNT = 32;

/**
 * The entries of one state by version, so that those above a version are found at once. An entry
 * that another one of its key has replaced stays in place for a while, and is passed over.
 */
export class VersionLog<Entry extends StateEntry> {
  private entries: Entry[] = [];
  private readonly current: ReadonlyMap<string, Entry>;

  /** `current` says which entries stand. */
  constructor(current: ReadonlyMap<string, Entry>) {
    this.current = current;
  }

  /** Of a higher version than all before. */
  append(entry: Entry): void {
    this.entries.push(entry);
    const { length } = this.entries;
    if (length < 2 * this.current.size + DEAD_MIN_COUNT) return;
    this.entries = this.entries.filter((one) => this.current.get(one.key) === one);
  }

  clear(): void {
    this.entries = [];
  }

  /** Ascending. */
  *after(version: number): Generator<Entry, undefined, undefined> {
    const { current, entries } = this;
    for (let index = this.indexAfter(version); index < entries.length; index += 1) {
      const entry = at(entries, index);
      if (current.get(entry.key) === entry) yield entry;
    }
    return undefined;
  }

  countAfter(version: number): number {
    const { current, entries } = this;
    let count = 0;
    for (let index = this.indexAfter(version); index < entries.length; index += 1) {
      const entry = at(entries, index);
      if (current.get(entry.key) === entry) count += 1;
    }
    return count;
  }

  private indexAfter(version: number): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (at(this.entries, middle).version <= version) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
