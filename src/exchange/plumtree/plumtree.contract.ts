import type { Arrival } from "../../core/arrival.ts";
import type { Env } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import type { PlumtreeMessage } from "./plumtree.messages.ts";

export type PlumtreeTimer =
  /** What waits for a pipe to be free. */
  | { readonly kind: "flush" }
  /** Announced updates whose payload has not come. */
  | { readonly kind: "missing" }
  /** Large updates that were asked for and have not come. */
  | { readonly kind: "fetch" }
  | { readonly kind: "reconcile" };

export type PlumtreeEnv = Env<PlumtreeMessage, PlumtreeTimer>;

export type PlumtreeCount =
  | "plumtree.sent"
  | "plumtree.received"
  | "plumtree.payloadsSent"
  | "plumtree.payloadsReceived"
  | "plumtree.news"
  | "plumtree.duplicates"
  | "plumtree.announced"
  /** Large updates that were announced to a peer, to all together. */
  | "plumtree.offered"
  /** Times that one was asked for. */
  | "plumtree.fetched"
  /** Times that nothing came for it. */
  | "plumtree.fetchesSilent"
  | "plumtree.grafts"
  | "plumtree.prunes"
  | "plumtree.optimised"
  /** Announced updates that nobody sent: left to anti-entropy. */
  | "plumtree.lost"
  /** Updates that a peer asked for and that are not held. */
  | "plumtree.notFound"
  /** Updates that no replica of this kind takes: not passed on. */
  | "plumtree.rejected"
  | "plumtree.deferred"
  /** Messages of nodes that are no neighbours. */
  | "plumtree.strangers"
  /** Neighbours that came or went without a word. */
  | "plumtree.reconciled"
  /** Payloads that a slow peer is only told the names of. */
  | "plumtree.demoted"
  /** Of a peer that does not take the answers. */
  | "plumtree.dropped.questions"
  | "plumtree.dropped.announcements"
  | "plumtree.dropped.notices"
  | "plumtree.dropped.offers"
  | "plumtree.dropped.wants"
  | "plumtree.dropped.overPeerBudget"
  | "plumtree.dropped.overOriginBudget"
  | "plumtree.dropped.unknownReplica";

export interface PlumtreeCounters {
  add(name: PlumtreeCount, by?: number): void;
}

export interface PlumtreeWiring {
  /** Its neighbours are those that trees are made of: a few, and both ways. */
  readonly peers: PeerView;
  readonly counters: PlumtreeCounters;
  /** True while what is sent to this peer only waits in a queue that grows. */
  readonly isCongested?: (peer: PeerId) => boolean;
  /** Every update that comes, news or not, and every one that is published. */
  readonly onArrival?: (arrival: Arrival) => void;
}

/** What one replica cost and brought on this node since the start. */
export interface PlumtreeStatistics {
  /** Updates. */
  readonly payloadsSentCount: number;
  readonly payloadsReceivedCount: number;
  readonly duplicatesCount: number;
  /** Names of updates in IHAVE. */
  readonly announcedSentCount: number;
  readonly announcedReceivedCount: number;
  readonly graftsSentCount: number;
  readonly graftsReceivedCount: number;
  readonly prunesSentCount: number;
  readonly prunesReceivedCount: number;
  /** Of updates, as the replica measures them. */
  readonly bytesSentCount: number;
  readonly bytesReceivedCount: number;
  readonly lostCount: number;
  /** How many updates came first after `index` hops; the last place takes all longer ways. */
  readonly hops: readonly number[];
}
