import { RandomSet } from "../../core/collections/random-set.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { PeerListener, PeerView } from "../../peers/peer-view.ts";

/** The living members that say they are Hearsay, this node left out: who hears our own messages. */
export class HearsayView implements PeerView {
  private readonly peers = new RandomSet<PeerId>();
  private readonly listeners: PeerListener[] = [];

  get size(): number {
    return this.peers.size;
  }

  get population(): number {
    return this.peers.size + 1;
  }

  has(name: string): boolean {
    return this.peers.has(peerId(name));
  }

  names(): string[] {
    return [...this.peers].map(String);
  }

  sample(random: Random, count: number, out: PeerId[], exclude?: PeerId): number {
    return this.peers.sample(random, count, out, exclude);
  }

  forEachNeighbour(visit: (peer: PeerId) => void): void {
    for (const peer of [...this.peers]) visit(peer);
  }

  subscribe(listener: PeerListener): void {
    this.listeners.push(listener);
  }

  add(name: string): void {
    const peer = peerId(name);
    if (!this.peers.add(peer)) return;
    for (const listener of this.listeners) listener.onPeerUp(peer);
  }

  remove(name: string): void {
    const peer = peerId(name);
    if (!this.peers.delete(peer)) return;
    for (const listener of this.listeners) listener.onPeerDown(peer);
  }
}
