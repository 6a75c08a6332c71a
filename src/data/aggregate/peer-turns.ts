import { at } from "../../core/collections/at.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { AggregatePeers } from "./aggregate.contract.ts";

/**
 * Whose turn it is: neighbours one after the other, for each has its own flow, which only talk
 * keeps fresh. One that did not answer is asked again first, a few times: a lost answer leaves the
 * two ends of a flow unlike, and nothing else mends it as soon.
 *
 * Departs from [spec aggregation §1]: not a random peer, but for exchanges without a memory.
 */
export class PeerTurns {
  private readonly peers: AggregatePeers;
  private readonly random: Random;
  private readonly repeatsCount: number;
  private neighbours: PeerId[] = [];
  private turn = 0;
  private isStale = true;
  private open: PeerId | undefined;
  private repeated = 0;
  private readonly sampled: PeerId[] = [];

  constructor(peers: AggregatePeers, random: Random, repeatsCount: number) {
    this.peers = peers;
    this.random = random;
    this.repeatsCount = repeatsCount;
  }

  get isAlone(): boolean {
    return this.peers.size === 0;
  }

  /** The view has changed. */
  onChange(): void {
    this.isStale = true;
  }

  /** Who was asked in this round, and has not answered. */
  get silent(): PeerId | undefined {
    return this.open;
  }

  onAnswered(peer: PeerId): void {
    if (this.open === peer) this.open = undefined;
  }

  onPeerDown(peer: PeerId): void {
    this.isStale = true;
    this.onAnswered(peer);
  }

  /** Whom to ask in this round; undefined: there is nobody. */
  nextNeighbour(): PeerId | undefined {
    if (this.open !== undefined && this.repeated < this.repeatsCount) {
      this.repeated += 1;
      return this.open;
    }
    this.refresh();
    if (this.neighbours.length === 0) return undefined;
    this.turn = (this.turn + 1) % this.neighbours.length;
    this.repeated = 0;
    this.open = at(this.neighbours, this.turn);
    return this.open;
  }

  anybody(): PeerId | undefined {
    return this.peers.sample(this.random, 1, this.sampled) === 0 ? undefined : this.sampled[0];
  }

  private refresh(): void {
    if (!this.isStale) return;
    this.isStale = false;
    this.neighbours = [];
    this.peers.forEachNeighbour((peer) => this.neighbours.push(peer));
    // Else all would ask in the order of their lists, and some be asked by many at once.
    this.random.shuffle(this.neighbours);
  }
}
