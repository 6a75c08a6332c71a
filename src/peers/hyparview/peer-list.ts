import { at } from "../../core/collections/at.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { KnownPeer } from "./hyparview.messages.ts";

/**
 * A few peers, each once. Two lists rather than a map: views hold up to some dozens, in each of
 * 100,000 nodes of a simulation.
 */
export class PeerList {
  private readonly names: PeerId[] = [];
  private readonly known: KnownPeer[] = [];

  get size(): number {
    return this.names.length;
  }

  has(peer: PeerId): boolean {
    return this.names.includes(peer);
  }

  get(peer: PeerId): KnownPeer | undefined {
    const place = this.names.indexOf(peer);
    return place < 0 ? undefined : this.known[place];
  }

  at(place: number): KnownPeer {
    return at(this.known, place);
  }

  /** False when it was there; what travels with it is then what is given now. */
  add(known: KnownPeer): boolean {
    const place = this.names.indexOf(known.peer);
    if (place >= 0) {
      this.known[place] = known;
      return false;
    }
    this.names.push(known.peer);
    this.known.push(known);
    return true;
  }

  /** The last one takes its place. */
  take(peer: PeerId): KnownPeer | undefined {
    const place = this.names.indexOf(peer);
    return place < 0 ? undefined : this.takeAt(place);
  }

  takeRandom(random: Random): KnownPeer | undefined {
    return this.size === 0 ? undefined : this.takeAt(random.below(this.size));
  }

  takeOldest(): KnownPeer | undefined {
    this.names.shift();
    return this.known.shift();
  }

  /** One of them that is neither of the two; undefined when there is none. */
  pick(random: Random, except?: PeerId, norThis?: PeerId): KnownPeer | undefined {
    const { names } = this;
    if (names.length === 0) return undefined;
    const first = random.below(names.length);
    const one = names[first];
    if (one !== except && one !== norThis) return this.known[first];
    const others = this.known.filter(({ peer }) => peer !== except && peer !== norThis);
    return random.pick(others);
  }

  /** Adds up to `count` of them, other than `except`, to `out`. */
  sample(random: Random, count: number, out: KnownPeer[], except?: PeerId): void {
    const wanted = count + (except === undefined ? 0 : 1);
    let left = count;
    for (const place of random.sampleIndexes(this.size, wanted)) {
      const one = at(this.known, place);
      if (left === 0 || one.peer === except) continue;
      out.push(one);
      left -= 1;
    }
  }

  [Symbol.iterator](): IterableIterator<KnownPeer> {
    return this.known[Symbol.iterator]();
  }

  clear(): void {
    this.names.length = 0;
    this.known.length = 0;
  }

  private takeAt(place: number): KnownPeer {
    const taken = at(this.known, place);
    const [name, known] = [at(this.names, this.size - 1), at(this.known, this.size - 1)];
    this.names.pop();
    this.known.pop();
    if (place < this.size) {
      this.names[place] = name;
      this.known[place] = known;
    }
    return taken;
  }
}
