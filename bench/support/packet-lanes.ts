import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Address } from "../../src/core/address.ts";
import type { StreamEnv } from "../../src/core/env.ts";
import { peerId } from "../../src/core/peer.ts";
import type { StreamProtocol } from "../../src/core/protocol.ts";
import { RealHost } from "../../src/node/host/real-host.ts";
import type { SwimMessage } from "../../src/peers/swim/swim.messages.ts";
import { PacketCodec, type PacketCodecOptions } from "../../src/peers/swim/wire/packet.wire.ts";
import { StreamCodec } from "../../src/peers/swim/wire/stream.wire.ts";
import { UdpTcpTransport } from "../../src/transport/udp-tcp/udp-tcp.ts";
import type { PacketLane } from "./burst-course.ts";

const HOST = "127.0.0.1";
const RECEIVE_BUFFER_BYTES = 2 * 1024 * 1024;

/** What the peer of all rows does: two bare sockets, the same bytes over and over. */
export async function bareLane(name: string, bytes: Uint8Array): Promise<PacketLane> {
  const [sender, receiver] = [await bareSocket(), await bareSocket()];
  const { port } = receiver.address();
  let count = 0;
  receiver.on("message", () => {
    count += 1;
  });
  return {
    name,
    send: () => sender.send(bytes, port, HOST),
    received: () => count,
    close: async () => {
      sender.close();
      receiver.close();
    },
  };
}

async function bareSocket(): Promise<Socket> {
  const socket = createSocket({ type: "udp4", recvBufferSize: RECEIVE_BUFFER_BYTES });
  socket.bind(0, HOST);
  await once(socket, "listening");
  return socket;
}

/** Makes the message of one packet; a new one each time, as a protocol does. */
export type MessageMaker = (seqNo: number) => SwimMessage;

/** Two real hosts with memberlist's codec: each packet is a step, as it is for a node. */
export async function hostLane(
  name: string,
  make: MessageMaker,
  codec: PacketCodecOptions,
): Promise<PacketLane> {
  const sender = await counting(codec);
  const receiver = await counting(codec);
  let seqNo = 0;
  const sendOne = (): void => {
    seqNo += 1;
    sender.protocol.env.send(receiver.address, make(seqNo));
  };
  return {
    name,
    send: () => sender.host.step(sendOne),
    received: () => receiver.protocol.count,
    close: async () => {
      await Promise.all([sender.host.stop(), receiver.host.stop()]);
    },
  };
}

/** The smallest protocol there is. */
class Counting implements StreamProtocol<SwimMessage, never> {
  readonly env: StreamEnv<SwimMessage, never>;
  count = 0;

  constructor(env: StreamEnv<SwimMessage, never>) {
    this.env = env;
  }

  start(): void {}
  stop(): void {}
  onTimer(): void {}
  onExchange(): void {}

  onMessage(_from: Address, message: SwimMessage): void {
    if (message.kind !== "compound") this.count += 1;
  }

  onRequest(): undefined {
    return undefined;
  }
}

async function counting(
  codec: PacketCodecOptions,
): Promise<{ host: RealHost; protocol: Counting; address: Address }> {
  const host = new RealHost({
    self: peerId("bench"),
    seed: 1,
    transport: new UdpTcpTransport(),
    packets: new PacketCodec(codec),
    streams: new StreamCodec(codec),
    onFatal: (error) => {
      throw error;
    },
  });
  const protocol = host.mountStream<SwimMessage, never, Counting>(
    "bench",
    (env) => new Counting(env),
  );
  return { host, protocol, address: await host.bind({ host: HOST, port: 0 }) };
}
