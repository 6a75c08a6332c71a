import type { PeerId } from "../../core/peer.ts";
import type { PeerView } from "../peer-view.ts";

export type ReachabilityCount =
  | "reachability.doubts" // a path was put in doubt
  | "reachability.cut" // and found to be cut
  | "reachability.mended"
  | "reachability.knocks"
  | "reachability.sent" // messages of all kinds
  | "reachability.dropped.malformed"
  | "reachability.dropped.stranger" // of nobody known, or about nobody known
  | "reachability.dropped.tooMany" // messagesPerSecond
  | "reachability.dropped.pathsFull" // pathsMaxCount
  | "reachability.dropped.rowsFull" // rowsMaxCount
  | "reachability.dropped.absurd"; // a number near the end of all numbers

export interface ReachabilityCounters {
  add(name: ReachabilityCount, by?: number): void;
}

/** How a probe of this node ended; SWIM's `ProbeOutcome` has this shape. */
export type PathProbe =
  | { readonly kind: "direct" | "stream" | "none" }
  | { readonly kind: "indirect"; readonly by: string };

export interface ReachabilityWiring {
  /** Living members that take part, this node left out. */
  readonly peers: PeerView;
  readonly counters: ReachabilityCounters;
  /** This life of the node. */
  boot(): number;
  /** Alive or suspect, whether or not it takes part. */
  isLiving(peer: PeerId): boolean;
  takesPart(peer: PeerId): boolean;
  /** Something of the matrix has changed. Within a step: act on it after it. */
  onChange(): void;
}
