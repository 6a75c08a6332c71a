import { at } from "../../core/collections/at.ts";
import type { Curve } from "../experiments/experiment.ts";

/** Points of such a curve: it is drawn, not looked up. */
const POINTS_COUNT = 100;

/** Of so many who were owed something, what share had it after how long; nothing of none. */
export function shareCurves(
  labels: Pick<Curve, "chart" | "name" | "xLabel">,
  tookMs: readonly number[],
  owedCount: number,
): Curve[] {
  if (tookMs.length === 0) return [];
  const sorted = [...tookMs].sort((a, b) => a - b);
  const stepsCount = Math.min(POINTS_COUNT, sorted.length);
  const points: [number, number][] = [[0, 0]];
  for (let step = 1; step <= stepsCount; step += 1) {
    const count = Math.ceil((step * sorted.length) / stepsCount);
    points.push([at(sorted, count - 1), count / Math.max(owedCount, sorted.length)]);
  }
  return [{ ...labels, yLabel: "share", points, elsewhere: "last" }];
}
