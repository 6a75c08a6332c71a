/**
 * HyParView and Plumtree with 100,000 nodes in the simulator: all join, 100 broadcasts, 40 % die at
 * once, the others heal and hear every later broadcast. Time and memory of the one process.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { judged, type Row } from "./bench.ts";
import type { OverlayReport } from "./support/overlay-course.ts";

const NODES_COUNT = 100_000;
const MAX_SECONDS = 300;
const MAX_GIB = 8;
const HEAP_MIB = 8_192;
/** Messages live for some milliseconds of many nodes' work: young, but not for the collector. */
const YOUNG_MIB = 128;

export const name = "overlay-scale";
export const description = "HyParView + Plumtree with 100,000 nodes simulated: time and memory";

export async function run(): Promise<Row[]> {
  const report = await runCourse();
  const id = (what: string): string => `${NODES_COUNT} nodes, ${what}`;
  const share = (value: string): Row => {
    const percent = 100 * (report.values[value] ?? Number.NaN);
    const row = { id: id(value.replace(" (ratio)", "")), value: percent, unit: "%" };
    return judged(row, { of: "value", atLeast: 100 });
  };
  return [
    judged(
      { id: id("all of it"), value: round1(report.wallSeconds), unit: "s" },
      { of: "value", atMost: MAX_SECONDS },
    ),
    { id: id("all of it"), value: round1(report.cpuSeconds), unit: "s CPU" },
    judged(
      { id: id("memory"), value: round1(report.memoryBytes / 2 ** 30), unit: "GiB" },
      { of: "value", atMost: MAX_GIB },
    ),
    ...report.parts.map(([part, cpuSeconds]): Row => {
      return { id: id(part), value: round1(cpuSeconds), unit: "s CPU" };
    }),
    share("reached, stable (ratio)"),
    share("survivors in the largest part (ratio)"),
    share("reached, after the crash (ratio)"),
  ];
}

async function runCourse(): Promise<OverlayReport> {
  const file = fileURLToPath(new URL("support/overlay-course.ts", import.meta.url));
  const heap = [`--max-old-space-size=${HEAP_MIB}`, `--max-semi-space-size=${YOUNG_MIB}`];
  const flags = [...process.execArgv, ...heap];
  const args = [...flags, file, String(NODES_COUNT)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const report: unknown = JSON.parse(stdout);
  if (!isReport(report)) throw new Error(`not the report of a course: ${stdout}`);
  return report;
}

function isReport(value: unknown): value is OverlayReport {
  return typeof value === "object" && value !== null && "parts" in value && "values" in value;
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}
