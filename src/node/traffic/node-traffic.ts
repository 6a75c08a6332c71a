import { PacketTraffic } from "./packet-traffic.ts";
import { StreamTraffic } from "./stream-traffic.ts";
import { TrafficTable } from "./traffic-table.ts";

/** How bytes travel; what is `relayed` is inside of `links`, as frames of the channel `relayed`. */
const trafficWays = ["packets", "streams", "links", "relayed"] as const;

/** Bytes and messages of one node, by the way they travel and the protocol they are of. */
export class NodeTraffic {
  readonly links = new TrafficTable();
  readonly relayed = new TrafficTable();
  readonly packetMeter: PacketTraffic;
  readonly streamMeter: StreamTraffic;
  private readonly packets = new TrafficTable();
  private readonly streams = new TrafficTable();

  constructor() {
    this.packetMeter = new PacketTraffic(this.packets);
    this.streamMeter = new StreamTraffic(this.streams);
  }

  /** `traffic.packets.swim.ping.sentBytes` …: those that counted anything. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const way of trafficWays) {
      for (const { name, ...numbers } of this[way].rows()) {
        for (const [what, value] of Object.entries(numbers)) {
          counts[`traffic.${way}.${name}.${what}`] = value;
        }
      }
    }
    const { receivedSavedBytes, sentSavedBytes } = this.packetMeter;
    if (sentSavedBytes > 0) counts["traffic.saved.sentBytes"] = sentSavedBytes;
    if (receivedSavedBytes > 0) counts["traffic.saved.receivedBytes"] = receivedSavedBytes;
    return counts;
  }
}
