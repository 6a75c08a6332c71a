import { sqrt } from "../../core/math.ts";

/** Cosine and sine of the golden angle, by which no two seeds of a sunflower stand in a row. */
const COS = -0.737_368_878_078_319_7;
const SIN = 0.675_490_294_261_523_8;

/** A place in a disc of radius 1 around 0, 0. */
export type DiscPoint = readonly [x: number, y: number];

/** Where the nodes of a town stand, `x, y` of each: evenly, node 0 in the middle. [Vogel 1979] */
export function discPoints(nodesCount: number): Float64Array {
  const points = new Float64Array(nodesCount * 2);
  let [x, y] = [1, 0];
  for (let node = 0; node < nodesCount; node += 1) {
    const radius = sqrt((node + 0.5) / nodesCount);
    points[node * 2] = radius * x;
    points[node * 2 + 1] = radius * y;
    // Turned on by products alone, which every engine computes alike, and kept at length 1.
    const length = sqrt(x * x + y * y);
    [x, y] = [(x * COS - y * SIN) / length, (x * SIN + y * COS) / length];
  }
  return points;
}

/** Nodes on the left of the line from one point through the other. */
export function leftOf(points: Float64Array, from: DiscPoint, to: DiscPoint): number[] {
  const nodes: number[] = [];
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  for (let node = 0; node * 2 < points.length; node += 1) {
    const [x, y] = [points[node * 2] ?? 0, points[node * 2 + 1] ?? 0];
    if (dx * (y - from[1]) - dy * (x - from[0]) > 0) nodes.push(node);
  }
  return nodes;
}
