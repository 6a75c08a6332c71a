import { at } from "../../core/collections/at.ts";
import { joinLanes, textLanes } from "../../core/seq-ranges.ts";

interface Place {
  readonly hash: number;
  readonly name: string;
}

/**
 * Consistent hashing: each node stands at many places of a ring of hashes, and a key belongs to
 * whoever stands next behind its own hash. Whoever comes takes about its share of the keys, from
 * all others alike; whoever goes leaves its keys to all others; no other key moves. The ring is a
 * function of the names alone: nodes that see the same members agree on every key. [Karger 1997]
 */
export class HashRing {
  private readonly placesCount: number;
  private readonly names = new Set<string>();
  /** By hash, then by name. */
  private places: readonly Place[] = [];

  constructor(placesCount: number) {
    this.placesCount = placesCount;
  }

  get size(): number {
    return this.names.size;
  }

  has(name: string): boolean {
    return this.names.has(name);
  }

  /** Sorted. */
  members(): string[] {
    return [...this.names].sort();
  }

  /** False when it was there. */
  add(name: string): boolean {
    if (this.names.has(name)) return false;
    this.names.add(name);
    const own = Array.from({ length: this.placesCount }, (_, index) => ({
      hash: hashOf(`${index}:${name}`),
      name,
    }));
    this.places = [...this.places, ...own].sort(comparePlaces);
    return true;
  }

  /** False when it was not there. */
  remove(name: string): boolean {
    if (!this.names.delete(name)) return false;
    this.places = this.places.filter((place) => place.name !== name);
    return true;
  }

  /** undefined while there is nobody. */
  owner(key: string): string | undefined {
    return this.owners(key, 1)[0];
  }

  /** The owner, and those who would be if it and the ones before were gone: `count` at most. */
  owners(key: string, count: number): string[] {
    const { places } = this;
    const wanted = Math.min(count, this.names.size);
    const found = new Set<string>();
    let index = this.firstBehind(hashOf(`key:${key}`));
    while (found.size < wanted) {
      found.add(at(places, index % places.length).name);
      index += 1;
    }
    return [...found];
  }

  /** By bisection; behind the last place the ring begins anew. */
  private firstBehind(hash: number): number {
    let low = 0;
    let high = this.places.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (at(this.places, middle).hash < hash) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function hashOf(text: string): number {
  return joinLanes(textLanes(text));
}

function comparePlaces(one: Place, other: Place): number {
  if (one.hash !== other.hash) return one.hash - other.hash;
  return one.name < other.name ? -1 : 1;
}
