import type { PeerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { PeerView } from "../../peers/peer-view.ts";

/**
 * Deals peers like cards: each once in random order, then all are shuffled again. The few
 * transmissions of one rumour then reach as many different peers as there are, where independent
 * draws would hit some twice; SWIM chooses whom to probe the same way. [SWIM 2002 §4.3]
 */
export class PeerDeck {
  private readonly peers: PeerView;
  private readonly random: Random;
  private cards: PeerId[] = [];

  constructor(peers: PeerView, random: Random) {
    this.peers = peers;
    this.random = random;
  }

  /** Up to `count` different peers. Some may be gone by now; the carrier drops what is for them. */
  draw(count: number): readonly PeerId[] {
    const drawn = this.cards.splice(-count, count);
    if (drawn.length >= count) return drawn;
    this.cards = this.all();
    while (drawn.length < count) {
      const next = this.cards.pop();
      if (next === undefined) break;
      if (!drawn.includes(next)) drawn.push(next);
    }
    return drawn;
  }

  /** Every peer, in random order. */
  all(): PeerId[] {
    const all: PeerId[] = [];
    all.length = this.peers.sample(this.random, this.peers.size, all);
    return all;
  }
}
