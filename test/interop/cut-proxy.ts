/**
 * A network on loopback that can be cut, for machines without network namespaces. Every node
 * listens at a place of its own and advertises one of the proxy's, which passes packets and streams
 * on. A packet tells by its source port who sent it, for all leave from the listening socket; a
 * stream tells nothing, so a cut stops all of them, also those within a half.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket as Stream } from "node:net";
import { freePort } from "./serf-agent.ts";

const HOST = "127.0.0.1";

/** The sides of the cut. */
export type Half = "left" | "right";

interface Door {
  readonly half: Half;
  /** Where the node listens. */
  readonly inner: number;
  readonly packets: Socket;
  readonly streams: Server;
}

export interface ProxiedPlace {
  readonly bind: string;
  readonly advertise: string;
}

export class CutProxy {
  private readonly doors = new Map<number, Door>();
  private readonly open = new Set<Stream>();
  private isCut = false;

  /** A place for one more node. */
  async place(half: Half): Promise<ProxiedPlace> {
    const inner = await freePort();
    const outer = await freePort();
    const packets = createSocket("udp4");
    const streams = createServer((stream) => this.onStream(inner, stream));
    packets.on("message", (bytes, from) => this.onPacket(inner, bytes, from.port));
    packets.on("error", () => {});
    packets.bind(outer, HOST);
    streams.listen(outer, HOST);
    await Promise.all([once(packets, "listening"), once(streams, "listening")]);
    this.doors.set(inner, { half, inner, packets, streams });
    return { bind: `${HOST}:${inner}`, advertise: `${HOST}:${outer}` };
  }

  cut(): void {
    this.isCut = true;
    for (const stream of this.open) stream.destroy();
  }

  mend(): void {
    this.isCut = false;
  }

  remove(): void {
    this.cut();
    for (const { packets, streams } of this.doors.values()) {
      packets.close();
      streams.close();
    }
    this.doors.clear();
  }

  private onPacket(to: number, bytes: Uint8Array, from: number): void {
    const sender = this.doors.get(from);
    if (sender === undefined) return;
    if (this.isCut && sender.half !== this.doors.get(to)?.half) return;
    // From the sender's own door, for answers go to where a packet came from.
    sender.packets.send(bytes, to, HOST);
  }

  private onStream(to: number, stream: Stream): void {
    stream.on("error", () => {});
    if (this.isCut) {
      stream.destroy();
      return;
    }
    const inner = connect({ port: to, host: HOST, allowHalfOpen: true });
    inner.on("error", () => stream.destroy());
    for (const [one, other] of [
      [stream, inner],
      [inner, stream],
    ] as const) {
      this.open.add(one);
      one.once("close", () => {
        this.open.delete(one);
        other.destroy();
      });
    }
    stream.pipe(inner);
    inner.pipe(stream);
  }
}
