import type { Arrival } from "../../core/arrival.ts";
import type { Origin } from "../../core/peer.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import type { Rumor } from "./broadcast.messages.ts";

/**
 * What a listener makes of a rumour. `accepted` is delivered and passed on; `rejected` neither;
 * `unknown` cannot be judged here and is passed on, for others may know it.
 */
export type RumorVerdict = "accepted" | "rejected" | "unknown";

export interface BroadcastListener {
  /** Judges news before it is passed on. Must not throw and must not call back into Broadcast. */
  onRumor(rumor: Rumor): RumorVerdict;
  /** Every rumour that comes, news or not, and every one that is published. */
  onArrival?(arrival: Arrival): void;
}

export interface BroadcastCodec {
  /** The whole user message: head, origin, channel and body. */
  encode(rumor: Omit<Rumor, "frame">): Uint8Array;
}

/** What `new Broadcast(env, wiring, options)` is joined to. */
export interface BroadcastWiring {
  /** The living Hearsay members but this node. */
  readonly peers: PeerView;
  readonly codec: BroadcastCodec;
  readonly listener: BroadcastListener;
  readonly counters: BroadcastCounters;
  /** This life of the node; asked at each publish. */
  readonly origin: () => Origin;
  /** Most bytes that payloads of user messages and their heads may take in a packet. */
  readonly packetMaxBytes: number;
  /** What a user message costs in a packet beyond its payload. */
  readonly partOverheadBytes: number;
}

/** Where broadcasts are counted; `core/metrics` counters satisfy it. */
export interface BroadcastCounters {
  add(name: BroadcastCount, by?: number): void;
}

/** What is counted, by name. The first block is what was dropped or forgotten, and why. */
export type BroadcastCount =
  | "broadcast.dropped.known" // heard before: ordinary in gossip
  | "broadcast.dropped.own" // this life's own rumour came back
  | "broadcast.dropped.rejected" // the topic's schema or codec refused it
  | "broadcast.dropped.badTag" // empty or too long
  | "broadcast.dropped.tooLarge"
  | "broadcast.dropped.queueFull" // the most often sent fell out
  | "broadcast.dropped.expired" // waited longer than it lives
  | "broadcast.dropped.lettersFull" // a large rumour that is not passed on
  | "broadcast.dropped.letterFailed" // given up after all attempts
  | "broadcast.forgotten.tag" // tagsMaxCount: its rumours could be heard twice
  | "broadcast.forgotten.origin" // originsMaxCount: likewise
  | "broadcast.forgotten.gap" // gapsMaxCount: a missing rumour now counts as seen
  | "broadcast.published"
  | "broadcast.accepted"
  | "broadcast.unknownTag" // passed on without being judged
  | "broadcast.flushes"
  | "broadcast.packets"
  | "broadcast.transmissions"
  | "broadcast.letters.sent"
  | "broadcast.letters.failed";
