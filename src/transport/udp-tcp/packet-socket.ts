import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { setTimeout as sleep } from "node:timers/promises";
import type { Address } from "../../core/address.ts";
import { hostForIpv6, plainHost } from "./ip-text.ts";
import type { PacketDoor, PacketReceiver } from "./packet-door.ts";
import type { UdpTcpOptions } from "./udp-tcp.options.ts";

/** Payload of the largest IPv4 datagram: 65,535 less IP and UDP headers. */
const PACKET_MAX_BYTES = 65_507;
const RECEIVE_BUFFER_MIN_BYTES = 16 * 1024;
const CLOSE_POLL_MS = 5;

type Lookup = (
  host: string,
  options: unknown,
  done: (error: null, address: string, family: number) => void,
) => void;

// Addresses are IP texts already. Node's own lookup would find that out asynchronously, at a fifth
// of the cost of a packet.
const lookup4: Lookup = (host, _options, done) => done(null, host, 4);
const lookup6: Lookup = (host, _options, done) => done(null, hostForIpv6(host), 6);

/** Made once: an error per packet would make an overload worse. */
const queueFull = new Error("the UDP send queue is full; packet dropped");
const tooLarge = new Error(`packets hold at most ${PACKET_MAX_BYTES} bytes; packet dropped`);

/** The UDP half: every packet leaves from the listening socket, so its source is our address. */
export class PacketSocket implements PacketDoor {
  private readonly socket: Socket;
  private readonly receiver: PacketReceiver;
  private readonly options: UdpTcpOptions;
  private isOpen = false;

  constructor(host: string, receiver: PacketReceiver, options: UdpTcpOptions) {
    this.receiver = receiver;
    this.options = options;
    const isIpv6 = host.includes(":");
    this.socket = createSocket({
      type: isIpv6 ? "udp6" : "udp4",
      lookup: isIpv6 ? lookup6 : lookup4,
    });
  }

  bind(address: Address): Promise<void> {
    const { socket } = this;
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.bind({ address: address.host, port: address.port, exclusive: true }, () => {
        socket.off("error", reject);
        // ICMP's "port unreachable" and the like end up here; a packet was lost, no more.
        socket.on("error", (error) => this.receiver.onTransportError("udp", error));
        socket.on("message", (bytes, from) => this.onPacket(bytes, from));
        this.isOpen = true;
        this.askForReceiveBuffer();
        resolve();
      });
    });
  }

  send(to: Address, bytes: Uint8Array): void {
    if (!this.isOpen) return;
    if (bytes.length > PACKET_MAX_BYTES) {
      this.receiver.onTransportError("udp send", tooLarge);
      return;
    }
    if (this.socket.getSendQueueSize() > this.options.sendQueueMaxBytes) {
      this.receiver.onTransportError("udp send", queueFull);
      return;
    }
    try {
      this.socket.send(bytes, to.port, to.host);
    } catch (error) {
      // Bad ports and the like, which come from remote data.
      this.receiver.onTransportError("udp send", asError(error));
    }
  }

  async close(): Promise<void> {
    if (!this.isOpen) {
      this.socket.close();
      return;
    }
    this.isOpen = false;
    const polls = Math.ceil(this.options.closeMaxMs / CLOSE_POLL_MS);
    for (let poll = 0; poll < polls && this.socket.getSendQueueCount() > 0; poll += 1) {
      await sleep(CLOSE_POLL_MS);
    }
    await new Promise<void>((resolve) => this.socket.close(resolve));
  }

  private onPacket(bytes: Uint8Array, from: RemoteInfo): void {
    if (!this.isOpen || bytes.length === 0) return;
    this.receiver.onPacket({ host: plainHost(from.address), port: from.port }, bytes);
  }

  /** memberlist's way: ask for much, take half when the system refuses (spec section 1). */
  private askForReceiveBuffer(): void {
    let size = this.options.receiveBufferBytes;
    while (size >= RECEIVE_BUFFER_MIN_BYTES) {
      try {
        this.socket.setRecvBufferSize(size);
        return;
      } catch {
        size = Math.floor(size / 2);
      }
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
