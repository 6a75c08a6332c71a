import type { Arrival } from "../../core/arrival.ts";
import type { Env } from "../../core/env.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import type { RumorMessage } from "./rumor.messages.ts";

export type RumorTimer = { readonly kind: "round" };

export type RumorEnv = Env<RumorMessage, RumorTimer>;

export type RumorCount =
  /** Rounds in which somebody was called. */
  | "rumor.rounds"
  /** Messages that carry updates, and those that carry none. */
  | "rumor.payloadMessages"
  | "rumor.controlMessages"
  /** Updates sent: the traffic of the papers. */
  | "rumor.updatesSent"
  /** Updates that were not sent back to the one who had just told them. */
  | "rumor.updatesSpared"
  /** Updates that came as rumors and were news. */
  | "rumor.news"
  /** Updates that came and were known. */
  | "rumor.duplicates"
  | "rumor.busy"
  /** Names told of rumors that are told no more, and what was wanted of them. */
  | "rumor.named"
  | "rumor.namedWanted"
  /** Rumors in which interest was lost. */
  | "rumor.cooled"
  /** Rumors that were hot for as many rounds as is allowed. */
  | "rumor.expired"
  /** An answer or feedback to nothing that was said, or too late. */
  | "rumor.dropped.stale"
  /** Standings that do not fit what was told. */
  | "rumor.dropped.absurd"
  | "rumor.dropped.unknownReplica"
  | "rumor.dropped.hotListFull"
  | "rumor.dropped.peerBudget"
  | "rumor.dropped.originBudget";

export interface RumorWiring {
  readonly peers: PeerView;
  readonly counters: { add(name: RumorCount, by?: number): void };
  /** Every update that comes, news or not, and every one that is published. */
  readonly onArrival?: (arrival: Arrival) => void;
}

/** What spreading one replica has cost this node so far. */
export interface RumorStatistics {
  readonly sentCount: number;
  readonly sentBytes: number;
  readonly announcedSentCount: number;
  readonly announcedReceivedCount: number;
  readonly receivedBytes: number;
  /** Updates that came as rumors: for the first time, and again. */
  readonly newsCount: number;
  readonly duplicatesCount: number;
  /** Messages that the news took from their authors to here, summed over `newsCount`. */
  readonly hopsCount: number;
}
