import type { Address } from "../../core/address.ts";
import type { PacketBatch } from "./responder.messages.ts";

/** Packets that go to the other thread together. */
export class BatchMaker {
  private places: Address[] = [];
  private packets: Uint8Array[] = [];
  private bytesCount = 0;

  get size(): number {
    return this.packets.length;
  }

  get byteLength(): number {
    return this.bytesCount;
  }

  add(place: Address, packet: Uint8Array): void {
    this.places.push(place);
    this.packets.push(packet);
    this.bytesCount += packet.length;
  }

  take(): PacketBatch {
    const { packets, places } = this;
    const bytes = new Uint8Array(this.bytesCount);
    let at = 0;
    for (const packet of packets) {
      bytes.set(packet, at);
      at += packet.length;
    }
    this.places = [];
    this.packets = [];
    this.bytesCount = 0;
    return { places, lengths: packets.map((packet) => packet.length), bytes };
  }
}

export function forEachPacket(
  { bytes, lengths, places }: PacketBatch,
  visit: (place: Address, packet: Uint8Array) => void,
): void {
  let at = 0;
  for (const [index, place] of places.entries()) {
    const end = at + (lengths[index] ?? 0);
    visit(place, bytes.subarray(at, end));
    at = end;
  }
}
