import { at } from "../../core/collections/at.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import type { CodedSymbols } from "../../core/reconcile/coded-symbols.ts";
import { mix32 } from "../../core/reconcile/index-sequence.ts";
import { KeyTable } from "../../core/reconcile/key-table.ts";
import { SymbolStream } from "../../core/reconcile/symbol-stream.ts";
import { type SeqRanges, textLanes } from "../../core/seq-ranges.ts";
import type { SketchUnit } from "./anti-entropy.messages.ts";

const TWO_32 = 4_294_967_296;
/** Keys made, indexed or spread in one step: some 3 ms. [bench/reconcile] */
const STEP_KEYS_COUNT = 4_096;
/** Most keys of one sketch. [because: each costs 40 bytes while it is needed] */
const KEYS_MAX_COUNT = 4_194_304;
/**
 * Up to so many dots a run, dots cost less than runs: a dot in a run's midst changes three runs.
 */
const DOTS_PER_RUN_MAX = 16;

interface OriginRuns {
  readonly origin: Origin;
  readonly ranges: SeqRanges;
  /** Index of its first key. */
  readonly start: number;
}

/** What a sketch of `seen` is best made of; undefined where it would be too large either way. */
export function unitFor(seen: ReadonlyDotSet): SketchUnit | undefined {
  const runs = seen.rangesCount;
  if (seen.size <= KEYS_MAX_COUNT && seen.size <= runs * DOTS_PER_RUN_MAX) return "dots";
  return runs <= KEYS_MAX_COUNT ? "runs" : undefined;
}

export function isSketchable(seen: ReadonlyDotSet, unit: SketchUnit): boolean {
  return (unit === "dots" ? seen.size : seen.rangesCount) <= KEYS_MAX_COUNT;
}

/**
 * A sketch of a set of dots as it is now, made in steps. Its items are dots or runs; as equal sets
 * have equal runs, both tell exactly what differs: the dots that another lacks are those of the
 * runs that only this one has, less those of the runs that only the other has.
 */
export class DotSketch {
  readonly unit: SketchUnit;
  /** Goes into each key: keys that collide by chance do not in another sketch. */
  readonly salt: number;
  private readonly origins: OriginRuns[] = [];
  private readonly keys: KeyTable;
  private readonly making: Iterator<undefined>;
  private readonly keysCount: number;
  private stream: SymbolStream | undefined;

  constructor(seen: ReadonlyDotSet, unit: SketchUnit, salt: number) {
    this.unit = unit;
    this.salt = salt;
    const kept = seen.clone();
    this.keysCount = unit === "dots" ? kept.size : kept.rangesCount;
    this.keys = new KeyTable(Math.max(1, this.keysCount));
    let start = 0;
    for (const origin of kept.origins()) {
      const ranges = kept.rangesOf(origin);
      if (ranges === undefined) continue;
      this.origins.push({ origin, ranges, start });
      start += unit === "dots" ? ranges.size : ranges.rangesCount;
    }
    this.making = this.makeKeys();
  }

  /** One step towards `length` symbols; true when they are there, and `slice` and `runsOf` work. */
  extend(length: number): boolean {
    if (this.keys.count < this.keysCount) {
      for (let left = STEP_KEYS_COUNT; left > 0; left -= 1) this.making.next();
      return false;
    }
    if (!this.keys.indexSome(STEP_KEYS_COUNT)) return false;
    this.stream ??= new SymbolStream(this.keys);
    return this.stream.extend(length, STEP_KEYS_COUNT);
  }

  /** Of how many keys. */
  get total(): number {
    return this.keysCount;
  }

  slice(first: number, count: number): CodedSymbols | undefined {
    return this.stream?.slice(first, count);
  }

  /** The runs that these keys stand for; keys that stand for none are not in it. */
  runsOf(wanted: KeyTable): DotSet {
    const indexes: number[] = [];
    for (let key = 0; key < wanted.count; key += 1) {
      const index = this.keys.find(wanted.lowOf(key), wanted.highOf(key));
      if (index >= 0) indexes.push(index);
    }
    indexes.sort((a, b) => a - b);
    const runs = new DotSet();
    let place = 0;
    let walk = new Walk(this.origins[0]);
    for (const index of indexes) {
      while (place + 1 < this.origins.length && at(this.origins, place + 1).start <= index) {
        place += 1;
        walk = new Walk(this.origins[place]);
      }
      if (this.unit === "runs") walk.addRange(index, runs);
      else walk.addDot(index, runs);
    }
    return runs;
  }

  /** True when one of `keys` stands for nothing here: then they are no difference from this set. */
  lacksAny(keys: KeyTable): boolean {
    for (let key = 0; key < keys.count; key += 1) {
      if (this.keys.find(keys.lowOf(key), keys.highOf(key)) < 0) return true;
    }
    return false;
  }

  private *makeKeys(): Iterator<undefined> {
    for (const { origin, ranges } of this.origins) {
      const lanes = textLanes(origin);
      const low = mix32(lanes.low, this.salt);
      const high = mix32(lanes.high, ~this.salt);
      for (let range = 0; range < ranges.rangesCount; range += 1) {
        const [first, last] = [ranges.firstOf(range), ranges.lastOf(range)];
        if (this.unit === "runs") {
          this.addKey(low, high, first, last);
          yield;
        } else {
          for (let seq = first; seq <= last; seq += 1) {
            this.addKey(low, high, seq, seq);
            yield;
          }
        }
      }
    }
  }

  private addKey(low: number, high: number, first: number, last: number): void {
    const [firstHigh, lastHigh] = [Math.floor(first / TWO_32), Math.floor(last / TWO_32)];
    const far = firstHigh * 31 + lastHigh;
    this.keys.add(
      mix32(mix32(mix32(low, first | 0), last | 0), far) >>> 0,
      mix32(mix32(mix32(high, last | 0), first | 0), far) >>> 0,
    );
  }
}

/** Goes through the ranges of one origin, for indexes that ascend. */
class Walk {
  private readonly runs: OriginRuns | undefined;
  private range = 0;
  /** Index of the first dot of `range`. */
  private base: number;

  constructor(runs: OriginRuns | undefined) {
    this.runs = runs;
    this.base = runs?.start ?? 0;
  }

  addRange(index: number, to: DotSet): void {
    if (this.runs === undefined) return;
    const { origin, ranges, start } = this.runs;
    to.addRange(origin, ranges.firstOf(index - start), ranges.lastOf(index - start));
  }

  addDot(index: number, to: DotSet): void {
    if (this.runs === undefined) return;
    const { origin, ranges } = this.runs;
    while (this.range < ranges.rangesCount) {
      const [first, last] = [ranges.firstOf(this.range), ranges.lastOf(this.range)];
      const length = last - first + 1;
      if (index < this.base + length) {
        to.addRange(origin, first + index - this.base, first + index - this.base);
        return;
      }
      this.base += length;
      this.range += 1;
    }
  }
}
