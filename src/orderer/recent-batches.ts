import { RingBuffer } from "../core/collections/ring-buffer.ts";
import type { EtcdOptions } from "./etcd.options.ts";
import type { PlacedBatch } from "./feed.ts";

/** What was heard last, without gaps: who is a little behind need not read it again. */
export class RecentBatches {
  private readonly options: EtcdOptions;
  private readonly batches: RingBuffer<PlacedBatch>;
  private bytes = 0;

  constructor(options: EtcdOptions) {
    this.options = options;
    this.batches = new RingBuffer(Math.max(1, options.recentMaxCount));
  }

  add(placed: PlacedBatch): void {
    while (this.batches.isFull || this.bytes > this.options.recentMaxBytes) {
      const dropped = this.batches.takeFirst();
      if (dropped === undefined) break;
      this.bytes -= dropped.bytes;
    }
    this.batches.push(placed);
    this.bytes += placed.bytes;
  }

  clear(): void {
    this.batches.clear();
    this.bytes = 0;
  }

  /** Batches behind `told` with about `maxCount` commands; undefined when some are not here. */
  behind(told: number, maxCount: number): PlacedBatch[] | undefined {
    const first = this.batches.get(0)?.first;
    if (first === undefined || told < first - 1) return undefined;
    const found: PlacedBatch[] = [];
    let count = 0;
    for (const placed of this.batches) {
      if (placed.last <= told) continue;
      if (count >= maxCount) break;
      count += placed.last - placed.first + 1;
      found.push(placed);
    }
    return found;
  }
}
