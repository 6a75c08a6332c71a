import type { Curve } from "../experiment.ts";

/** Each curve's mean over the runs, point by point, in the order in which curves first came. */
export function averageCurves(runs: readonly (readonly Curve[])[]): Curve[] {
  const byKey = new Map<string, Curve[]>();
  for (const curves of runs) {
    for (const curve of curves) {
      const key = JSON.stringify([curve.chart, curve.name]);
      const alike = byKey.get(key);
      if (alike === undefined) byKey.set(key, [curve]);
      else alike.push(curve);
    }
  }
  return [...byKey.values()].flatMap((alike) => averageOf(alike));
}

function averageOf(curves: readonly Curve[]): Curve[] {
  const [first] = curves;
  if (first === undefined) return [];
  const places = new Set(curves.flatMap(({ points }) => points.map(([x]) => x)));
  const xs = [...places].sort((a, b) => a - b);
  const sums = new Float64Array(xs.length);
  const counts = new Uint32Array(xs.length);
  for (const curve of curves) addTo({ sums, counts }, xs, curve);
  const points = xs.map((x, at) => [x, (sums[at] ?? 0) / (counts[at] ?? 1)] as const);
  return [{ ...first, points }];
}

interface Totals {
  readonly sums: Float64Array;
  readonly counts: Uint32Array;
}

function addTo({ sums, counts }: Totals, xs: readonly number[], curve: Curve): void {
  const byX = new Map(curve.points);
  let last = 0;
  for (const [at, x] of xs.entries()) {
    const own = byX.get(x);
    if (own === undefined && curve.elsewhere === undefined) continue;
    if (own !== undefined) last = own;
    sums[at] = (sums[at] ?? 0) + (own ?? (curve.elsewhere === "last" ? last : 0));
    counts[at] = (counts[at] ?? 0) + 1;
  }
}
