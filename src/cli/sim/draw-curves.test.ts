import { describe, expect, it } from "vitest";
import type { Curve } from "../../sim/experiments/experiment.ts";
import { drawCurves } from "./draw-curves.ts";

function curve(chart: string, name: string, more: Partial<Curve> = {}): Curve {
  const points = [
    [1, 0.25],
    [2, 0.5],
    [3, 1 / 3],
  ] as const;
  return { chart, name, xLabel: "round", yLabel: "share", points, ...more };
}

describe("a drawing", () => {
  it("is one SVG with a panel a chart, and says what is in it", () => {
    const svg = drawCurves([
      curve("infected nodes", "push"),
      curve("infected nodes", "pull"),
      curve("hops", "tree", { shape: "bars" }),
    ]);
    expect(svg).toMatch(/^<svg [^>]*width="860" height="800"/);
    for (const text of ["infected nodes", "push", "pull", "hops", "round", "share"]) {
      expect(svg).toContain(`>${text}</text>`);
    }
    // The only curve of a chart needs no legend.
    expect(svg).not.toContain(">tree</text>");
  });

  it("is the same text each time", () => {
    const curves = [curve("a", "x"), curve("a", "y", { shape: "dots" })];
    expect(drawCurves(curves)).toBe(drawCurves(curves));
    expect(drawCurves(curves)).not.toBe(drawCurves([...curves, curve("b", "x")]));
  });

  it("holds no more points than can be seen, and escapes what it is told", () => {
    const points = Array.from({ length: 50_000 }, (_, x) => [x, x % 7] as const);
    const svg = drawCurves([curve("<script>", "&", { points })]);
    expect(svg.length).toBeLessThan(30_000);
    expect(svg).not.toContain("<script>");
    expect(svg).toContain("&lt;script&gt;");
  });

  it("puts names that need more than a line beside the chart, where they hide nothing", () => {
    const names = ["one sender", "many senders", "a tree for each", "tolerant trees", "no trees"];
    const few = drawCurves(names.slice(0, 2).map((name) => curve("redundancy", name)));
    const many = drawCurves(
      names.map((name) => curve("redundancy", `${name}, with a long name of its own`)),
    );
    const rightMost = (svg: string): number =>
      Math.max(
        ...[...svg.matchAll(/<path d="M[\d.]+ [\d.]+L([\d.]+) /g)].map(([, x]) => Number(x)),
      );
    expect(rightMost(few)).toBeGreaterThan(800);
    expect(rightMost(many)).toBeLessThan(700);
  });

  it("draws powers of ten at equal distances where asked to", () => {
    const points = [
      [100, 1],
      [1_000, 2],
      [10_000, 3],
    ] as const;
    const svg = drawCurves([curve("size", "push", { points, xScale: "logarithmic" })]);
    for (const text of ["100", "1,000", "10,000"]) expect(svg).toContain(`>${text}</text>`);
  });
});
