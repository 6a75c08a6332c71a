import type { PeerId } from "../../core/peer.ts";
import type { AggregateCounters, Outbox } from "./aggregate.contract.ts";
import type { AggregatePart } from "./aggregate.messages.ts";
import { PARTS_MAX_COUNT } from "./aggregate.messages.ts";
import { MESSAGE_HEAD_BYTES, partBytes } from "./aggregate.sizes.ts";

interface Parcel {
  readonly parts: AggregatePart[];
  bytes: number;
}

/** All that machines put together for each peer, in one message each. */
export class Outgoing implements Outbox {
  private readonly counters: AggregateCounters;
  private readonly messageMaxBytes: number;
  private parcels = new Map<PeerId, Parcel>();

  constructor(counters: AggregateCounters, messageMaxBytes: number) {
    this.counters = counters;
    this.messageMaxBytes = messageMaxBytes;
  }

  /** What finds no room is lost, as messages are; whoever put it last had room in another round. */
  put(peer: PeerId, part: AggregatePart): void {
    const parcel = this.parcelFor(peer);
    const bytes = partBytes(part);
    const isFull = parcel.parts.length >= PARTS_MAX_COUNT;
    if (isFull || parcel.bytes + bytes > this.messageMaxBytes) {
      return this.counters.add("aggregate.cut");
    }
    parcel.parts.push(part);
    parcel.bytes += bytes;
  }

  /** This peer gets a message, even an empty one: it tells the epoch. */
  open(peer: PeerId): void {
    this.parcelFor(peer);
  }

  takeAll(): (readonly [PeerId, readonly AggregatePart[]])[] {
    const all = [...this.parcels].map(([peer, { parts }]) => [peer, parts] as const);
    this.parcels = new Map();
    return all;
  }

  private parcelFor(peer: PeerId): Parcel {
    const known = this.parcels.get(peer);
    if (known !== undefined) return known;
    const parcel = { parts: [], bytes: MESSAGE_HEAD_BYTES };
    this.parcels.set(peer, parcel);
    return parcel;
  }
}
