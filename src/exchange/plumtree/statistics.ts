import { at } from "../../core/collections/at.ts";
import type { PlumtreeStatistics } from "./plumtree.contract.ts";

/** Longest way that is told apart. */
const HOPS_MAX = 128;

/** Counts of one replica, as they are added to. */
export class Statistics implements PlumtreeStatistics {
  payloadsSentCount = 0;
  payloadsReceivedCount = 0;
  duplicatesCount = 0;
  announcedSentCount = 0;
  announcedReceivedCount = 0;
  graftsSentCount = 0;
  graftsReceivedCount = 0;
  prunesSentCount = 0;
  prunesReceivedCount = 0;
  bytesSentCount = 0;
  bytesReceivedCount = 0;
  lostCount = 0;
  hops: number[] = [];

  /** `count` updates came first after `round` hops beyond the first. */
  noteHops(round: number, count: number): void {
    const place = Math.min(round + 1, HOPS_MAX);
    while (this.hops.length <= place) this.hops.push(0);
    this.hops[place] = at(this.hops, place) + count;
  }

  /** As it stands, for keeping. */
  copy(): PlumtreeStatistics {
    return { ...this, hops: [...this.hops] };
  }
}
