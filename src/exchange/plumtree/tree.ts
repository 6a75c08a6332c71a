import type { PeerId } from "../../core/peer.ts";

/** The neighbours of this node in one tree: who gets payloads, and who gets names only. */
export class Tree {
  readonly eager = new Set<PeerId>();
  readonly lazy = new Set<PeerId>();
  /** When each peer was last sent a PRUNE. */
  private pruned: Map<PeerId, number> | undefined;

  has(peer: PeerId): boolean {
    return this.eager.has(peer) || this.lazy.has(peer);
  }

  add(peer: PeerId, how: "eager" | "lazy"): void {
    if (!this.has(peer)) this[how].add(peer);
  }

  /** Does nothing to a peer that is no neighbour. */
  becomeEager(peer: PeerId): void {
    if (this.lazy.delete(peer)) this.eager.add(peer);
    this.pruned?.delete(peer);
  }

  becomeLazy(peer: PeerId): void {
    if (this.eager.delete(peer)) this.lazy.add(peer);
  }

  remove(peer: PeerId): void {
    this.eager.delete(peer);
    this.lazy.delete(peer);
    this.pruned?.delete(peer);
  }

  notePrune(peer: PeerId, nowMs: number): void {
    this.pruned ??= new Map();
    this.pruned.set(peer, nowMs);
  }

  /** Undefined when it was not, or has been made eager since. */
  prunedAtMs(peer: PeerId): number | undefined {
    return this.pruned?.get(peer);
  }
}
