import type { HeldInfo } from "./info-network.contract.ts";
import { type HighWaterStamps, NO_EXPIRY, type StampedInfo } from "./info-network.messages.ts";
import { NOTHING_OFFERED, type Offered, type StampStore } from "./stamp-store.ts";
import { infoBytes } from "./stamped-info.ts";

export interface Portion {
  readonly infos: ReadonlyMap<string, StampedInfo>;
  /** There was no room for all. */
  readonly isCut: boolean;
}

/**
 * What one end of a stream knows of the other: which stamps it has, and which of ours it was told.
 * It lives and dies with the stream, for only the stream's order makes it true. [infostore §4, §5]
 */
export class StreamLedger {
  /** What the other end has, or has been sent. */
  readonly remoteStamps = new Map<number, bigint>();
  private readonly sentStamps = new Map<number, bigint>();
  private readonly store: StampStore;
  /** All that was stored up to here has been looked at. */
  private position = 0;
  /** Markers stamped later than this are still to be sent; undefined when all were. */
  private markersBehind: bigint | undefined = 0n;
  /** Of what is sent whatever the stamps say, and lies behind the position: that was sent. */
  private offered: Offered = NOTHING_OFFERED;
  infosSent = 0;
  infosReceived = 0;

  constructor(store: StampStore) {
    this.store = store;
  }

  /**
   * Infos that the other end lacks, and once the markers; they count as sent from now on. Those of
   * the origin `withheld` wait until they may be told.
   */
  takePortion(maxBytes: number, withheld: number | undefined): Portion {
    const { last, due: all } = this.due();
    const due = withheld === undefined ? all : all.filter(({ info }) => info.nodeId !== withheld);
    const taken = cutAt(due, maxBytes);
    const infos = new Map(taken.map(({ info, key }) => [key, info]));
    const isCut = taken.length < due.length;
    const cut = taken.at(-1)?.info.origStamp ?? 0n;
    if (!isCut && due.length === all.length) this.position = last;
    this.offered = { stamp: isCut ? cut : NO_EXPIRY, position: last };
    if (this.markersBehind !== undefined) this.markersBehind = isCut ? cut : undefined;
    for (const { nodeId, origStamp } of infos.values()) {
      if (origStamp > (this.remoteStamps.get(nodeId) ?? 0n)) {
        this.remoteStamps.set(nodeId, origStamp);
      }
    }
    this.infosSent += infos.size;
    return { infos, isCut };
  }

  /** High-water stamps that the other end was not told; of `withheld` none. */
  takeStamps(withheld: number | undefined): HighWaterStamps {
    const news = new Map<number, bigint>();
    for (const [nodeId, stamp] of this.store.highWater) {
      if (nodeId === withheld || this.sentStamps.get(nodeId) === stamp) continue;
      news.set(nodeId, stamp);
      this.sentStamps.set(nodeId, stamp);
    }
    return news;
  }

  /** Oldest stamps first, so that wherever it is cut what was sent of an origin has no hole. */
  private due(): { readonly last: number; readonly due: HeldInfo[] } {
    const { markersBehind, store } = this;
    const due = store.delta(this.remoteStamps, this.position, this.offered);
    if (markersBehind !== undefined) {
      const known = new Set(due);
      for (const marker of store.markers()) {
        if (marker.info.origStamp > markersBehind && !known.has(marker)) due.push(marker);
      }
    }
    due.sort(byStamp);
    return { last: store.lastPosition, due };
  }
}

function byStamp(a: HeldInfo, b: HeldInfo): number {
  if (a.info.origStamp !== b.info.origStamp) return a.info.origStamp < b.info.origStamp ? -1 : 1;
  if (a.info.nodeId !== b.info.nodeId) return a.info.nodeId - b.info.nodeId;
  return a.key < b.key ? -1 : 1;
}

/** As many as fit, at least one, and if it can be none without the others of its stamp. */
function cutAt(due: readonly HeldInfo[], maxBytes: number): readonly HeldInfo[] {
  let bytes = 0;
  let count = 0;
  for (const { info, key } of due) {
    bytes += infoBytes(key, info);
    if (bytes > maxBytes && count > 0) break;
    count += 1;
  }
  if (count === due.length) return due;
  const stamp = due[count]?.info.origStamp;
  let whole = count;
  while (whole > 0 && due[whole - 1]?.info.origStamp === stamp) whole -= 1;
  return due.slice(0, whole > 0 ? whole : count);
}
