import { type Address, addressKey } from "../core/address.ts";
import { BoundedMap } from "../core/collections/bounded-map.ts";
import type { StreamEnv } from "../core/env.ts";
import { type Origin, type PeerId, parseOrigin, peerId } from "../core/peer.ts";
import type { ExchangeOutcome, StreamProtocol } from "../core/protocol.ts";
import type { Parcel, ParcelContent } from "./parcel.ts";

/** Peers whose address is remembered though they are in no view; the quiet ones give way. */
const PLACES_MAX_COUNT = 4_096;
/** What a parcel's own head takes of a packet. [because: an origin of 145 bytes, and lengths] */
const HEAD_MAX_BYTES = 200;

export type PostCount =
  | "gossip.streams"
  | "gossip.streamsFailed"
  | "gossip.dropped.noAddress"
  | "gossip.dropped.banned"
  | "gossip.dropped.self"
  | "gossip.dropped.request";

export interface PostWiring {
  readonly origin: Origin;
  /** What the view knows of how to reach a peer. */
  readonly placeOf: (peer: PeerId) => Address | undefined;
  readonly onParcel: (from: PeerId, content: ParcelContent) => void;
  /** About how many bytes the content will have. */
  readonly bytesOf: (content: ParcelContent) => number;
  readonly isBanned: (peer: PeerId) => boolean;
  readonly counters: { add(name: PostCount): void };
  readonly streamTimeoutMs: number;
}

/**
 * Owns packets and streams: takes the messages of all protocols of a node to where their receivers
 * are. What is too large for a packet goes by a stream of its own.
 */
export class Post implements StreamProtocol<Parcel, never> {
  private readonly env: StreamEnv<Parcel, never>;
  private readonly wiring: PostWiring;
  /** Where peers were heard from, and where contacts are said to be. */
  private readonly places = new BoundedMap<PeerId, Address>(PLACES_MAX_COUNT);

  constructor(env: StreamEnv<Parcel, never>, wiring: PostWiring) {
    this.env = env;
    this.wiring = wiring;
  }

  start(): void {}
  stop(): void {}
  onTimer(): void {}

  /** What a packet holds of a protocol's message. */
  get contentMaxBytes(): number {
    return this.env.packetMaxBytes - HEAD_MAX_BYTES;
  }

  /** An address to join by is a peer whose name is not known yet. */
  addContact(address: Address): PeerId {
    const contact = peerId(addressKey(address));
    this.places.set(contact, address);
    return contact;
  }

  send(to: PeerId, content: ParcelContent): void {
    const { bytesOf, counters, isBanned, origin, placeOf, streamTimeoutMs } = this.wiring;
    if (isBanned(to)) return counters.add("gossip.dropped.banned");
    const address = placeOf(to) ?? this.places.get(to);
    if (address === undefined) return counters.add("gossip.dropped.noAddress");
    const parcel: Parcel = { kind: "parcel", from: origin, content };
    if (bytesOf(content) <= this.contentMaxBytes) {
      return this.env.send(address, parcel);
    }
    counters.add("gossip.streams");
    this.env.exchange(address, parcel, streamTimeoutMs);
  }

  onMessage(from: Address, parcel: Parcel): void {
    const sender = this.senderOf(parcel);
    if (sender === undefined) return;
    this.places.set(sender, from);
    this.wiring.onParcel(sender, parcel.content);
  }

  /** A stream comes from a port of its own, which tells nothing. */
  onRequest(_from: Address, parcel: Parcel): undefined {
    const sender = this.senderOf(parcel);
    if (sender !== undefined) this.wiring.onParcel(sender, parcel.content);
  }

  onExchange(_id: unknown, outcome: ExchangeOutcome<Parcel>): void {
    if (outcome.kind === "failure") this.wiring.counters.add("gossip.streamsFailed");
  }

  private senderOf({ from }: Parcel): PeerId | undefined {
    const { counters, isBanned } = this.wiring;
    const parts = parseOrigin(from);
    if (parts === undefined) return undefined;
    const sender = peerId(parts.name);
    if (sender === this.env.self) counters.add("gossip.dropped.self");
    else if (isBanned(sender)) counters.add("gossip.dropped.banned");
    else return sender;
    return undefined;
  }
}
