import { once } from "node:events";
import { createServer, type Server as NetServer, type Socket } from "node:net";
import type { Server } from "@grpc/grpc-js";
import type { Address } from "../../core/address.ts";
import { HearsayError } from "../../core/errors.ts";
import { errorText } from "../error-text.ts";
import { GOSSIP_METHOD, type GrpcSetup } from "./grpc-setup.ts";
import type { ServerCall } from "./incoming-stream.ts";
import { fromBuffer, toBuffer } from "./stream-bytes.ts";

/** A connection that somebody opened. */
interface Guest {
  readonly socket: Socket;
  streamsCount: number;
}

export interface GrpcServerListener {
  onCall(call: ServerCall): void;
  /** There is no room, and all who are there have streams. */
  onRefused(): void;
}

/** Listens for others' streams, on sockets of its own: gRPC's library does not bound them. */
export class GrpcServer {
  /** By "ip:port" of the other end, the oldest first. */
  private readonly guests = new Map<string, Guest>();
  private readonly guestsMaxCount: number;
  private readonly listener: NetServer;
  private readonly server: Server;

  constructor(setup: GrpcSetup, told: GrpcServerListener) {
    const { channelOptions, credentials, grpc, options, path } = setup;
    this.server = new grpc.Server({
      ...channelOptions,
      "grpc.max_concurrent_streams": options.streamsMaxCount,
      "grpc.max_connection_idle_ms": options.connectionIdleMaxMs,
    });
    const method = {
      path,
      requestStream: true,
      responseStream: true,
      requestSerialize: toBuffer,
      requestDeserialize: fromBuffer,
      responseSerialize: toBuffer,
      responseDeserialize: fromBuffer,
    } as const;
    this.server.addService(
      { [GOSSIP_METHOD]: method },
      {
        [GOSSIP_METHOD]: (call: ServerCall) => {
          this.onStream(call);
          told.onCall(call);
        },
      },
    );
    const injector = this.server.createConnectionInjector(credentials.server);
    this.listener = createServer({ noDelay: true }, (socket) => {
      socket.on("error", () => {});
      if (this.admit(socket)) injector.injectConnection(socket);
      else {
        socket.destroy();
        told.onRefused();
      }
    });
    this.guestsMaxCount = options.connectionsMaxCount;
  }

  get connectionsCount(): number {
    return this.guests.size;
  }

  /** @returns where it listens. @throws HearsayError BIND_FAILED */
  listen({ host, port }: Address): Promise<Address> {
    const { listener } = this;
    return new Promise((resolve, reject) => {
      listener.once("error", (error) => {
        const detail = `infos.listen: cannot listen on ${host} port ${port} (${errorText(error)})`;
        reject(new HearsayError("BIND_FAILED", detail, { cause: error }));
      });
      listener.listen({ host, port, exclusive: true }, () => {
        const bound = listener.address();
        const boundPort = typeof bound === "object" && bound !== null ? bound.port : port;
        resolve({ host, port: boundPort });
      });
    });
  }

  /** Resolves when the port is free; who is connected has a moment to hear the last words. */
  async stop(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      if (this.listener.listening) this.listener.close(() => resolve());
      else resolve();
    });
    const cut = setTimeout(() => this.cut(), graceMs);
    this.server.tryShutdown(() => this.cut());
    await closed;
    // A listener is done a moment before the last socket has said so.
    await Promise.all([...this.guests.values()].map(({ socket }) => once(socket, "close")));
    clearTimeout(cut);
    this.server.forceShutdown();
  }

  /** Who says nothing gives way to who comes, lest silent ones keep all others out. */
  private admit(socket: Socket): boolean {
    const { guests } = this;
    if (guests.size >= this.guestsMaxCount) {
      const silent = [...guests].find(([, { streamsCount }]) => streamsCount === 0);
      if (silent === undefined) return false;
      const [key, guest] = silent;
      guests.delete(key);
      guest.socket.destroy();
    }
    const key = `${socket.remoteAddress}:${socket.remotePort}`;
    const guest = { socket, streamsCount: 0 };
    guests.set(key, guest);
    socket.once("close", () => {
      if (guests.get(key) === guest) guests.delete(key);
    });
    return true;
  }

  private onStream(call: ServerCall): void {
    const guest = this.guests.get(call.getPeer());
    if (guest === undefined) return;
    guest.streamsCount += 1;
    call.once("close", () => {
      guest.streamsCount -= 1;
    });
  }

  private cut(): void {
    for (const { socket } of this.guests.values()) socket.destroy();
  }
}
