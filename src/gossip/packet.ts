import type { Origin } from "../core/peer.ts";
import type { VectorClock } from "../core/vector-clock.ts";

/** What `receive` gives. */
export interface GossipPacket<Data = unknown> {
  /** Unique in the cluster and for ever: `author#boot:version`. */
  readonly id: string;
  /** The id of the node that sent it. */
  readonly author: string;
  readonly data: Data;
  /** 1, 2, 3 … without gaps: which packet of its author's life it is. */
  readonly version: number;
  /** Ids of nodes that are known to hold it: its author, who brought it, and this node. */
  readonly availableAt: readonly string[];
  /** By its author's clock, in milliseconds since the epoch. */
  readonly createdAtMs: number;
  /**
   * What its author had received and sent, itself included, by `name#boot`. Of two packets, a came
   * before b if `compareVectorClocks(a.vectorClock, b.vectorClock)` says "before".
   */
  readonly vectorClock: VectorClock;
  /**
   * Packets it came after that did not arrive in time, each told once, by the first packet that
   * missed them. One that arrives all the same is delivered then.
   */
  readonly gap: readonly GossipGap[];
}

/** Packets `first` … `last` of one life of a node. */
export interface GossipGap {
  readonly origin: Origin;
  readonly first: number;
  readonly last: number;
}

/** A packet before it is ordered: all but what the order finds out. */
export interface ArrivedPacket {
  readonly origin: Origin;
  readonly seq: number;
  /** What its author had received; without itself. */
  readonly after: ReadonlyMap<Origin, number>;
  readonly data: unknown;
  readonly createdAtMs: number;
  readonly availableAt: readonly string[];
}
