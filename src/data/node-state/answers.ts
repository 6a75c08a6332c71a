import type { PeerId } from "../../core/peer.ts";
import type { Digest } from "./node-state.messages.ts";
import type { NodeStateOptions } from "./node-state.options.ts";

/**
 * How often peers are answered in one interval. A few bytes ask for a digest of all, and a forged
 * name sends it to somebody who never asked.
 */
export class Answers {
  private readonly options: Pick<NodeStateOptions, "answersMaxCount" | "peerAnswersMaxCount">;
  private readonly ofPeers = new Map<PeerId, number>();
  private leftCount = 0;

  constructor(options: Pick<NodeStateOptions, "answersMaxCount" | "peerAnswersMaxCount">) {
    this.options = options;
    this.onInterval();
  }

  onInterval(): void {
    this.ofPeers.clear();
    this.leftCount = this.options.answersMaxCount;
  }

  /** Whether this one may be answered; about all nodes it counts as a quarter of all it gets. */
  take(peer: PeerId, about: Digest["extent"]): boolean {
    const { peerAnswersMaxCount } = this.options;
    const cost = about === "all" ? peerAnswersMaxCount / ALL_MAX_COUNT : 1;
    const taken = (this.ofPeers.get(peer) ?? 0) + cost;
    if (this.leftCount <= 0 || taken > peerAnswersMaxCount) return false;
    this.leftCount -= 1;
    this.ofPeers.set(peer, taken);
    return true;
  }
}

/** Answers about all nodes that one peer gets in an interval. [because: a round needs one] */
const ALL_MAX_COUNT = 4;
