import type { Arrival } from "../../core/arrival.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { PeerId } from "../../core/peer.ts";
import type { PeerView } from "../../peers/peer-view.ts";

export type AntiEntropyCount =
  | "antiEntropy.rounds"
  | "antiEntropy.same"
  | "antiEntropy.updatesSent"
  | "antiEntropy.news"
  /** Updates that came and were known: what a round cost for nothing. */
  | "antiEntropy.duplicates"
  | "antiEntropy.busy"
  | "antiEntropy.timedOut"
  /** A message of no round that is under way, or out of turn. */
  | "antiEntropy.dropped.stale"
  /** An update or a cover that was not wanted. */
  | "antiEntropy.dropped.unsolicited"
  /** A want for what was not offered. */
  | "antiEntropy.dropped.notOffered"
  | "antiEntropy.dropped.unknownReplica"
  /** What a peer said of a replica in whose set it has no place any more. */
  | "antiEntropy.dropped.evicted"
  /** Symbols that cannot be read, or that no set of dots makes. */
  | "antiEntropy.dropped.forgedSketch"
  /** Digests found too long to send, and told apart by sketch, or given up for digests. */
  | "antiEntropy.sketches"
  | "antiEntropy.sketchesGivenUp";

/** How far a long catch-up has come. */
export interface AntiEntropyProgress {
  readonly replica: string;
  /** Who sends. */
  readonly peer: PeerId;
  /** Dots that this node has seen. */
  readonly heldCount: number;
  /** Dots that it lacks of what the peer has told of. */
  readonly missingCount: number;
}

/** Who replicates what, as far as rounds must know. */
export interface SetsPort {
  /**
   * The replica that says so. Every round compares it, and a round of two who do not agree on it is
   * about nothing else: what a peer has seen of another replica means little before.
   */
  readonly replica: string;
  /** True for a peer that has no place in the set of `replica` any more. */
  isRefused(peer: PeerId, replica: string): boolean;
  /** `peer` has seen all of `seen`; told only if the two agree about who replicates what. */
  onSeen(peer: PeerId, replica: string, seen: ReadonlyDotSet): void;
}

export interface AntiEntropyWiring {
  readonly peers: PeerView;
  readonly counters: { add(name: AntiEntropyCount, by?: number): void };
  /** Every update that comes, news or not. */
  readonly onArrival?: (arrival: Arrival) => void;
  /** Told after each message of a catch-up; it must not call back. */
  readonly onProgress?: (progress: AntiEntropyProgress) => void;
  /** Absent where everybody replicates everything, as in a simulation of one replica. */
  readonly sets?: SetsPort;
  /** How far away a peer is, in any unit, when near ones shall be preferred. */
  readonly distance?: (peer: PeerId) => number;
}
