import type { Origin } from "../../core/peer.ts";
import type { Enrolled } from "../enrolled.ts";
import type { HotRumor } from "./hot-rumors.ts";
import type { RumorStatistics } from "./rumor.contract.ts";

/** A replica whose updates are spread. */
export interface Seat {
  readonly enrolled: Enrolled;
  /** Its rumors that this node still tells. */
  readonly hot: Map<Origin, Map<number, HotRumor>>;
  readonly statistics: { -readonly [Name in keyof RumorStatistics]: number };
}

export function newSeat(enrolled: Enrolled): Seat {
  return {
    enrolled,
    hot: new Map(),
    statistics: {
      sentCount: 0,
      sentBytes: 0,
      announcedSentCount: 0,
      announcedReceivedCount: 0,
      receivedBytes: 0,
      newsCount: 0,
      duplicatesCount: 0,
      hopsCount: 0,
    },
  };
}
