import type { Dot } from "../core/dot.ts";
import type { ReadonlyDotSet } from "../core/dot-set.ts";
import { type PeerId, parseOrigin, peerId } from "../core/peer.ts";
import type { HistoryUpdate } from "../data/history/history.messages.ts";
import type { ApplyVerdict, Delta, Replica, ReplicaListener } from "../exchange/replica.ts";
import { msgpackValues } from "../node/topics/msgpack.wire.ts";
import {
  RecentMessages,
  type RecentOptions,
  type RecentWiring,
  topicMessages,
} from "../node/topics/recent-messages.ts";
import type { ArrivedPacket } from "./packet.ts";
import { decodePacketBody, type PacketBody } from "./packet-body.ts";

/** What no node could have written: the store takes note of its name, and keeps nothing. */
const REFUSED: HistoryUpdate = { atMs: -1, payload: new Uint8Array(0) };

export interface PacketStoreWiring extends RecentWiring {
  readonly self: PeerId;
  readonly isBanned: (peer: PeerId) => boolean;
  readonly onArrival: (packet: ArrivedPacket) => void;
}

/**
 * The packets of the last minute, as a replica that rumours carry. It reads a packet before it
 * passes it on: what nobody could read goes no further than to the first node.
 */
export class PacketStore implements Replica<HistoryUpdate> {
  private readonly wiring: PacketStoreWiring;
  private readonly recent: RecentMessages<HistoryUpdate>;
  /** Read, and told of when the step has ended. */
  private readonly read = new Map<HistoryUpdate, ArrivedPacket>();

  constructor(wiring: PacketStoreWiring, options: RecentOptions) {
    this.wiring = wiring;
    this.recent = new RecentMessages(wiring, options, topicMessages);
    this.recent.subscribe({
      onNews: (_dot, update) => {
        const packet = this.read.get(update);
        this.read.delete(update);
        if (packet !== undefined) wiring.onArrival(packet);
      },
    });
  }

  get seen(): ReadonlyDotSet {
    return this.recent.seen;
  }

  /** Takes in what this node writes. */
  append(dot: Dot, update: HistoryUpdate): void {
    this.recent.apply(dot, update);
  }

  apply(dot: Dot, update: HistoryUpdate, from?: PeerId): ApplyVerdict {
    if (this.recent.seen.has(dot)) return "known";
    const packet = this.packetOf(dot, update, from);
    if (packet === undefined) return this.recent.apply(dot, REFUSED, from);
    this.read.set(update, packet);
    const verdict = this.recent.apply(dot, update, from);
    if (verdict !== "news") this.read.delete(update);
    return verdict;
  }

  cover(covers: ReadonlyDotSet, forgotten: ReadonlyDotSet): void {
    this.recent.cover(covers, forgotten);
  }

  get(dot: Dot): HistoryUpdate | undefined {
    return this.recent.get(dot);
  }

  collect(
    wanted: ReadonlyDotSet,
    theirs: ReadonlyDotSet,
    budgetBytes: number,
  ): Delta<HistoryUpdate> {
    return this.recent.collect(wanted, theirs, budgetBytes);
  }

  subscribe(listener: ReplicaListener<HistoryUpdate>): void {
    this.recent.subscribe(listener);
  }

  expire(): void {
    this.recent.expire();
  }

  private packetOf(
    { origin, seq }: Dot,
    { atMs, payload }: HistoryUpdate,
    from: PeerId | undefined,
  ): ArrivedPacket | undefined {
    const author = parseOrigin(origin)?.name;
    const body = decodePacketBody(payload);
    if (author === undefined || body === undefined) return this.refuse("malformed");
    const { isBanned, self } = this.wiring;
    if (isBanned(peerId(author))) return this.refuse("banned");
    const value = dataOf(body);
    if (value === undefined) return this.refuse("malformed");
    const holders = new Set([author, ...(from === undefined ? [] : [String(from)]), String(self)]);
    const availableAt = [...holders];
    return { origin, seq, after: body.after, data: value.data, createdAtMs: atMs, availableAt };
  }

  private refuse(why: string): undefined {
    this.wiring.count(`gossip.rejected.${why}`);
  }
}

function dataOf({ data }: PacketBody): { readonly data: unknown } | undefined {
  try {
    return { data: msgpackValues().decode(data) };
  } catch {
    return undefined;
  }
}
