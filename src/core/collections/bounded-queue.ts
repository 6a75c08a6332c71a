import { RingBuffer } from "./ring-buffer.ts";

/** What gives way when a queue is full: its oldest item, the new one, or the one who offers it. */
export type QueuePolicy = "dropOldest" | "dropNewest" | "reject";

/** What became of an offered item. After "droppedOldest" it stands in the queue. */
export type OfferOutcome = "queued" | "droppedOldest" | "droppedNewest" | "rejected";

/**
 * A first-in, first-out queue with a bound, a rule for reaching it, and a count of what that cost.
 */
export class BoundedQueue<Item> {
  readonly policy: QueuePolicy;
  private readonly items: RingBuffer<Item>;
  private dropped = 0;
  private rejected = 0;

  constructor(capacity: number, policy: QueuePolicy) {
    this.items = new RingBuffer(capacity);
    this.policy = policy;
  }

  /** How many wait. */
  get size(): number {
    return this.items.size;
  }

  /** Most that wait. */
  get capacity(): number {
    return this.items.capacity;
  }

  /** Items lost to a full queue under "dropOldest" and "dropNewest". */
  get droppedCount(): number {
    return this.dropped;
  }

  /** Items turned away under "reject". */
  get rejectedCount(): number {
    return this.rejected;
  }

  /** What came of it, by the queue's policy where it is full. */
  offer(item: Item): OfferOutcome {
    if (!this.items.isFull) {
      this.items.push(item);
      return "queued";
    }
    if (this.policy === "reject") {
      this.rejected += 1;
      return "rejected";
    }
    this.dropped += 1;
    if (this.policy === "dropNewest") return "droppedNewest";
    this.items.takeFirst();
    this.items.push(item);
    return "droppedOldest";
  }

  /** Removes and returns the oldest item; undefined when there is none. */
  takeFirst(): Item | undefined {
    return this.items.takeFirst();
  }

  /** Oldest first. */
  [Symbol.iterator](): IterableIterator<Item> {
    return this.items[Symbol.iterator]();
  }

  /** Forgets all that wait. */
  clear(): void {
    this.items.clear();
  }
}
