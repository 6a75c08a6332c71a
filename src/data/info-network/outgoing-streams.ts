import { parseHostPort } from "../../core/host-port.ts";
import type { InfoNetworkCount, StreamStatus } from "./info-network.contract.ts";
import { type InfoResponse, NO_NODE_ID } from "./info-network.messages.ts";
import type { InfoStreamId, StreamEnd } from "./info-streams.contract.ts";
import { NodeSeats } from "./node-seats.ts";
import { type DialReason, type Neighbourhood, OutgoingStream } from "./outgoing-stream.ts";
import type { StreamContext } from "./stream-side.ts";

/** Above the places, for what is still looking for its own. [infostore §8] */
const SPARE_SEATS = 2;

/** Told when a stream that this node opened is over. */
export type OnParted = (stream: OutgoingStream, forward: string | undefined) => void;

/** The streams that this node opened. [infostore §5, §8] */
export class OutgoingStreams {
  readonly seats: NodeSeats;
  private readonly context: StreamContext;
  private readonly streams = new Map<InfoStreamId, OutgoingStream>();
  private readonly onParted: OnParted;

  constructor(context: StreamContext, onParted: OnParted) {
    this.context = context;
    this.onParted = onParted;
    this.seats = new NodeSeats(context.options.peersMinCount);
  }

  get size(): number {
    return this.streams.size;
  }

  /** There is no room even for what is only looking for its place. */
  get isCrowded(): boolean {
    return this.seats.size >= this.seats.maxCount + SPARE_SEATS;
  }

  find(id: InfoStreamId): OutgoingStream | undefined {
    return this.streams.get(id);
  }

  all(): Iterable<OutgoingStream> {
    return this.streams.values();
  }

  hasAddress(address: string): boolean {
    for (const stream of this.streams.values()) if (stream.address === address) return true;
    return false;
  }

  /** Dials of addresses known beforehand that nobody has answered yet. */
  get bootstrapDialsCount(): number {
    let count = 0;
    for (const { hasAnswered, place } of this.streams.values()) {
      if (place.cause === "bootstrap" && !hasAnswered) count += 1;
    }
    return count;
  }

  status(): StreamStatus[] {
    return [...this.streams.values()].map(({ status }) => status);
  }

  /** Ids of whom this node has dialled, ascending. */
  peerIds(): number[] {
    const ids = new Set<number>();
    for (const { peerId } of this.streams.values()) if (peerId !== NO_NODE_ID) ids.add(peerId);
    return [...ids].sort((a, b) => a - b);
  }

  /** @returns undefined when nobody can be dialled there, or is, or there is no room */
  dial(address: string, reason: DialReason): InfoStreamId | undefined {
    const { counters, self, streams } = this.context;
    if (!isDialable(address)) {
      counters.add("addressMalformed");
      return undefined;
    }
    if (address === self.address.address || this.hasAddress(address) || this.isCrowded) {
      return undefined;
    }
    counters.add("dials");
    const id = streams.dial(address);
    const place = { ...reason, address, seat: this.seats.take() };
    const stream = new OutgoingStream(this.context, id, place);
    this.streams.set(id, stream);
    stream.open();
    return id;
  }

  onResponse(id: InfoStreamId, response: InfoResponse, neighbours: Neighbourhood): void {
    const stream = this.streams.get(id);
    const parting = stream?.onResponse(response, neighbours);
    if (stream !== undefined && parting !== undefined) this.end(stream, parting);
  }

  onNews(): void {
    for (const stream of this.streams.values()) stream.onNews();
  }

  /** Ends what has been silent for too long, and dials that nobody answers. */
  endIdle(): void {
    const { dialTimeoutMs, idleTimeoutMs } = this.context.options;
    for (const stream of [...this.streams.values()]) {
      const limitMs = stream.hasAnswered ? idleTimeoutMs : dialTimeoutMs;
      if (stream.silentMs >= limitMs) this.end(stream, { why: "UNAVAILABLE", count: "idle" });
    }
  }

  endAll(): void {
    for (const stream of [...this.streams.values()]) {
      this.drop(stream);
      this.context.streams.end(stream.id, "ok");
    }
  }

  end(
    stream: OutgoingStream,
    { count, forward, why }: { why: StreamEnd; count?: InfoNetworkCount; forward?: string },
  ): void {
    if (count !== undefined) this.context.counters.add(count);
    this.drop(stream);
    this.context.streams.end(stream.id, why, count);
    this.onParted(stream, forward);
  }

  /** It is over already. */
  forget(id: InfoStreamId): void {
    const stream = this.streams.get(id);
    if (stream === undefined) return;
    this.drop(stream);
    this.onParted(stream, undefined);
  }

  private drop(stream: OutgoingStream): void {
    this.streams.delete(stream.id);
    stream.place.seat.release();
  }
}

function isDialable(address: string): boolean {
  const parsed = parseHostPort(address, 0);
  return parsed !== undefined && parsed.name === undefined && parsed.port > 0;
}
