import { at } from "../../core/collections/at.ts";
import type { Random } from "../../core/random.ts";

interface Ring {
  readonly next: Int32Array;
  readonly previous: Int32Array;
}

/**
 * The rings of `boundedNeighbours`, drawn once for a whole town: a list of all members at each
 * of ten thousand nodes would be a hundred million names.
 */
export class RingPlaces {
  readonly placesCount: number;
  private readonly rings: readonly Ring[];
  private readonly gone = new Set<number>();

  constructor(placesCount: number, ringsCount: number, random: Random) {
    this.placesCount = placesCount;
    this.rings = Array.from({ length: ringsCount }, () => drawRing(placesCount, random));
  }

  get livingCount(): number {
    return this.placesCount - this.gone.size;
  }

  isLiving(place: number): boolean {
    return !this.gone.has(place);
  }

  neighbours(place: number): number[] {
    const all = this.rings.flatMap(({ next, previous }) => [at(previous, place), at(next, place)]);
    return [...new Set(all)].filter((one) => one !== place);
  }

  /** Closes the rings behind it. @returns those who were its neighbours */
  remove(place: number): readonly number[] {
    const torn = this.neighbours(place);
    this.gone.add(place);
    for (const { next, previous } of this.rings) {
      next[at(previous, place)] = at(next, place);
      previous[at(next, place)] = at(previous, place);
    }
    return torn;
  }
}

function drawRing(placesCount: number, random: Random): Ring {
  const order = random.shuffle(Array.from({ length: placesCount }, (_, index) => index));
  const ring = { next: new Int32Array(placesCount), previous: new Int32Array(placesCount) };
  for (const [turn, place] of order.entries()) {
    const follower = at(order, (turn + 1) % placesCount);
    ring.next[place] = follower;
    ring.previous[follower] = place;
  }
  return ring;
}
