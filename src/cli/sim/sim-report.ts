import { checkerCatalog } from "../../sim/checkers/catalog.ts";
import type { Metric } from "../../sim/checkers/checker.ts";
import { type CheckerReport, firstProblem, type RunReport } from "../../sim/scenario/report.ts";
import type { Scenario } from "../../sim/scenario/scenario.ts";
import type { Colors } from "../cli-io.ts";
import { number } from "./number-text.ts";
import type { SimSummary } from "./sim-summary.ts";

const SECOND_MS = 1_000;

/** One run, for people. */
export function runText(report: RunReport, colors: Colors): string {
  const lines = [headline(report), ""];
  if (report.checkers.length === 0) lines.push(`  ${colors.red(firstProblem(report) ?? "")}`);
  for (const checker of report.checkers) lines.push(...checkerLines(checker, colors));
  return lines.join("\n");
}

export function scenarioText(scenario: Scenario, colors: Colors): string {
  return `${colors.bold(scenario.name)}  ${scenario.proves}`;
}

/** Many runs, for people. */
export function summaryText(summary: SimSummary, colors: Colors): string {
  const lines: string[] = [];
  for (const [checker, metrics] of Object.entries(summary)) {
    lines.push(`  ${colors.bold(checker)}`);
    for (const [metric, spread] of Object.entries(metrics)) lines.push(metricLine(metric, spread));
  }
  return lines.join("\n");
}

function headline(report: RunReport): string {
  const { eventsCount, faultsCount, formedMs, healedMs, nodes, packetsCount, seed } = report;
  const facts = [
    `seed ${seed}`,
    `${number(nodes)} nodes`,
    `${seconds(report.virtualMs)} of virtual time`,
    `${number(eventsCount)} events`,
    `${number(packetsCount)} packets`,
    `${number(faultsCount)} faults`,
  ];
  if (formedMs !== undefined) facts.push(`formed in ${seconds(formedMs)}`);
  if (healedMs !== undefined) facts.push(`healed in ${seconds(healedMs)}`);
  return facts.join(" · ");
}

function checkerLines(checker: CheckerReport, colors: Colors): string[] {
  const mark = checker.passed ? colors.green("ok  ") : colors.red("FAIL");
  const { summary } = checkerCatalog[checker.name];
  const lines = [`  ${mark} ${colors.bold(checker.name.padEnd(15))} ${colors.dim(summary)}`];
  for (const text of checker.violations) lines.push(`       ${colors.red(text)}`);
  const more = checker.violationsCount - checker.violations.length;
  if (more > 0) lines.push(`       ${colors.red(`and ${number(more)} more`)}`);
  for (const [name, metric] of Object.entries(checker.metrics))
    lines.push(metricLine(name, metric));
  return lines;
}

function metricLine(name: string, metric: Metric): string {
  const label = `       ${name.padEnd(22)}`;
  if (typeof metric === "number") return `${label} ${number(metric)}`;
  const { count, max, mean, p50, p90, p99 } = metric;
  if (count === 0) return `${label} none`;
  const spread = `mean ${number(mean)}  p50 ${number(p50)}  p90 ${number(p90)}  p99 ${number(p99)}`;
  return `${label} ${spread}  max ${number(max)}  (${number(count)})`;
}

function seconds(ms: number): string {
  return `${number(Math.round(ms / 100) / (SECOND_MS / 100))} s`;
}
