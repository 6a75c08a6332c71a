import type { SwimMessage } from "../../peers/swim/swim.messages.ts";
import type { PacketMeter } from "../../peers/swim/wire/packet-meter.ts";
import { ownSlots, swimSlot } from "./traffic-names.ts";
import type { TrafficTable } from "./traffic-table.ts";

/**
 * What packets carry: each message by its bytes before compression, the rest of the packet as its
 * envelope. Of all bytes written, sum of parts − saved = sum of packets; the same of those read.
 */
export class PacketTraffic implements PacketMeter {
  /** What compression made less. */
  sentSavedBytes = 0;
  receivedSavedBytes = 0;
  private readonly table: TrafficTable;
  /** Of the packet that is being written or read. */
  private partsBytes = 0;

  constructor(table: TrafficTable) {
    this.table = table;
  }

  onPacketBegun(): void {
    this.partsBytes = 0;
  }

  onWritten(message: SwimMessage, bytesCount: number): void {
    this.partsBytes += bytesCount;
    this.table.sent(swimSlot(message), bytesCount, 1);
  }

  onPacketWritten(bytesCount: number): void {
    const restBytes = bytesCount - this.partsBytes;
    if (restBytes < 0) this.sentSavedBytes -= restBytes;
    else this.table.sent(ownSlots.envelope, restBytes, 0);
  }

  onRead(message: SwimMessage, bytesCount: number): void {
    this.partsBytes += bytesCount;
    this.table.received(swimSlot(message), bytesCount, 1);
  }

  onPacketRead(bytesCount: number): void {
    const restBytes = bytesCount - this.partsBytes;
    if (this.partsBytes === 0) this.table.received(ownSlots.unreadable, bytesCount, 1);
    else if (restBytes < 0) this.receivedSavedBytes -= restBytes;
    else this.table.received(ownSlots.envelope, restBytes, 0);
  }
}
