import type { MonitorCounters } from "./monitor.contract.ts";
import type { MonitorOptions } from "./monitor.options.ts";

interface Aged {
  readonly seq: number;
  readonly ageMs: number;
}

interface Held<Item> {
  readonly item: Item;
  readonly heardAtMs: number;
}

export interface RecordClocks {
  now(): number;
  wallClock(): number;
}

/**
 * The newest record of each origin, until it expires: `ageMs` adds up over all who hold it, so that
 * no clock but the monotonic one of each holder counts. [spec aggregation §8]
 */
export class NewestRecords<Key, Item extends Aged> {
  private readonly clocks: RecordClocks;
  private readonly options: Pick<
    MonitorOptions,
    "sampleIntervalMs" | "seqAheadMaxMs" | "ttlPeriodsCount"
  >;
  private readonly counters: MonitorCounters;
  private readonly held = new Map<Key, Held<Item>>();
  private next = 0;

  constructor(
    clocks: RecordClocks,
    options: Pick<MonitorOptions, "sampleIntervalMs" | "seqAheadMaxMs" | "ttlPeriodsCount">,
    counters: MonitorCounters,
  ) {
    this.clocks = clocks;
    this.options = options;
    this.counters = counters;
  }

  private get ttlMs(): number {
    return this.options.sampleIntervalMs * this.options.ttlPeriodsCount;
  }

  seqOf(key: Key): number {
    return this.held.get(key)?.item.seq ?? 0;
  }

  /** As old as it is now. */
  get(key: Key): Item | undefined {
    const held = this.held.get(key);
    return held && this.aged(held);
  }

  all(): Item[] {
    return [...this.held.values()].map((held) => this.aged(held));
  }

  keys(): Key[] {
    return [...this.held.keys()];
  }

  /**
   * A number for the next record of `key` by this node: later than all that was heard, and of a
   * later life later still, for the clock has turned.
   */
  nextSeq(key: Key): number {
    return Math.max(this.seqOf(key) + 1, Math.floor(this.clocks.wallClock()), 1);
  }

  put(key: Key, item: Item): void {
    this.held.set(key, { item, heardAtMs: this.clocks.now() });
  }

  /** True when it is news. */
  take(key: Key, item: Item): boolean {
    if (item.seq > this.clocks.wallClock() + this.options.seqAheadMaxMs) {
      this.counters.add("monitor.dropped.ahead");
      return false;
    }
    if (item.seq <= this.seqOf(key) || item.ageMs > this.ttlMs) return false;
    this.put(key, item);
    return true;
  }

  /** What the others have not, as it seems: from another place each time, and as much as fits. */
  lackedBy(seqs: ReadonlyMap<Key, number>, fits: (item: Item) => boolean): Item[] {
    const lacked: Held<Item>[] = [];
    for (const [key, held] of this.held) {
      if ((seqs.get(key) ?? Number.POSITIVE_INFINITY) < held.item.seq) lacked.push(held);
    }
    if (lacked.length === 0) return [];
    this.next = (this.next + 1) % lacked.length;
    const turned = [...lacked.slice(this.next), ...lacked.slice(0, this.next)];
    const taken = turned.map((held) => this.aged(held)).filter(fits);
    if (taken.length < lacked.length) {
      this.counters.add("monitor.cut", lacked.length - taken.length);
    }
    return taken;
  }

  expire(keeps: (key: Key) => boolean): void {
    for (const [key, held] of [...this.held]) {
      if (this.aged(held).ageMs > this.ttlMs || !keeps(key)) this.held.delete(key);
    }
  }

  private aged({ heardAtMs, item }: Held<Item>): Item {
    return { ...item, ageMs: Math.round(item.ageMs + this.clocks.now() - heardAtMs) };
  }
}
