import type { InfoNetworkCount } from "./info-network.contract.ts";
import {
  type HighWaterStamps,
  type InfoMap,
  type InfoRequest,
  type InfoResponse,
  NO_NODE_ID,
} from "./info-network.messages.ts";
import type { InfoStreamId, StreamEnd } from "./info-streams.contract.ts";
import type { NodeSeat } from "./node-seats.ts";
import { NODE_ID_MAX } from "./stamped-info.ts";
import { type StreamContext, StreamSide } from "./stream-side.ts";

/** Why a stream was opened, and how often its way was pointed to another node. */
export interface DialReason {
  readonly cause: "bootstrap" | "tighten" | "forward";
  readonly forwardsCount: number;
}

export interface OutgoingPlace extends DialReason {
  readonly address: string;
  readonly seat: NodeSeat;
}

/** Whom this node is connected to already. */
export interface Neighbourhood {
  isIncoming(nodeId: number): boolean;
  isOutgoing(nodeId: number): boolean;
}

/** What becomes of a stream after a response; undefined: it goes on. */
export interface Parting {
  readonly why: StreamEnd;
  readonly count?: InfoNetworkCount;
  /** Where to go instead. */
  readonly forward?: string;
}

const NO_INFOS: InfoMap = new Map();

/** The end of whoever dialled. [infostore §5, client side] */
export class OutgoingStream extends StreamSide {
  readonly place: OutgoingPlace;
  hasAnswered = false;

  constructor(context: StreamContext, id: InfoStreamId, place: OutgoingPlace) {
    super(context, id);
    this.place = place;
  }

  get address(): string {
    return this.place.address;
  }

  open(): void {
    const { env, options } = this.context;
    this.write(NO_INFOS, this.takeStamps());
    env.setTimer({ kind: "firstAnswer", stream: this.id }, options.firstAnswerWaitMs);
  }

  /** The server takes its time: what there is to tell is told. */
  onFirstAnswerTimer(): void {
    this.tell();
  }

  onResponse(response: InfoResponse, neighbours: Neighbourhood): Parting | undefined {
    const { nodeId } = response;
    if (nodeId < NO_NODE_ID || nodeId > NODE_ID_MAX || !Number.isInteger(nodeId)) {
      return { why: "INVALID_ARGUMENT", count: "nodeIdMalformed" };
    }
    const isFirst = !this.hasAnswered;
    this.hear(nodeId, response.highWaterStamps);
    this.combine(response.delta);
    if (response.alternate === undefined) this.regain(response.delta);
    if (this.peerId !== NO_NODE_ID) this.place.seat.name(this.peerId);
    this.hasAnswered = true;
    const parting = this.partingOf(response, neighbours);
    if (parting === undefined && isFirst) this.tell();
    return parting;
  }

  protected write(delta: InfoMap, highWaterStamps: HighWaterStamps): void {
    const { counters, self, streams } = this.context;
    const { address, clusterId, nodeId } = self;
    counters.add("messagesSent");
    const request: InfoRequest = { nodeId, address, clusterId, highWaterStamps, delta };
    streams.request(this.id, request);
  }

  private tell(): void {
    this.listen();
    this.onNews();
  }

  private partingOf({ alternate }: InfoResponse, neighbours: Neighbourhood): Parting | undefined {
    const { nodeId: self } = this.context.self;
    if (alternate !== undefined) {
      const { nodeId } = alternate;
      const isKnown = neighbours.isIncoming(nodeId) || neighbours.isOutgoing(nodeId);
      if (isKnown || (nodeId !== NO_NODE_ID && nodeId === self)) return { why: "UNAVAILABLE" };
      return { why: "ok", forward: alternate.address.address };
    }
    if (this.peerId === NO_NODE_ID) return undefined;
    if (this.peerId === self) return { why: "ok", count: "loopback" };
    // Both have dialled: one of them yields, and only one.
    if (self > this.peerId && neighbours.isIncoming(this.peerId)) {
      return { why: "ok", count: "mutual" };
    }
    return undefined;
  }
}
