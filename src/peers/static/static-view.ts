import { RandomSet } from "../../core/collections/random-set.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { PeerListener, PeerView } from "../peer-view.ts";

/**
 * A view that changes only by command: for tests, simulations, and clusters whose members are
 * written in a file.
 */
export class StaticView implements PeerView {
  private readonly self: PeerId;
  private readonly peers = new RandomSet<PeerId>();
  private readonly neighboursMaxCount: number;
  private readonly listeners: PeerListener[] = [];

  /** `neighboursMaxCount` bounds whom `forEachNeighbour` visits: the first that were added. */
  constructor(self: PeerId, neighboursMaxCount = Number.POSITIVE_INFINITY) {
    this.self = self;
    this.neighboursMaxCount = neighboursMaxCount;
  }

  get size(): number {
    return this.peers.size;
  }

  get population(): number {
    return this.peers.size + 1;
  }

  /** False when the peer was there already, or is the node itself. */
  add(peer: PeerId): boolean {
    if (peer === this.self || !this.peers.add(peer)) return false;
    for (const listener of this.listeners) listener.onPeerUp(peer);
    return true;
  }

  /** False when the peer was not there. */
  remove(peer: PeerId): boolean {
    if (!this.peers.delete(peer)) return false;
    for (const listener of this.listeners) listener.onPeerDown(peer);
    return true;
  }

  sample(random: Random, count: number, out: PeerId[], exclude?: PeerId): number {
    return this.peers.sample(random, count, out, exclude);
  }

  forEachNeighbour(visit: (peer: PeerId) => void): void {
    let left = this.neighboursMaxCount;
    for (const peer of this.peers) {
      if (left <= 0) return;
      left -= 1;
      visit(peer);
    }
  }

  subscribe(listener: PeerListener): void {
    this.listeners.push(listener);
  }
}
