import type { PeerId } from "../core/peer.ts";
import type { Random } from "../core/random.ts";

/** Who a node can talk to. SWIM answers with everyone alive, HyParView with its few neighbours. */
export interface PeerView {
  /** How many peers can be sampled. */
  readonly size: number;
  /** Estimated size of the whole cluster, this node included, for formulas in ln n. */
  readonly population: number;
  /**
   * Puts up to `count` distinct peers, chosen uniformly, never the node itself nor `exclude`, into
   * `out` (from index 0) and returns how many.
   */
  sample(random: Random, count: number, out: PeerId[], exclude?: PeerId): number;
  /** Visits a bounded number of peers; a full view is adapted by `boundedNeighbours`. */
  forEachNeighbour(visit: (peer: PeerId) => void): void;
  /** Tells of peers that come and go, always as the last thing in a step. */
  subscribe(listener: PeerListener): void;
}

/** Who is told of peers that come and go. */
export interface PeerListener {
  /** The view may answer with this peer from now on. */
  onPeerUp(peer: PeerId): void;
  /** The view does not answer with this peer any more. */
  onPeerDown(peer: PeerId): void;
}
