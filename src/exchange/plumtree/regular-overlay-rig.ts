import { assert } from "../../core/assert.ts";
import { at } from "../../core/collections/at.ts";
import type { Random } from "../../core/random.ts";

/** Draws for one edge before an overlay is taken to be impossible. */
const DRAWS_MAX_COUNT = 10_000;

/**
 * Neighbours of each of `nodesCount` nodes, `degree` each, drawn at random: ends of edges are
 * paired, and pairs that make no edge change partners with others. [Bollobás 1980, configurations]
 */
export function regularOverlay(nodesCount: number, degree: number, random: Random): number[][] {
  assert((nodesCount * degree) % 2 === 0 && degree < nodesCount, "no such regular graph");
  const ends: number[] = [];
  for (let node = 0; node < nodesCount; node += 1) {
    for (let edge = 0; edge < degree; edge += 1) ends.push(node);
  }
  random.shuffle(ends);
  const neighbours = Array.from({ length: nodesCount }, () => new Set<number>());
  const isFree = (a: number, b: number) => a !== b && !at(neighbours, a).has(b);
  const join = (a: number, b: number) => {
    at(neighbours, a).add(b);
    at(neighbours, b).add(a);
  };
  const pairs: [number, number][] = [];
  for (let place = 0; place < ends.length; place += 2) {
    const [a, b] = [at(ends, place), at(ends, place + 1)];
    if (isFree(a, b)) {
      join(a, b);
      pairs.push([a, b]);
      continue;
    }
    for (let draws = 0; ; draws += 1) {
      assert(draws < DRAWS_MAX_COUNT, "no regular graph was found");
      const pair = at(pairs, random.below(pairs.length));
      const [c, d] = pair;
      if (!isFree(a, c) || !isFree(b, d)) continue;
      at(neighbours, c).delete(d);
      at(neighbours, d).delete(c);
      join(a, c);
      join(b, d);
      pair[1] = a;
      pairs.push([b, d]);
      break;
    }
  }
  return neighbours.map((peers) => [...peers]);
}
