import { type Summary, summarize } from "../../sim/checkers/summary.ts";
import type { RunReport } from "../../sim/scenario/report.ts";

/** What many runs measured: how each metric spreads over the seeds. */
export type SimSummary = Readonly<Record<string, Readonly<Record<string, Summary>>>>;

/**
 * By checker and metric. Of what is a spread already within one run, the mean and the maximum of
 * each run are taken.
 */
export function summarizeRuns(runs: readonly RunReport[]): SimSummary {
  const values = new Map<string, Map<string, number[]>>();
  for (const run of runs) {
    for (const { metrics, name } of run.checkers) {
      const ofChecker = values.get(name) ?? new Map<string, number[]>();
      values.set(name, ofChecker);
      for (const [metric, value] of Object.entries(metrics)) {
        if (typeof value === "number") note(ofChecker, metric, value);
        else if (value.count > 0) {
          note(ofChecker, `${metric}.mean`, value.mean);
          note(ofChecker, `${metric}.max`, value.max);
        }
      }
    }
  }
  const entries = [...values].map(([name, metrics]) => {
    const spreads = [...metrics].map(([metric, list]) => [metric, summarize(list)] as const);
    return [name, Object.fromEntries(spreads)] as const;
  });
  return Object.fromEntries(entries);
}

function note(metrics: Map<string, number[]>, name: string, value: number): void {
  const list = metrics.get(name);
  if (list === undefined) metrics.set(name, [value]);
  else list.push(value);
}
