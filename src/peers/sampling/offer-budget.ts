import { BoundedMap } from "../../core/collections/bounded-map.ts";
import type { PeerId } from "../../core/peer.ts";
import type { SamplingOptions } from "./sampling.options.ts";

/** Peers whose offers are counted; of more, those longest not heard begin anew. [guess] */
const PEERS_MAX_COUNT = 1_024;

/** How many offers are taken in one round, of each peer and of all. */
export class OfferBudget {
  private readonly options: SamplingOptions;
  private readonly counts = new BoundedMap<PeerId, number>(PEERS_MAX_COUNT);
  private totalCount = 0;

  constructor(options: SamplingOptions) {
    this.options = options;
  }

  renew(): void {
    if (this.totalCount === 0) return;
    this.totalCount = 0;
    this.counts.clear();
  }

  admits(peer: PeerId): boolean {
    const { offersMaxCount, peerOffersMaxCount } = this.options;
    this.totalCount += 1;
    if (offersMaxCount > 0 && this.totalCount > offersMaxCount) return false;
    if (peerOffersMaxCount === 0) return true;
    const count = (this.counts.get(peer) ?? 0) + 1;
    this.counts.set(peer, count);
    return count <= peerOffersMaxCount;
  }
}
