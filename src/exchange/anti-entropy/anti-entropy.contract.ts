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
  | "antiEntropy.dropped.unknownReplica";

export interface AntiEntropyWiring {
  readonly peers: PeerView;
  readonly counters: { add(name: AntiEntropyCount, by?: number): void };
  /** How far away a peer is, in any unit, when near ones shall be preferred. */
  readonly distance?: (peer: PeerId) => number;
}
