import { type Address, addressKey } from "../../core/address.ts";
import { parseHostPort } from "../../core/host-port.ts";
import type { InfoRequest, InfoResponse } from "../../data/info-network/info-network.messages.ts";
import {
  decodeInfoRequest,
  decodeInfoResponse,
  encodeInfoRequest,
  encodeInfoResponse,
  type InfoReading,
} from "../../data/info-network/info-network.wire.ts";
import type {
  InfoStreamId,
  InfoStreamListener,
  InfoStreams,
  StreamEnd,
} from "../../data/info-network/info-streams.contract.ts";
import { GrpcServer } from "./grpc-server.ts";
import type { GrpcSetup } from "./grpc-setup.ts";
import type { GrpcStream, StreamEar } from "./grpc-stream.ts";
import { IncomingStream, refuse, type ServerCall } from "./incoming-stream.ts";
import { OutgoingStream } from "./outgoing-stream.ts";

/** What streams count, and a node tells in its metrics. */
export type GrpcCount =
  | "bytesSent"
  | "bytesReceived"
  | "messagesRefused"
  | "entriesDropped"
  | "streamsRefused"
  | "connectionsRefused"
  | "streamOverflow";

/** Who uses the streams. */
export interface StreamsUser {
  readonly listener: InfoStreamListener;
  /** Runs `body` as one step of the node, after the one that runs now; not once it has stopped. */
  inStep(body: () => void): void;
  count(name: GrpcCount, by?: number): void;
}

/** The info network's streams over gRPC. One server, and a connection for each stream it opens. */
export class GrpcStreams implements InfoStreams, StreamEar {
  private readonly setup: GrpcSetup;
  private readonly server: GrpcServer;
  /** Those that have not ended. */
  private readonly open = new Map<InfoStreamId, GrpcStream>();
  /** Those of which something is left. */
  private readonly held = new Set<GrpcStream>();
  private incomingCount = 0;
  private nextId = 1;
  private user: StreamsUser | undefined;
  private stopping: Promise<void> | undefined;

  constructor(setup: GrpcSetup) {
    this.setup = setup;
    this.server = new GrpcServer(setup, {
      onCall: (call) => this.onCall(call),
      onRefused: () => this.user?.count("connectionsRefused"),
    });
  }

  /** @returns where it listens. @throws HearsayError BIND_FAILED */
  listen(address: Address): Promise<Address> {
    return this.server.listen(address);
  }

  /** Until then who comes is sent away. */
  serve(user: StreamsUser): void {
    this.user = user;
  }

  /** Streams of which something is left, and connections from others. */
  get counts(): { readonly streams: number; readonly connections: number } {
    return { streams: this.held.size, connections: this.server.connectionsCount };
  }

  /** What travelled on a stream that has not ended. */
  bytesOf(id: InfoStreamId): { readonly sent: number; readonly received: number } {
    const stream = this.open.get(id);
    return { sent: stream?.bytesSent ?? 0, received: stream?.bytesReceived ?? 0 };
  }

  dial(address: string): InfoStreamId {
    const id = this.takeId();
    const target = targetOf(address);
    if (target === undefined || this.stopping !== undefined) {
      this.tell((listener) => listener.onEnd(id, "UNAVAILABLE"));
      return id;
    }
    const { channelOptions, credentials, grpc, options, path } = this.setup;
    const client = new grpc.Client(target, credentials.client, channelOptions);
    this.add(new OutgoingStream({ id, options, ear: this }, client, path));
    return id;
  }

  request(id: InfoStreamId, request: InfoRequest): void {
    const stream = this.open.get(id);
    if (stream instanceof OutgoingStream) this.send(stream, encodeInfoRequest(request));
  }

  respond(id: InfoStreamId, response: InfoResponse): void {
    const stream = this.open.get(id);
    if (stream instanceof IncomingStream) this.send(stream, encodeInfoResponse(response));
  }

  isWritable(id: InfoStreamId): boolean {
    return this.open.get(id)?.isWritable ?? false;
  }

  end(id: InfoStreamId, why: StreamEnd, detail = ""): void {
    const stream = this.open.get(id);
    this.open.delete(id);
    stream?.end(why, detail);
  }

  /** Ends all streams; resolves when the port is free and no connection is left. Idempotent. */
  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  onBytes(stream: GrpcStream, bytes: Uint8Array): void {
    this.user?.count("bytesReceived", bytes.length);
    if (stream instanceof OutgoingStream) {
      const reading = decodeInfoResponse(bytes);
      this.deliver(stream, reading, (listener, message) => listener.onResponse(stream.id, message));
    } else {
      const reading = decodeInfoRequest(bytes);
      this.deliver(stream, reading, (listener, message) => listener.onRequest(stream.id, message));
    }
  }

  onWritable({ id }: GrpcStream): void {
    this.tellOf(id, (listener) => listener.onWritable(id));
  }

  onGone({ id }: GrpcStream, why: StreamEnd): void {
    this.tellOf(id, (listener) => {
      this.open.delete(id);
      listener.onEnd(id, why);
    });
  }

  onReleased(stream: GrpcStream): void {
    if (this.held.delete(stream) && stream instanceof IncomingStream) this.incomingCount -= 1;
  }

  onDropped(what: "streamOverflow"): void {
    this.user?.count(what);
  }

  private onCall(call: ServerCall): void {
    const { options } = this.setup;
    if (this.user === undefined || this.stopping !== undefined) {
      refuse(call, "UNAVAILABLE", "the node is not up");
      return;
    }
    if (this.incomingCount >= options.streamsMaxCount) {
      this.user.count("streamsRefused");
      refuse(call, "RESOURCE_EXHAUSTED", "too many streams");
      return;
    }
    const id = this.takeId();
    this.incomingCount += 1;
    this.add(new IncomingStream({ id, options, ear: this }, call));
    this.tellOf(id, (listener) => listener.onAccepted(id));
  }

  private deliver<Message>(
    stream: GrpcStream,
    reading: InfoReading<Message>,
    take: (listener: InfoStreamListener, message: Message) => void,
  ): void {
    if (reading.kind === "message") {
      if (reading.droppedCount > 0) this.user?.count("entriesDropped", reading.droppedCount);
      this.tellOf(stream.id, (listener) => take(listener, reading.message));
      return;
    }
    this.user?.count("messagesRefused");
    this.tellOf(stream.id, (listener) => {
      this.end(stream.id, "INVALID_ARGUMENT", reading.reason);
      listener.onEnd(stream.id, "INVALID_ARGUMENT");
    });
  }

  private send(stream: GrpcStream, bytes: Uint8Array): void {
    stream.write(bytes);
    this.user?.count("bytesSent", bytes.length);
  }

  private add(stream: GrpcStream): void {
    this.open.set(stream.id, stream);
    this.held.add(stream);
  }

  /** Nothing of a stream that has ended in the meantime. */
  private tellOf(id: InfoStreamId, body: (listener: InfoStreamListener) => void): void {
    this.tell((listener) => {
      if (this.open.has(id)) body(listener);
    });
  }

  private tell(body: (listener: InfoStreamListener) => void): void {
    const { user } = this;
    user?.inStep(() => body(user.listener));
  }

  private takeId(): InfoStreamId {
    const id = this.nextId as InfoStreamId;
    this.nextId += 1;
    return id;
  }

  private async stopAll(): Promise<void> {
    const { endGraceMs } = this.setup.options;
    this.open.clear();
    for (const stream of this.held) stream.end("UNAVAILABLE", "the node stops");
    await this.server.stop(endGraceMs);
    for (const stream of [...this.held]) stream.abort();
  }
}

/** Addresses come from others: nothing but a host and a port is dialled, no socket of a file. */
function targetOf(address: string): string | undefined {
  const place = parseHostPort(address, 0);
  if (place === undefined || place.name !== undefined || place.port === 0) return undefined;
  return `dns:${addressKey(place)}`;
}
