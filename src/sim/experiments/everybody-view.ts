import { type PeerId, peerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { PeerListener, PeerView } from "../../peers/peer-view.ts";

/** Everybody, without a list of them: the complete graph of the papers. */
export class EverybodyView implements PeerView {
  readonly population: number;
  readonly size: number;
  private readonly self: number;

  constructor(self: number, population: number) {
    this.self = self;
    this.population = population;
    this.size = population - 1;
  }

  sample(random: Random, count: number, out: PeerId[], exclude?: PeerId): number {
    if (count === 1 && exclude === undefined) {
      const draw = random.below(this.size);
      out[0] = peerId(draw < this.self ? draw : draw + 1);
      return 1;
    }
    let taken = 0;
    for (const draw of random.sampleIndexes(this.size, count + 1)) {
      const peer = peerId(draw < this.self ? draw : draw + 1);
      if (peer === exclude || taken >= count) continue;
      out[taken] = peer;
      taken += 1;
    }
    return taken;
  }

  forEachNeighbour(visit: (peer: PeerId) => void): void {
    for (let index = 0; index < this.population; index += 1) {
      if (index !== this.self) visit(peerId(index));
    }
  }

  subscribe(_listener: PeerListener): void {}
}
