/** Streams of the info network over simulated links. */
import { addressKey } from "../../../core/address.ts";
import type { LinkEnv } from "../../../core/env.ts";
import { type PeerId, peerId } from "../../../core/peer.ts";
import type { LinkProtocol } from "../../../core/protocol.ts";
import type { InfoNetworkTimer } from "../../../data/info-network/info-network.contract.ts";
import type {
  InfoMap,
  InfoRequest,
  InfoResponse,
} from "../../../data/info-network/info-network.messages.ts";
import type { InfoNetwork } from "../../../data/info-network/info-network.ts";
import type {
  InfoStreamId,
  InfoStreams,
  StreamEnd,
} from "../../../data/info-network/info-streams.contract.ts";
import { addressAt } from "../../sim-place.ts";

/** On a link, which carries many streams: each is named by who opened it and a number of its. */
export interface StreamPiece {
  readonly by: "opener" | "accepter";
  readonly number: number;
  readonly body:
    | { readonly kind: "open" }
    | { readonly kind: "request"; readonly request: InfoRequest }
    | { readonly kind: "response"; readonly response: InfoResponse }
    | { readonly kind: "end"; readonly why: StreamEnd };
}

interface SimStream {
  readonly id: InfoStreamId;
  readonly peer: PeerId | undefined;
  readonly side: "opener" | "accepter";
  /** The opener's. */
  readonly number: number;
}

/** Told of every message with infos: which way of which stream it takes. */
export type OnInfosSent = (way: string, infos: InfoMap) => void;

/** Where nobody is, dials fail. */
const UNKNOWN_ADDRESS_MS = 100;

/** One node's streams, and what it is to the links. */
export class SimInfoStreams implements InfoStreams, LinkProtocol<StreamPiece, InfoNetworkTimer> {
  network: InfoNetwork | undefined;
  private readonly env: LinkEnv<StreamPiece, InfoNetworkTimer>;
  private readonly places: ReadonlyMap<string, number>;
  private readonly onInfosSent: OnInfosSent;
  private readonly streams = new Map<InfoStreamId, SimStream>();
  /** The same, by peer, side and number. */
  private readonly byName = new Map<string, SimStream>();
  private readonly standing = new Set<PeerId>();
  private nextId = 1;

  constructor(
    env: LinkEnv<StreamPiece, InfoNetworkTimer>,
    places: ReadonlyMap<string, number>,
    onInfosSent: OnInfosSent,
  ) {
    this.env = env;
    this.places = places;
    this.onInfosSent = onInfosSent;
  }

  start(): void {
    this.network?.start();
  }

  stop(): void {
    this.network?.stop();
  }

  onTimer(timer: InfoNetworkTimer): void {
    // "grace" of a stream that was never accepted: a dial to nobody has failed.
    const lost = "stream" in timer ? this.streams.get(timer.stream) : undefined;
    if (lost !== undefined && lost.peer === undefined) this.fail(lost);
    else this.network?.onTimer(timer);
  }

  dial(address: string): InfoStreamId {
    const place = this.places.get(address);
    const peer = place === undefined ? undefined : peerId(place);
    const stream = this.add(peer, "opener", this.nextId);
    if (peer === undefined || peer === this.env.self) {
      this.env.setTimer({ kind: "grace", stream: stream.id }, UNKNOWN_ADDRESS_MS);
      return stream.id;
    }
    this.env.openLink(peer);
    this.send(stream, { kind: "open" });
    return stream.id;
  }

  request(id: InfoStreamId, request: InfoRequest): void {
    const stream = this.streams.get(id);
    if (stream === undefined) return;
    this.audit(stream, request.delta);
    this.send(stream, { kind: "request", request });
  }

  respond(id: InfoStreamId, response: InfoResponse): void {
    const stream = this.streams.get(id);
    if (stream === undefined) return;
    this.audit(stream, response.delta);
    this.send(stream, { kind: "response", response });
  }

  isWritable(id: InfoStreamId): boolean {
    const peer = this.streams.get(id)?.peer;
    return peer !== undefined && this.standing.has(peer);
  }

  end(id: InfoStreamId, why: StreamEnd): void {
    const stream = this.streams.get(id);
    if (stream === undefined) return;
    this.send(stream, { kind: "end", why });
    this.drop(stream);
  }

  onLinkUp(peer: PeerId): void {
    this.standing.add(peer);
    for (const stream of this.of(peer)) this.network?.onWritable(stream.id);
  }

  onLinkDown(peer: PeerId): void {
    this.standing.delete(peer);
    for (const stream of this.of(peer)) this.fail(stream);
  }

  onMessage(from: PeerId, { body, by, number }: StreamPiece): void {
    const mine = by === "opener" ? "accepter" : "opener";
    if (body.kind === "open") {
      this.network?.onAccepted(this.add(from, "accepter", number).id);
      return;
    }
    const stream = this.byName.get(nameOf(from, mine, number));
    if (stream === undefined) return;
    if (body.kind === "request") this.network?.onRequest(stream.id, body.request);
    else if (body.kind === "response") this.network?.onResponse(stream.id, body.response);
    else this.fail(stream, body.why);
  }

  private of(peer: PeerId): SimStream[] {
    return [...this.streams.values()].filter((stream) => stream.peer === peer);
  }

  private add(peer: PeerId | undefined, side: SimStream["side"], number: number): SimStream {
    const stream = { id: this.nextId as InfoStreamId, peer, side, number };
    this.nextId += 1;
    this.streams.set(stream.id, stream);
    if (peer !== undefined) this.byName.set(nameOf(peer, side, number), stream);
    return stream;
  }

  private drop(stream: SimStream): void {
    this.streams.delete(stream.id);
    if (stream.peer !== undefined) {
      this.byName.delete(nameOf(stream.peer, stream.side, stream.number));
    }
  }

  private fail(stream: SimStream, why: StreamEnd = "UNAVAILABLE"): void {
    this.drop(stream);
    this.network?.onEnd(stream.id, why);
  }

  private send({ number, peer, side: by }: SimStream, body: StreamPiece["body"]): void {
    if (peer !== undefined) this.env.send(peer, { by, number, body });
  }

  private audit({ number, peer, side }: SimStream, infos: InfoMap): void {
    if (infos.size === 0) return;
    const [self, other] = [String(this.env.self), String(peer)];
    const way = side === "opener" ? `${self}>${other}#${number}` : `${other}<${self}#${number}`;
    this.onInfosSent(way, infos);
  }
}

function nameOf(peer: PeerId, side: SimStream["side"], number: number): string {
  return `${peer} ${side} ${number}`;
}

/** "host:port" of the node with this number. */
export function infoAddressOf(index: number): string {
  return addressKey(addressAt(index));
}
