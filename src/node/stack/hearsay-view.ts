import { assert } from "../../core/assert.ts";
import { indexSeed } from "../../core/collections/name-index.ts";
import { NameSet } from "../../core/collections/name-set.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { PeerListener, PeerView } from "../../peers/peer-view.ts";

type PeerName = PeerId & string;

/** The living members that say they are Hearsay, this node left out: who hears our own messages. */
export class HearsayView implements PeerView {
  private peers = new NameSet<PeerName>(0);
  private readonly listeners: PeerListener[] = [];

  /** While nobody is in it: from now on no stranger can choose names that are slow to find. */
  scatter(random: Random): void {
    assert(this.peers.size === 0, "a view is scattered before it is used");
    this.peers = new NameSet(indexSeed(random));
  }

  get size(): number {
    return this.peers.size;
  }

  get population(): number {
    return this.peers.size + 1;
  }

  has(name: string): boolean {
    return this.peers.has(peerName(name));
  }

  names(): string[] {
    return [...this.peers].map(String);
  }

  sample(random: Random, count: number, out: PeerId[], exclude?: PeerId): number {
    return this.peers.sample({ random, count, exclude: excludedName(exclude) }, out);
  }

  forEachNeighbour(visit: (peer: PeerId) => void): void {
    for (const peer of [...this.peers]) visit(peer);
  }

  subscribe(listener: PeerListener): void {
    this.listeners.push(listener);
  }

  add(name: string): void {
    const peer = peerName(name);
    if (!this.peers.add(peer)) return;
    for (const listener of this.listeners) listener.onPeerUp(peer);
  }

  remove(name: string): void {
    const peer = peerName(name);
    if (!this.peers.delete(peer)) return;
    for (const listener of this.listeners) listener.onPeerDown(peer);
  }
}

function peerName(name: string): PeerName {
  return peerId(name) as PeerName;
}

/** A real node's peers are names; a number among them names nobody. */
function excludedName(exclude: PeerId | undefined): string | undefined {
  return exclude === undefined ? undefined : String(exclude);
}
