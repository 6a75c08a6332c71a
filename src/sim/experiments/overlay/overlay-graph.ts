import { at } from "../../../core/collections/at.ts";
import { pow } from "../../../core/math.ts";
import type { Random } from "../../../core/random.ts";

/**
 * Who knows whom, as a graph of node numbers. In-degrees are of the directed graph; clustering and
 * paths are of the undirected one, for whoever knows somebody can send to him, and the answer makes
 * him known: as in [Jelasity 2007 §4.1].
 */
export class OverlayGraph {
  /** For each node whom it knows. */
  private readonly known: readonly (readonly number[])[];
  private readonly neighbours: readonly (readonly number[])[];

  constructor(known: readonly (readonly number[])[]) {
    this.known = known;
    const both = known.map(() => new Set<number>());
    known.forEach((peers, node) => {
      for (const peer of peers) {
        at(both, node).add(peer);
        at(both, peer).add(node);
      }
    });
    this.neighbours = both.map((peers) => [...peers]);
  }

  /** How many know each node. */
  inDegrees(): number[] {
    const degrees = this.known.map(() => 0);
    for (const peers of this.known) for (const peer of peers) degrees[peer] = at(degrees, peer) + 1;
    return degrees;
  }

  /**
   * Of the pairs of neighbours of a node, the share that are neighbours of each other; the mean
   * over `samplesCount` random nodes with two neighbours or more.
   */
  clustering(random: Random, samplesCount: number): number {
    let [sum, counted] = [0, 0];
    for (const node of random.sampleIndexes(this.known.length, samplesCount)) {
      const neighbours = at(this.neighbours, node);
      if (neighbours.length < 2) continue;
      const near = new Set(neighbours);
      let edges = 0;
      for (const one of neighbours) {
        for (const other of at(this.neighbours, one)) if (near.has(other)) edges += 1;
      }
      sum += edges / (neighbours.length * (neighbours.length - 1));
      counted += 1;
    }
    return counted === 0 ? 0 : sum / counted;
  }

  /** Mean hops from `samplesCount` random nodes to every other that can be reached. */
  pathLength(random: Random, samplesCount: number): number {
    let [hops, reached] = [0, 0];
    for (const node of random.sampleIndexes(this.known.length, samplesCount)) {
      for (const distance of this.distances(node)) {
        if (distance <= 0) continue;
        hops += distance;
        reached += 1;
      }
    }
    return reached === 0 ? 0 : hops / reached;
  }

  /** How many nodes the largest part has in which everybody can reach everybody. */
  largestPart(): number {
    const isCounted = this.known.map(() => false);
    let largest = 0;
    for (let node = 0; node < this.known.length; node += 1) {
      if (isCounted[node]) continue;
      let size = 0;
      this.distances(node).forEach((distance, other) => {
        if (distance < 0) return;
        isCounted[other] = true;
        size += 1;
      });
      largest = Math.max(largest, size);
    }
    return largest;
  }

  /** Hops from `start` to each node; −1 where there is no way. */
  private distances(start: number): number[] {
    const distances = this.known.map(() => -1);
    distances[start] = 0;
    const queue = [start];
    for (let head = 0; head < queue.length; head += 1) {
      const node = at(queue, head);
      for (const next of at(this.neighbours, node)) {
        if (at(distances, next) >= 0) continue;
        distances[next] = at(distances, node) + 1;
        queue.push(next);
      }
    }
    return distances;
  }
}

/** What theory says of a graph in which every node knows `viewCount` others, all at random. */
export function randomGraph(nodesCount: number, viewCount: number) {
  const known = viewCount / (nodesCount - 1);
  const joined = 1 - (1 - known) * (1 - known);
  return {
    /** In-degrees are binomial; this is their variance. */
    inDegreeVariance: viewCount * (1 - known),
    /** Two neighbours of a node are joined as any two nodes are. */
    clustering: joined,
    pathLength: pathLengthAt(nodesCount, joined),
  };
}

/** Mean hops, by how many nodes are expected in each ring around one. */
function pathLengthAt(nodesCount: number, joined: number): number {
  let [within, ring, hops] = [1, 1, 0];
  for (let distance = 1; nodesCount - within > 1e-6 && distance < nodesCount; distance += 1) {
    const next = (nodesCount - within) * (1 - pow(1 - joined, ring));
    hops += distance * next;
    within += next;
    ring = next;
  }
  return hops / (nodesCount - 1);
}
