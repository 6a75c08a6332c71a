import { sameBytes } from "../../core/bytes.ts";
import { IncomingStream } from "./incoming-stream.ts";
import type { InfoNetworkCount, StreamStatus } from "./info-network.contract.ts";
import { type InfoRequest, NO_NODE_ID } from "./info-network.messages.ts";
import type { InfoStreamId, StreamEnd } from "./info-streams.contract.ts";
import { NodeSeats } from "./node-seats.ts";
import { NODE_ID_MAX } from "./stamped-info.ts";
import { CLUSTER_ID_BYTES, isClusterIdKnown, type StreamContext } from "./stream-side.ts";

/** The streams that others opened: who is let in, and who is sent elsewhere. [infostore §5] */
export class IncomingStreams {
  readonly seats: NodeSeats;
  refusedCount = 0;
  private readonly context: StreamContext;
  private readonly streams = new Map<InfoStreamId, IncomingStream>();
  /** Those that were let in, by the address where they can be dialled. */
  private readonly byAddress = new Map<string, IncomingStream>();
  private guestsCount = 0;

  constructor(context: StreamContext) {
    this.context = context;
    this.seats = new NodeSeats(context.options.peersMinCount);
  }

  find(id: InfoStreamId): IncomingStream | undefined {
    return this.streams.get(id);
  }

  hasAddress(address: string): boolean {
    return this.byAddress.has(address);
  }

  status(): StreamStatus[] {
    const admitted = [...this.streams.values()].filter(({ seat }) => seat !== undefined);
    return admitted.map(({ status }) => status);
  }

  onAccepted(id: InfoStreamId): void {
    const { counters, options, streams } = this.context;
    if (this.guestsCount >= options.guestsMaxCount) {
      counters.add("guestsFull");
      streams.end(id, "RESOURCE_EXHAUSTED", "too many streams without a place");
      return;
    }
    this.guestsCount += 1;
    this.streams.set(id, new IncomingStream(this.context, id));
  }

  onRequest(id: InfoStreamId, request: InfoRequest): void {
    const stream = this.streams.get(id);
    // Whoever was sent elsewhere has heard it.
    if (stream === undefined || stream.standing === "refused") return;
    const { nodeId } = request;
    if (nodeId < NO_NODE_ID || nodeId > NODE_ID_MAX || !Number.isInteger(nodeId)) {
      this.end(stream, "INVALID_ARGUMENT", "nodeIdMalformed");
    } else if (this.hasRightCluster(stream, request) && this.admits(stream, request)) {
      stream.onRequest(request);
    }
  }

  onNews(): void {
    for (const stream of this.streams.values()) stream.onNews();
  }

  onGraceTimer(id: InfoStreamId): void {
    const stream = this.streams.get(id);
    if (stream?.standing === "refused") this.end(stream, "RESOURCE_EXHAUSTED");
  }

  /** Ends what has been silent for too long. */
  endIdle(): void {
    for (const stream of [...this.streams.values()]) {
      if (stream.silentMs >= this.context.options.idleTimeoutMs) {
        this.end(stream, "UNAVAILABLE", "idle");
      }
    }
  }

  endAll(): void {
    for (const stream of [...this.streams.values()]) this.end(stream, "ok");
  }

  /** It is over already. */
  forget(id: InfoStreamId): void {
    const stream = this.streams.get(id);
    if (stream === undefined) return;
    this.streams.delete(id);
    if (stream.seat === undefined) this.guestsCount -= 1;
    stream.seat?.release();
    if (this.byAddress.get(stream.address) === stream) this.byAddress.delete(stream.address);
  }

  private hasRightCluster(stream: IncomingStream, { clusterId }: InfoRequest): boolean {
    const own = this.context.self.clusterId;
    if (clusterId.length !== 0 && clusterId.length !== CLUSTER_ID_BYTES) {
      this.end(stream, "INVALID_ARGUMENT", "clusterIdMalformed");
      return false;
    }
    if (!isClusterIdKnown(own) || !isClusterIdKnown(clusterId)) return true;
    if (sameBytes(own, clusterId)) return true;
    this.end(stream, "FAILED_PRECONDITION", "clusterMismatch");
    return false;
  }

  /** The first request with an id decides, once. @returns whether it is answered as usual */
  private admits(stream: IncomingStream, request: InfoRequest): boolean {
    if (request.nodeId === NO_NODE_ID || stream.standing !== "guest") {
      return stream.standing !== "loop";
    }
    const address = request.address.address;
    if (request.nodeId === this.context.self.nodeId) stream.showSelf();
    else if (this.byAddress.has(address)) this.end(stream, "ALREADY_EXISTS", "duplicate");
    else if (this.seats.hasSpace) {
      this.admit(stream, request);
      return true;
    } else this.refuse(stream);
    return false;
  }

  private admit(stream: IncomingStream, { address, nodeId }: InfoRequest): void {
    this.guestsCount -= 1;
    stream.standing = "admitted";
    stream.seat = this.seats.take();
    stream.seat.name(nodeId);
    stream.address = address.address;
    if (stream.address !== "") this.byAddress.set(stream.address, stream);
  }

  private refuse(stream: IncomingStream): void {
    this.refusedCount += 1;
    this.context.counters.add("refused");
    const other = this.context.env.random.pick([...this.byAddress.values()]);
    if (other === undefined) this.end(stream, "RESOURCE_EXHAUSTED");
    else stream.refer({ network: "tcp", address: other.address }, other.peerId);
  }

  private end(stream: IncomingStream, why: StreamEnd, count?: InfoNetworkCount): void {
    if (count !== undefined) this.context.counters.add(count);
    this.forget(stream.id);
    this.context.streams.end(stream.id, why, count);
  }
}
