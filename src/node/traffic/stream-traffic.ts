import type { SwimMessage } from "../../peers/swim/swim.messages.ts";
import type { StreamMeter } from "../host/stream-meter.ts";
import { ownSlots, swimSlot } from "./traffic-names.ts";
import type { TrafficTable } from "./traffic-table.ts";

/** What exchanges carry: a stream has one message each way, so all its bytes are that message's. */
export class StreamTraffic implements StreamMeter<SwimMessage> {
  private readonly table: TrafficTable;

  constructor(table: TrafficTable) {
    this.table = table;
  }

  slotOf(message: SwimMessage): number {
    return swimSlot(message);
  }

  onSent(slot: number, bytesCount: number): void {
    this.table.sent(slot, bytesCount, 1);
  }

  onReceived(message: SwimMessage | undefined, bytesCount: number): void {
    const slot = message === undefined ? ownSlots.unreadable : swimSlot(message);
    this.table.received(slot, bytesCount, 1);
  }
}
