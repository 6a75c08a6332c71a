import { connect, createServer, isIP, type Server, type Socket } from "node:net";
import { type Address, addressKey } from "../../core/address.ts";
import { HearsayError } from "../../core/errors.ts";
import type { ByteStream, StreamListener, Transport, TransportReceiver } from "../transport.ts";
import { plainHost } from "./ip-text.ts";
import type { MakePacketDoor, PacketDoor } from "./packet-door.ts";
import { PacketSocket } from "./packet-socket.ts";
import { TcpStream } from "./tcp-stream.ts";
import { type UdpTcpOptions, udpTcpDefaults } from "./udp-tcp.options.ts";

/** Makes a `UdpTcpTransport` per node. */
export function udpTcp(options: Partial<UdpTcpOptions> = {}): {
  readonly name: string;
  create(): Transport;
} {
  return { name: "udp-tcp", create: () => new UdpTcpTransport(options) };
}

/** Packets over UDP and streams over TCP, both on one port. */
export class UdpTcpTransport implements Transport {
  private readonly options: UdpTcpOptions;
  private readonly open = new Map<Socket, TcpStream>();
  private outboundCount = 0;
  private readonly makePackets: MakePacketDoor;
  private packets: PacketDoor | undefined;
  private server: Server | undefined;
  private closing: Promise<void> | undefined;

  /** @param makePackets where the UDP half is to be elsewhere than in this thread. */
  constructor(options: Partial<UdpTcpOptions> = {}, makePackets?: MakePacketDoor) {
    this.options = { ...udpTcpDefaults, ...options };
    this.makePackets =
      makePackets ?? ((host, receiver) => new PacketSocket(host, receiver, this.options));
  }

  async bind(address: Address, receiver: TransportReceiver): Promise<Address> {
    if (isIP(address.host) === 0)
      throw bindFailed(address, "not an IP address: give one of this machine");
    const tries = address.port === 0 ? this.options.bindTriesCount : 1;
    for (let left = tries; ; left -= 1) {
      try {
        return await this.bindBoth(address, receiver);
      } catch (error) {
        if (error instanceof HearsayError) throw error;
        const isTaken = codeOf(error) === "EADDRINUSE";
        if (!isTaken || left <= 1) throw bindFailed(address, adviceFor(error), error);
      }
    }
  }

  sendPacket(to: Address, bytes: Uint8Array): void {
    this.packets?.send(to, bytes);
  }

  dial(to: Address, timeoutMs: number, listener: StreamListener): ByteStream {
    const { streamHighWaterBytes: highWaterMark, streamIdleMs, outboundMaxCount } = this.options;
    if (this.closing !== undefined) return refuse(to, listener, "the transport is closed");
    if (this.outboundCount >= outboundMaxCount)
      return refuse(to, listener, "too many dials at once");
    if (isIP(to.host) === 0 || !isPort(to.port)) return refuse(to, listener, "no such address");
    const options = { host: to.host, port: to.port, allowHalfOpen: true, highWaterMark };
    const socket = connect(options);
    this.outboundCount += 1;
    socket.once("close", () => {
      this.outboundCount -= 1;
    });
    const stream = this.track(socket, to, streamIdleMs);
    stream.listen(listener, Math.max(1, timeoutMs));
    return stream;
  }

  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  private async bindBoth(address: Address, receiver: TransportReceiver): Promise<Address> {
    const server = createServer({
      allowHalfOpen: true,
      highWaterMark: this.options.streamHighWaterBytes,
    });
    // Before it listens: whoever connects while UDP is still being bound must have a listener too.
    this.accept(server, receiver);
    const port = await listen(server, address);
    server.on("error", (error) => receiver.onTransportError("tcp accept", error));
    const bound = { host: address.host, port };
    let packets: PacketDoor | undefined;
    try {
      packets = this.makePackets(address.host, receiver);
      await packets.bind(bound);
      if (this.closing !== undefined) throw closedMeanwhile();
    } catch (error) {
      for (const stream of this.open.values()) stream.destroy();
      await Promise.all([packets?.close(), new Promise((done) => server.close(done))]);
      throw error;
    }
    this.packets = packets;
    this.server = server;
    return bound;
  }

  private accept(server: Server, receiver: TransportReceiver): void {
    server.maxConnections = this.options.inboundMaxCount;
    server.on("drop", () => receiver.onTransportError("tcp accept", tooManyInbound));
    server.on("connection", (socket) => {
      const host = plainHost(socket.remoteAddress ?? "");
      const remote = { host, port: socket.remotePort ?? 0 };
      const stream = this.track(socket, remote, this.options.streamIdleMs);
      stream.listen(receiver.onStream(stream), 0);
    });
  }

  private track(socket: Socket, remote: Address, idleMs: number): TcpStream {
    const stream = new TcpStream(socket, remote, idleMs);
    this.open.set(socket, stream);
    socket.once("close", () => this.open.delete(socket));
    return stream;
  }

  private async closeAll(): Promise<void> {
    const { packets, server } = this;
    const serverClosed =
      server === undefined ? undefined : new Promise((done) => server.close(done));
    for (const stream of this.open.values()) stream.endSoon();
    const deadline = setTimeout(() => {
      for (const stream of this.open.values()) stream.destroy();
    }, this.options.closeMaxMs);
    const streamsClosed = [...this.open.keys()].map(
      (socket) => new Promise((done) => socket.once("close", done)),
    );
    await Promise.all([packets?.close(), serverClosed, ...streamsClosed]);
    clearTimeout(deadline);
  }
}

const tooManyInbound = new Error("too many connections at once; one was refused");

function listen(server: Server, address: Address): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: address.host, port: address.port, exclusive: true }, () => {
      server.off("error", reject);
      const bound = server.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : address.port);
    });
  });
}

const ignore = (): void => {};
const nothing = { pause: ignore, resume: ignore, end: ignore, destroy: ignore };

/** A stream that never was; its listener hears so after the caller has it in hand. */
function refuse(remote: Address, listener: StreamListener, why: string): ByteStream {
  const error = new Error(why);
  process.nextTick(() => listener.onClose(error));
  return { remote, waitingBytes: 0, write: () => true, ...nothing };
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function adviceFor(error: unknown): string {
  switch (codeOf(error)) {
    case "EADDRINUSE":
      return "address already in use: choose another --bind port, or stop the process that has it";
    case "EADDRNOTAVAIL":
      return "not an address of this machine: bind one that it has, or 0.0.0.0 for all";
    case "EACCES":
      return "not allowed: choose a port above 1023";
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

function closedMeanwhile(): HearsayError {
  return new HearsayError("TRANSPORT_CLOSED", "the transport was closed while it was being bound");
}

function bindFailed(address: Address, advice: string, cause?: unknown): HearsayError {
  return new HearsayError("BIND_FAILED", `${addressKey(address)}: ${advice}`, { cause });
}
