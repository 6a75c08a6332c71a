import type { Client, ClientDuplexStream, StatusObject } from "@grpc/grpc-js";
import type { StreamEnd } from "../../data/info-network/info-streams.contract.ts";
import { GrpcStream, type StreamParts } from "./grpc-stream.ts";
import { fromBuffer, toBuffer } from "./stream-bytes.ts";
import { endOfCode } from "./stream-ends.ts";

/** A stream that this node opened, on a connection of its own. */
export class OutgoingStream extends GrpcStream {
  private readonly call: ClientDuplexStream<Uint8Array, Uint8Array>;
  private readonly client: Client;

  constructor(parts: StreamParts, client: Client, path: string) {
    super(parts);
    this.client = client;
    this.call = client.makeBidiStreamRequest(path, toBuffer, fromBuffer);
    this.call.on("data", (bytes: Uint8Array) => this.onData(bytes));
    // The status says the same, and always comes.
    this.call.on("error", () => {});
    this.call.on("status", ({ code }: StatusObject) => {
      this.onGone(endOfCode(code));
      this.release();
    });
  }

  protected send(bytes: Uint8Array, onTaken: () => void): void {
    this.call.write(bytes, onTaken);
  }

  /** A client has no status to send: it says that it has nothing more to say. */
  protected finish(_why: StreamEnd, _detail: string): void {
    this.call.end();
  }

  protected cut(): void {
    this.call.cancel();
  }

  protected override dispose(): void {
    this.client.close();
  }
}
