import { ByteReader, ByteWriter } from "../../core/varint.ts";

/** Longest item, in UTF-8. [because: it stands in every record] */
const ITEM_MAX_BYTES = 256;

/** How often an item was counted: not less than `atLeast`, not more than `atMost`. */
export interface Hitter {
  readonly item: string;
  readonly atLeast: number;
  readonly atMost: number;
}

/**
 * The items counted most often, in a bounded table: a further item takes away from all what it
 * adds. So counts are too low by at most `lost`, which is at most N / (k + 1) of N counted.
 * [Misra and Gries 1982; merged as in Agarwal et al. 2012; spec aggregation §7]
 */
export class HeavyHitters {
  private readonly maxCount: number;
  private readonly counts: Map<string, number>;
  private lostCount = 0;

  constructor(maxCount: number) {
    this.maxCount = maxCount;
    this.counts = new Map();
  }

  /** By how much counts may be too low. */
  get lost(): number {
    return this.lostCount;
  }

  add(item: string, by = 1): void {
    if (!(by > 0)) return;
    this.counts.set(item, (this.counts.get(item) ?? 0) + by);
    this.cut();
  }

  merge(other: HeavyHitters): void {
    for (const [item, count] of other.counts) {
      this.counts.set(item, (this.counts.get(item) ?? 0) + count);
    }
    this.lostCount += other.lostCount;
    this.cut();
  }

  /** The most frequent ones first; of equal ones by name. */
  top(): Hitter[] {
    return [...this.counts]
      .sort(([a, one], [b, other]) => (one === other ? (a < b ? -1 : 1) : other - one))
      .map(([item, count]) => ({ item, atLeast: count, atMost: count + this.lostCount }));
  }

  /** lost varint ‖ count varint ‖ (item text ‖ count varint)…; counts are whole. */
  encode(): Uint8Array {
    const writer = new ByteWriter();
    writer.varint(Math.ceil(this.lostCount));
    writer.varint(this.counts.size);
    for (const { atLeast, item } of this.top()) {
      writer.text(item);
      writer.varint(Math.floor(atLeast));
    }
    return writer.finish();
  }

  /** undefined of what is no such table. */
  static decode(bytes: Uint8Array, maxCount: number): HeavyHitters | undefined {
    const reader = new ByteReader(bytes);
    const lost = reader.varint();
    const count = reader.varint();
    if (lost === undefined || count === undefined || count > bytes.length) return undefined;
    const hitters = new HeavyHitters(Math.max(maxCount, 1));
    const read: [string, number][] = [];
    while (read.length < count) {
      const item = reader.text();
      const times = reader.varint();
      if (item === undefined || times === undefined) return undefined;
      read.push([item, times]);
    }
    for (const [item, times] of read) if (times > 0) hitters.counts.set(item, times);
    hitters.lostCount = lost;
    hitters.cut();
    return hitters;
  }

  /** Takes the (k + 1)-th largest count from all. */
  private cut(): void {
    if (this.counts.size <= this.maxCount) return;
    const sorted = [...this.counts.values()].sort((a, b) => b - a);
    const taken = sorted[this.maxCount] ?? 0;
    this.lostCount += taken;
    for (const [item, count] of [...this.counts]) {
      if (count <= taken) this.counts.delete(item);
      else this.counts.set(item, count - taken);
    }
  }
}

/** The item as it is counted: a longer one would not fit. undefined: it is none. */
export function hitterItem(item: string): string | undefined {
  return item.length > 0 && item.length <= ITEM_MAX_BYTES / 4 ? item : undefined;
}
