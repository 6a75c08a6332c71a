import type { PeerId } from "../../core/peer.ts";

/** The channel of HyParView in Hearsay's frame. */
export const HYPARVIEW_CHANNEL = 6;

/** A peer and what travels with its name: opaque here, to the host it may be an address. */
export interface KnownPeer {
  readonly peer: PeerId;
  readonly data?: Uint8Array;
}

/** Whether all its neighbours hear a node: see `islands.ts`. `count` grows with each one. */
export interface Beacon {
  readonly root: PeerId;
  readonly count: number;
  /** Since the root sent it. */
  readonly ageMs: number;
}

/** A high request comes from a node without neighbours, and is not to be refused. */
export type Priority = "high" | "low";

export type HyParViewMessage =
  | { readonly kind: "join"; readonly data?: Uint8Array }
  /** A walk on behalf of `joiner`, `ttl` links from its end. */
  | { readonly kind: "forwardJoin"; readonly joiner: KnownPeer; readonly ttl: number }
  | { readonly kind: "neighbor"; readonly priority: Priority; readonly data?: Uint8Array }
  | { readonly kind: "neighborReply"; readonly data?: Uint8Array }
  /** The sender only makes room, or it leaves. */
  | { readonly kind: "disconnect"; readonly why: "room" | "leave" }
  | ShuffleMessage
  | { readonly kind: "shuffleReply"; readonly peers: readonly KnownPeer[] }
  /** A shuffle with someone who is no neighbour, to see whether it hears the same beacon. */
  | ProbeMessage
  | ProbeReplyMessage
  | { readonly kind: "beacon"; readonly beacon: Beacon };

export interface ShuffleMessage {
  readonly kind: "shuffle";
  readonly origin: KnownPeer;
  /** With the origin itself. */
  readonly peers: readonly KnownPeer[];
  readonly ttl: number;
}

export interface ProbeMessage {
  readonly kind: "probe";
  readonly peers: readonly KnownPeer[];
  readonly root?: PeerId;
}

export interface ProbeReplyMessage {
  readonly kind: "probeReply";
  readonly peers: readonly KnownPeer[];
  readonly root?: PeerId;
}
