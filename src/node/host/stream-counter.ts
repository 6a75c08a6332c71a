import type { HostCounts } from "./host-counts.ts";
import type { StreamMeter } from "./stream-meter.ts";

/** The bytes of exchanges: all of them for the host's counts, and each message for the meter. */
export class StreamCounter {
  private readonly counts: HostCounts;
  private readonly meter: StreamMeter<unknown> | undefined;

  constructor(counts: HostCounts, meter: StreamMeter<unknown> | undefined) {
    this.counts = counts;
    this.meter = meter;
  }

  slotOf(message: unknown): number {
    return this.meter?.slotOf(message) ?? 0;
  }

  onSent(slot: number, bytesCount: number): void {
    this.counts.streamBytesSent += bytesCount;
    this.meter?.onSent(slot, bytesCount);
  }

  /** The stream has no more for us: a message, or bytes that are none. */
  onReceived(message: unknown, bytesCount: number): void {
    if (bytesCount === 0) return;
    this.counts.streamBytesReceived += bytesCount;
    this.meter?.onReceived(message, bytesCount);
  }
}
