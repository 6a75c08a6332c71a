import type { Address } from "../../core/address.ts";
import type { TransportReceiver } from "../transport.ts";

/** Who hears of packets. */
export type PacketReceiver = Pick<TransportReceiver, "onPacket" | "onTransportError">;

/** The UDP half of a transport: a socket of this thread, or of another one. */
export interface PacketDoor {
  /** Rejects with the system's error. */
  bind(address: Address): Promise<void>;
  send(to: Address, bytes: Uint8Array): void;
  /** Sends what is queued, then lets go of the address. */
  close(): Promise<void>;
}

/** Makes the UDP half of one node, which listens on `host`. */
export type MakePacketDoor = (host: string, receiver: PacketReceiver) => PacketDoor;
