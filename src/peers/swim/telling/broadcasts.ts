import { TransmitQueue } from "../../../core/collections/transmit-queue.ts";
import { retransmitLimit } from "../formulas.ts";
import type { SwimSizes } from "../swim.contract.ts";
import type { SwimMessage } from "../swim.messages.ts";
import { COMPOUND_PART_BYTES } from "../wire/packet-budget.ts";

interface Broadcast {
  readonly key: string;
  readonly byteLength: number;
  readonly message: SwimMessage;
  /** How often it is still queued anew when it was sent its full count. */
  repeatsLeft: number;
}

export interface BroadcastWish {
  /** Told when it has been sent its full count, or was replaced. */
  readonly onSent?: () => void;
  /** How often it is sent its full count once more. */
  readonly repeatsCount?: number;
}

/** Somebody who wants to know when a broadcast has been sent its full count. */
interface Waiter {
  readonly broadcast: Broadcast;
  readonly onSent: () => void;
  sentCount: number;
}

export interface TakenBroadcasts {
  readonly messages: SwimMessage[];
  /** What they cost in a compound. */
  readonly bytes: number;
}

/**
 * Claims on their way to everybody, each sent a number of times that grows with the logarithm of
 * the cluster. A newer claim about a member replaces the waiting one, so the queue never holds more
 * than one for each key. Source: spec section 16.
 */
export class Broadcasts {
  private readonly queued = new TransmitQueue<Broadcast>();
  private readonly sizes: SwimSizes;
  private readonly retransmitMultiplier: number;
  /** At most one a key, and only this node's own goodbye and meta have one. */
  private readonly waiters = new Map<string, Waiter>();

  constructor(sizes: SwimSizes, retransmitMultiplier: number) {
    this.sizes = sizes;
    this.retransmitMultiplier = retransmitMultiplier;
  }

  get isEmpty(): boolean {
    return this.queued.size === 0;
  }

  /** Queues `message`, in place of the one filed under `key`, whose waiter is told. */
  queue(key: string, message: SwimMessage, wish: BroadcastWish = {}): void {
    const { onSent, repeatsCount: repeatsLeft = 0 } = wish;
    const byteLength = this.sizes.byteLength(message);
    const broadcast: Broadcast = { key, byteLength, message, repeatsLeft };
    this.queued.queue(broadcast);
    const replaced = this.waiters.get(key);
    this.waiters.delete(key);
    if (onSent !== undefined) this.waiters.set(key, { broadcast, onSent, sentCount: 0 });
    replaced?.onSent();
  }

  /** For one packet: what fits into `budgetBytes`, each counted as sent once more. */
  take(budgetBytes: number, nodesCount: number): TakenBroadcasts {
    if (this.isEmpty) return { messages: [], bytes: 0 };
    const limit = retransmitLimit(this.retransmitMultiplier, nodesCount);
    const messages: SwimMessage[] = [];
    let bytes = 0;
    for (const broadcast of this.queued.take(budgetBytes, COMPOUND_PART_BYTES, limit)) {
      messages.push(broadcast.message);
      bytes += broadcast.byteLength + COMPOUND_PART_BYTES;
      this.onTaken(broadcast, limit);
      this.repeat(broadcast);
    }
    return { messages, bytes };
  }

  /** What has left the queue with repeats left begins again as if it were new. */
  private repeat(broadcast: Broadcast): void {
    if (broadcast.repeatsLeft === 0 || this.queued.has(broadcast.key)) return;
    broadcast.repeatsLeft -= 1;
    this.queued.queue(broadcast);
  }

  private onTaken(broadcast: Broadcast, limit: number): void {
    const waiter = this.waiters.get(broadcast.key);
    if (waiter?.broadcast !== broadcast) return;
    waiter.sentCount += 1;
    if (waiter.sentCount < limit) return;
    this.waiters.delete(broadcast.key);
    waiter.onSent();
  }
}
