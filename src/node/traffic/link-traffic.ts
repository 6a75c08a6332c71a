import {
  FRAME_HEAD_BYTES,
  frameByteLength,
  type LinkFrame,
  linkFrames,
} from "../../wire/link-record.ts";
import { channelSlot, ownSlots } from "./traffic-names.ts";
import type { TrafficTable } from "./traffic-table.ts";

/**
 * What one link carries, for itself and for the table of all links: each frame with its head, the
 * rest of a record as its envelope. The parts of a large message are bytes of it; its last part
 * makes it a message.
 */
export class LinkTraffic {
  sentBytes = 0;
  sentFrames = 0;
  receivedBytes = 0;
  receivedFrames = 0;
  private readonly table: TrafficTable | undefined;
  /** Of the record that is being read. */
  private framesBytes = 0;

  constructor(table: TrafficTable | undefined) {
    this.table = table;
  }

  onRecordWritten(recordBytes: number, frames: readonly LinkFrame[], joinedBytes: number): void {
    this.sentBytes += recordBytes;
    this.sentFrames += frames.length;
    const { table } = this;
    if (table === undefined) return;
    for (const frame of frames) {
      const { channel, kind } = frame;
      table.sent(
        frameSlot(kind, channel),
        frameByteLength(frame),
        kind === linkFrames.part ? 0 : 1,
      );
    }
    table.sent(ownSlots.envelope, recordBytes - joinedBytes, 0);
  }

  onRecordBegun(): void {
    this.framesBytes = 0;
  }

  onFrameRead(kind: number, channel: number, bodyBytes: number): void {
    const bytesCount = FRAME_HEAD_BYTES + bodyBytes;
    this.receivedFrames += 1;
    this.framesBytes += bytesCount;
    const messagesCount = kind === linkFrames.part ? 0 : 1;
    this.table?.received(frameSlot(kind, channel), bytesCount, messagesCount);
  }

  onRecordRead(recordBytes: number): void {
    this.receivedBytes += recordBytes;
    this.table?.received(ownSlots.envelope, recordBytes - this.framesBytes, 0);
  }

  /** Sealed with no key of ours, or changed on its way. */
  onRecordUnreadable(recordBytes: number): void {
    this.receivedBytes += recordBytes;
    this.table?.received(ownSlots.unreadable, recordBytes, 1);
  }
}

function frameSlot(kind: number, channel: number): number {
  if (kind === linkFrames.message || kind === linkFrames.part) return channelSlot(channel);
  return kind <= linkFrames.part ? ownSlots.links : ownSlots.other;
}
