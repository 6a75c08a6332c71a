import { describe, expect, it } from "vitest";
import { Random } from "../../../core/random.ts";
import { OverlayGraph, randomGraph } from "./overlay-graph.ts";

const random = new Random(1);

describe("an overlay graph", () => {
  it("measures a ring, and two of them", () => {
    const ring = new OverlayGraph([[1], [2], [3], [4], [5], [0]]);
    expect(ring.inDegrees()).toEqual([1, 1, 1, 1, 1, 1]);
    expect(ring.clustering(random, 6)).toBe(0);
    expect(ring.pathLength(random, 6)).toBe(1.8);
    expect(ring.largestPart()).toBe(6);
    expect(new OverlayGraph([[1], [2], [0], [4], [3]]).largestPart()).toBe(3);
  });

  it("finds all neighbours of neighbours known where everybody knows everybody", () => {
    const all = new OverlayGraph([0, 1, 2, 3].map((one) => [0, 1, 2, 3].filter((x) => x !== one)));
    expect(all.clustering(random, 4)).toBe(1);
    expect(all.pathLength(random, 4)).toBe(1);
  });

  it("agrees with theory where everybody knows random others", () => {
    const [nodesCount, viewCount] = [1_000, 20];
    const known = Array.from({ length: nodesCount }, (_, node) =>
      random.sampleIndexes(nodesCount - 1, viewCount).map((peer) => peer + (peer >= node ? 1 : 0)),
    );
    const graph = new OverlayGraph(known);
    const theory = randomGraph(nodesCount, viewCount);
    expect(Math.abs(graph.pathLength(random, 100) / theory.pathLength - 1)).toBeLessThan(0.01);
    expect(Math.abs(graph.clustering(random, 1_000) / theory.clustering - 1)).toBeLessThan(0.05);
    const degrees = graph.inDegrees();
    const squares = degrees.reduce((sum, degree) => sum + (degree - viewCount) ** 2, 0);
    expect(squares / nodesCount / theory.inDegreeVariance).toBeGreaterThan(0.8);
    expect(squares / nodesCount / theory.inDegreeVariance).toBeLessThan(1.2);
  });
});
