import type { CheckerName } from "../checkers/catalog.ts";
import type { Finding } from "../checkers/checker.ts";

/** What one run showed. The same scenario and seed give the same report, byte for byte. */
export interface RunReport {
  readonly scenario: string;
  readonly seed: number;
  readonly passed: boolean;
  readonly nodes: number;
  /** Until all saw all; undefined: they never did. */
  readonly formedMs: number | undefined;
  /** From the end of the faults until all agreed again; undefined: never, or not asked for. */
  readonly healedMs: number | undefined;
  /** Virtual time in all. */
  readonly virtualMs: number;
  readonly eventsCount: number;
  readonly packetsCount: number;
  readonly faultsCount: number;
  /** An error that ended the run: a bug of ours. */
  readonly broken: string | undefined;
  readonly checkers: readonly CheckerReport[];
  /** What the protocols counted, all nodes together. */
  readonly counters: Readonly<Record<string, number>>;
}

export interface CheckerReport extends Finding {
  readonly name: CheckerName;
  readonly passed: boolean;
}

/** The first thing that went wrong, in a line; undefined when nothing did. */
export function firstProblem(report: RunReport): string | undefined {
  if (report.broken !== undefined) return `the run broke: ${report.broken}`;
  if (report.formedMs === undefined) return "the cluster did not form in time";
  const failed = report.checkers.find((checker) => !checker.passed);
  if (failed === undefined) return undefined;
  const more = failed.violationsCount - 1;
  const others = more > 0 ? ` (and ${more} more)` : "";
  return `${failed.name}: ${failed.violations[0] ?? "failed"}${others}`;
}
