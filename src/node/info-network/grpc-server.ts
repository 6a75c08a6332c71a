import { once } from "node:events";
import { createServer, type Server as NetServer, type Socket } from "node:net";
import type { Server } from "@grpc/grpc-js";
import type { Address } from "../../core/address.ts";
import { HearsayError } from "../../core/errors.ts";
import { errorText } from "../error-text.ts";
import { GOSSIP_METHOD, type GrpcSetup } from "./grpc-setup.ts";
import type { ServerCall } from "./incoming-stream.ts";
import { fromBuffer, toBuffer } from "./stream-bytes.ts";

/** Listens for others' streams, on sockets of its own: gRPC's library does not bound them. */
export class GrpcServer {
  readonly sockets = new Set<Socket>();
  private readonly listener: NetServer;
  private readonly server: Server;

  constructor(setup: GrpcSetup, onCall: (call: ServerCall) => void) {
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
    this.server.addService({ [GOSSIP_METHOD]: method }, { [GOSSIP_METHOD]: onCall });
    const injector = this.server.createConnectionInjector(credentials.server);
    this.listener = createServer({ noDelay: true }, (socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
      socket.on("error", () => {});
      injector.injectConnection(socket);
    });
    this.listener.maxConnections = options.connectionsMaxCount;
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
    await Promise.all([...this.sockets].map((socket) => once(socket, "close")));
    clearTimeout(cut);
    this.server.forceShutdown();
  }

  private cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}
