import type { PeerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { Contacts } from "../../peers/hyparview/hyparview.contract.ts";
import type { PeerListener, PeerView } from "../../peers/peer-view.ts";

export interface MixedParts {
  readonly hyparview: PeerView;
  /** Neighbours in rings of all, whatever they chose. */
  readonly rings: PeerView;
  /** Who chose HyParView. */
  readonly speakers: Contacts;
}

/**
 * The neighbours of a node that chose HyParView, among some that did not. It takes its neighbours
 * of HyParView and, of those in the rings, whoever does not speak it; such a one has this node for
 * its neighbour too, for all order the rings alike. Where all speak HyParView no ring is left;
 * where some do not, each stretch of a ring between them ends at nodes that HyParView connects. So
 * nobody is cut off, and neighbours stay mutual.
 *
 * While HyParView has no neighbour, all in the rings are: what is published then still gets out.
 */
export class MixedNeighbours implements PeerView, PeerListener {
  private readonly parts: MixedParts;
  private readonly listeners: PeerListener[] = [];
  private neighbours: ReadonlySet<PeerId>;

  constructor(parts: MixedParts) {
    this.parts = parts;
    this.neighbours = this.list();
    for (const view of [parts.speakers, parts.rings, parts.hyparview]) view.subscribe(this);
  }

  get size(): number {
    return this.parts.rings.size;
  }

  get population(): number {
    return this.parts.rings.population;
  }

  sample(random: Random, count: number, out: PeerId[], exclude?: PeerId): number {
    return this.parts.rings.sample(random, count, out, exclude);
  }

  forEachNeighbour(visit: (peer: PeerId) => void): void {
    for (const peer of this.neighbours) visit(peer);
  }

  subscribe(listener: PeerListener): void {
    this.listeners.push(listener);
  }

  onPeerUp(): void {
    this.compare();
  }

  onPeerDown(): void {
    this.compare();
  }

  private compare(): void {
    const before = this.neighbours;
    const after = this.list();
    this.neighbours = after;
    for (const peer of before) {
      if (!after.has(peer)) for (const listener of this.listeners) listener.onPeerDown(peer);
    }
    for (const peer of after) {
      if (!before.has(peer)) for (const listener of this.listeners) listener.onPeerUp(peer);
    }
  }

  private list(): ReadonlySet<PeerId> {
    const { hyparview, rings, speakers } = this.parts;
    const peers = new Set<PeerId>();
    hyparview.forEachNeighbour((peer) => peers.add(peer));
    const isAlone = peers.size === 0;
    rings.forEachNeighbour((peer) => {
      if (isAlone || !speakers.has(String(peer))) peers.add(peer);
    });
    return peers;
  }
}
