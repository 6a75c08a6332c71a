import { TransmitQueue } from "../../core/collections/transmit-queue.ts";
import type { SerfEnv } from "./context.ts";
import type { Members } from "./members.ts";
import { decimalDigits } from "./queries.ts";
import type { SerfCounters } from "./serf.contract.ts";
import type { SerfOptions } from "./serf.options.ts";

const NS_PER_MS = 1_000_000;

interface Broadcast {
  readonly key: string;
  readonly byteLength: number;
  readonly bytes: Uint8Array;
  /** After this it is no longer worth sending. */
  readonly expiresAtMs: number;
  /** Called, in the middle of a packet being filled, when it was sent its full count. */
  readonly onSent: (() => void) | undefined;
}

export interface BroadcastParts {
  readonly env: SerfEnv;
  readonly options: SerfOptions;
  readonly counters: SerfCounters;
  readonly members: Members;
  /** Larger ones would never be picked, and fill the queue for ever (spec section 11). */
  readonly messageMaxBytes: number;
}

/**
 * Serf's three queues, the most urgent first: intents, queries, events. Unlike SWIM's claims, none
 * of these replaces another. Source: spec sections 16 and 21.7.
 *
 * Departs from Serf: a query that waited past its deadline is not sent any more, so that one asked
 * before a join does not reach the cluster long after (trap 12 of section 30).
 */
export class Broadcasts {
  private readonly parts: BroadcastParts;
  private readonly intents = new TransmitQueue<Broadcast>();
  private readonly queries = new TransmitQueue<Broadcast>();
  private readonly events = new TransmitQueue<Broadcast>();
  private readonly inOrder = [this.intents, this.queries, this.events];
  private readonly sentCounts = new Map<Broadcast, number>();
  private lastKey = 0;

  constructor(parts: BroadcastParts) {
    this.parts = parts;
  }

  get size(): number {
    return this.intents.size + this.queries.size + this.events.size;
  }

  queueIntent(bytes: Uint8Array, onSent: (() => void) | undefined): void {
    this.queue(this.intents, { bytes, expiresAtMs: Number.POSITIVE_INFINITY, onSent });
  }

  queueQuery(bytes: Uint8Array, timeoutNs: number): void {
    const expiresAtMs = this.parts.env.now() + timeoutNs / NS_PER_MS;
    this.queue(this.queries, { bytes, expiresAtMs, onSent: undefined });
  }

  queueEvent(bytes: Uint8Array): void {
    this.queue(this.events, { bytes, expiresAtMs: Number.POSITIVE_INFINITY, onSent: undefined });
  }

  /** What fits into `budgetBytes`, each message costing its length and `overheadBytes`. */
  take(budgetBytes: number, overheadBytes: number): Uint8Array[] {
    const { env, counters, members, options } = this.parts;
    const limit = options.retransmitMultiplier * decimalDigits(members.size);
    const now = env.now();
    const taken: Uint8Array[] = [];
    let leftBytes = budgetBytes;
    for (const queue of this.inOrder) {
      for (const broadcast of queue.take(leftBytes, overheadBytes, limit)) {
        leftBytes -= broadcast.byteLength + overheadBytes;
        if (broadcast.expiresAtMs < now) counters.add("serf.dropped.staleBroadcast");
        else taken.push(broadcast.bytes);
        this.countSent(broadcast, limit);
      }
    }
    return taken;
  }

  /** Every `queueCheckIntervalMs`: keeps each queue at a depth that suits the cluster. */
  trim(): void {
    const { members, options } = this.parts;
    const depth =
      options.queueMinCount > 0
        ? Math.max(options.queueMinCount, 2 * members.size)
        : options.queueMaxCount;
    for (const queue of this.inOrder) this.trimTo(queue, depth);
  }

  private queue(
    queue: TransmitQueue<Broadcast>,
    broadcast: Pick<Broadcast, "bytes" | "expiresAtMs" | "onSent">,
  ): void {
    if (broadcast.bytes.length > this.parts.messageMaxBytes) {
      this.parts.counters.add("serf.dropped.unsendable");
      return;
    }
    this.lastKey += 1;
    const byteLength = broadcast.bytes.length;
    const queued = { key: String(this.lastKey), byteLength, ...broadcast };
    queue.queue(queued);
    if (broadcast.onSent !== undefined) this.sentCounts.set(queued, 0);
    this.trimTo(queue, this.parts.options.queueMaxCount);
  }

  private trimTo(queue: TransmitQueue<Broadcast>, depth: number): void {
    const excess = queue.size - depth;
    if (excess <= 0) return;
    queue.trim(depth);
    this.parts.counters.add("serf.dropped.queueFull", excess);
  }

  private countSent(broadcast: Broadcast, limit: number): void {
    const sentBefore = this.sentCounts.get(broadcast);
    if (sentBefore === undefined) return;
    this.sentCounts.set(broadcast, sentBefore + 1);
    if (sentBefore + 1 < limit) return;
    this.sentCounts.delete(broadcast);
    broadcast.onSent?.();
  }
}
