import { assert } from "../core/assert.ts";
import { at } from "../core/collections/at.ts";
import type { JournalPosition } from "../core/env.ts";
import { type Entry, entryBytes } from "./entry.ts";

/** An index and the term of the entry there. */
export interface LogPoint {
  readonly index: number;
  readonly term: number;
}

/** The entries that are still held as such: all behind `base`. */
export class RaftLog {
  /** The last entry that was compacted away; index 0 and term 0 when none was. */
  private base: LogPoint = { index: 0, term: 0 };
  private entries: Entry[] = [];
  /** Where each entry stands in the journal; ascending, for a replaced suffix is written anew. */
  private positions: JournalPosition[] = [];
  private bytesCount = 0;

  get baseIndex(): number {
    return this.base.index;
  }

  get lastIndex(): number {
    return this.base.index + this.entries.length;
  }

  get lastTerm(): number {
    return this.entries.at(-1)?.term ?? this.base.term;
  }

  /** Of all entries held. */
  get bytes(): number {
    return this.bytesCount;
  }

  /** undefined below the base and behind the end. */
  termAt(index: number): number | undefined {
    return index === this.base.index ? this.base.term : this.entryAt(index)?.term;
  }

  entryAt(index: number): Entry | undefined {
    return this.entries[index - this.base.index - 1];
  }

  has({ index, term }: LogPoint): boolean {
    return this.termAt(index) === term;
  }

  /** Where the entry stands in the journal. The caller knows that it is held. */
  positionAt(index: number): JournalPosition {
    return at(this.positions, index - this.base.index - 1);
  }

  append(entry: Entry, position: JournalPosition): void {
    assert(entry.index === this.lastIndex + 1, `entry ${entry.index} behind ${this.lastIndex}`);
    assert(entry.term >= this.lastTerm, `term ${entry.term} behind ${this.lastTerm}`);
    this.entries.push(entry);
    this.positions.push(position);
    this.bytesCount += entryBytes(entry);
  }

  /** Drops the entries from `index` on. */
  truncateFrom(index: number): void {
    assert(index > this.base.index, `${index} is compacted up to ${this.base.index}`);
    const kept = index - this.base.index - 1;
    for (const dropped of this.entries.splice(kept)) this.bytesCount -= entryBytes(dropped);
    this.positions.length = Math.min(this.positions.length, kept);
  }

  /** Forgets the entries up to `index`, which is held. */
  compactTo(index: number): void {
    const term = this.termAt(index);
    assert(term !== undefined, `no entry ${index} to compact to`);
    const count = index - this.base.index;
    for (const dropped of this.entries.splice(0, count)) this.bytesCount -= entryBytes(dropped);
    this.positions.splice(0, count);
    this.base = { index, term };
  }

  /** Forgets everything; the next entry comes behind `base`. */
  reset(base: LogPoint): void {
    this.base = base;
    this.entries = [];
    this.positions = [];
    this.bytesCount = 0;
  }

  /** Entries from `from` on, cut at `maxBytes` but at least one. */
  slice(from: number, { maxBytes, maxCount, upTo = this.lastIndex }: SliceBounds): Entry[] {
    const taken: Entry[] = [];
    const last = Math.min(upTo, this.lastIndex);
    let bytes = 0;
    for (let index = from; index <= last && taken.length < maxCount; index += 1) {
      const entry = at(this.entries, index - this.base.index - 1);
      bytes += entryBytes(entry);
      if (taken.length > 0 && bytes > maxBytes) break;
      taken.push(entry);
    }
    return taken;
  }

  /** The last index up to which the journal holds everything, if it does up to `position`. */
  durableIndex(position: JournalPosition): number {
    let low = 0;
    let high = this.positions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (at(this.positions, middle) <= position) low = middle + 1;
      else high = middle;
    }
    return this.base.index + low;
  }

  /** Whether a log that ends so is at least as good as this one. [Ongaro 2014 §3.6.1] */
  isSurpassedBy({ index, term }: LogPoint): boolean {
    return term > this.lastTerm || (term === this.lastTerm && index >= this.lastIndex);
  }

  /**
   * The last entry at or before `index` whose term is at most `term`: so a leader and a follower
   * find where they agree by whole terms. [Ongaro 2014 §3.5; spec raft §10.6]
   */
  lastOfTerm({ index, term }: LogPoint): LogPoint {
    let found = Math.min(index, this.lastIndex);
    while (found > this.base.index && (this.termAt(found) ?? 0) > term) found -= 1;
    return { index: found, term: this.termAt(found) ?? 0 };
  }
}

export interface SliceBounds {
  readonly maxBytes: number;
  readonly maxCount: number;
  /** Default the end of the log. */
  readonly upTo?: number;
}
