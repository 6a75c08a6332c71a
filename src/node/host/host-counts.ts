import { type Address, addressKey } from "../../core/address.ts";
import type { HostLogger } from "./coders.ts";

/** Different reasons kept apart; more than this many can only come from a bug. */
const REASONS_MAX = 256;
const OTHER = "other";

interface Reason {
  count: number;
  /** Since the last line in the log. */
  unreportedCount: number;
  reportedAt: number;
}

/** What a host did, and what it dropped by reason; each reason reaches the log once in a while. */
export class HostCounts {
  packetsSent = 0;
  bytesSent = 0;
  packetsReceived = 0;
  bytesReceived = 0;
  timersFired = 0;
  exchangesBegun = 0;
  requestsAnswered = 0;
  connectionsOpened = 0;
  chunksReceived = 0;
  connectionBytesSent = 0;
  connectionBytesReceived = 0;
  streamBytesSent = 0;
  streamBytesReceived = 0;
  private readonly reasons = new Map<string, Reason>();
  private readonly logger: HostLogger | undefined;
  private readonly reportIntervalMs: number;

  constructor(logger: HostLogger | undefined, reportIntervalMs: number) {
    this.logger = logger;
    this.reportIntervalMs = reportIntervalMs;
  }

  /** Grows with whatever comes in from the network. */
  get arrivals(): number {
    return this.packetsReceived + this.requestsAnswered + this.chunksReceived;
  }

  /** Counts something that was dropped or went wrong, and logs it unless it was logged just now. */
  drop(reason: string, nowMs: number, about: Address | Error): void {
    const entry = this.entry(reason);
    entry.count += 1;
    entry.unreportedCount += 1;
    if (nowMs - entry.reportedAt < this.reportIntervalMs) return;
    const count = entry.unreportedCount;
    entry.reportedAt = nowMs;
    entry.unreportedCount = 0;
    const detail = about instanceof Error ? { error: about.message } : { peer: addressKey(about) };
    this.logger?.warn(`dropped: ${reason}`, { reason, count, ...detail });
  }

  droppedCount(reason: string): number {
    return this.reasons.get(reason)?.count ?? 0;
  }

  /** Names and values for the node's metrics; drops as `drop.<reason>`. */
  snapshot(): Record<string, number> {
    const { packetsSent, bytesSent, packetsReceived, bytesReceived } = this;
    const { timersFired, exchangesBegun, requestsAnswered } = this;
    const { connectionsOpened, connectionBytesSent, connectionBytesReceived } = this;
    const { streamBytesSent, streamBytesReceived } = this;
    const counts: Record<string, number> = {
      packetsSent,
      bytesSent,
      packetsReceived,
      bytesReceived,
      timersFired,
      exchangesBegun,
      requestsAnswered,
      connectionsOpened,
      connectionBytesSent,
      connectionBytesReceived,
      streamBytesSent,
      streamBytesReceived,
    };
    for (const [reason, { count }] of this.reasons) counts[`drop.${reason}`] = count;
    return counts;
  }

  private entry(reason: string): Reason {
    const known = this.reasons.get(reason);
    if (known !== undefined) return known;
    if (this.reasons.size >= REASONS_MAX && reason !== OTHER) return this.entry(OTHER);
    const fresh = { count: 0, unreportedCount: 0, reportedAt: Number.NEGATIVE_INFINITY };
    this.reasons.set(reason, fresh);
    return fresh;
  }
}
