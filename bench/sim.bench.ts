/**
 * Push gossip, written as a `Protocol` like any other, in the simulator; and beside it, in the same
 * minutes, what the same gossip costs as one loop over typed arrays and with an object for each
 * event. An event is one delivered packet or one fired timer; the rates are per second of CPU time,
 * in steady state: nodes built, code warm, latency, loss and partition checks on.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { judged, type MeasuredRow, median, type Row } from "./bench.ts";
import type { ContenderName, CourseOrder, CourseReport } from "./support/gossip-course.ts";

const ROUNDS_COUNT = 3;
const MILLION = 1e6;
const MILLION_NODES_MAX_SECONDS = 30;
const MILLION_NODES_MAX_GIB = 4;

interface Course {
  readonly nodesCount: number;
  /** Least events of the simulator in a second of CPU time. */
  readonly target: number;
  readonly warmUpCount: number;
  /** Of each contender; the naive one is slow, and its rate settles soon. */
  readonly rumors: Readonly<Record<ContenderName, number>>;
}

const courses: readonly Course[] = [
  {
    nodesCount: 10_000,
    target: 5 * MILLION,
    warmUpCount: 10,
    rumors: { simulator: 100, bare: 100, naive: 20 },
  },
  {
    nodesCount: 100_000,
    target: 1.5 * MILLION,
    warmUpCount: 2,
    rumors: { simulator: 20, bare: 20, naive: 3 },
  },
];

type Rounds = Readonly<Record<ContenderName, CourseReport[]>>;

export const name = "sim";
export const description = "push gossip in the simulator: events per second of CPU time";

export async function run(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const course of courses) rows.push(...courseRows(course, await measure(course)));
  return [...rows, ...(await millionRows())];
}

async function measure(course: Course): Promise<Rounds> {
  const rounds: Rounds = { simulator: [], bare: [], naive: [] };
  const { nodesCount, warmUpCount } = course;
  for (let round = 0; round < ROUNDS_COUNT; round += 1) {
    for (const contender of ["bare", "simulator", "naive"] as const) {
      const rumorsCount = course.rumors[contender];
      const isSlow = contender === "naive";
      const order = { contender, nodesCount, warmUpCount: isSlow ? 1 : warmUpCount, rumorsCount };
      rounds[contender].push(await runCourse(order));
    }
  }
  return rounds;
}

function courseRows(course: Course, rounds: Rounds): Row[] {
  const [ours, bare, naive] = [rounds.simulator, rounds.bare, rounds.naive].map(steadyRate);
  const row = (id: string, peer: string, rate: number): MeasuredRow => ({
    id: `${course.nodesCount} nodes${id}`,
    value: millions(ours ?? Number.NaN),
    unit: "M events/s CPU",
    peer: `${peer} ${millions(rate)} M/s`,
    ratio: (ours ?? Number.NaN) / rate,
  });
  const target = { of: "value", atLeast: course.target / MILLION } as const;
  const cold = rounds.simulator.map((report) => report.cold.cpuSeconds * 1_000);
  const build = rounds.simulator.map((report) => report.buildCpuSeconds * 1_000);
  return [
    judged(row("", "a bare loop over typed arrays", bare ?? Number.NaN), target),
    row(" against the naive way", "a heap of objects", naive ?? Number.NaN),
    { id: `${course.nodesCount} nodes built`, value: Math.round(median(build)), unit: "ms CPU" },
    {
      id: `${course.nodesCount} nodes, cold`,
      value: Math.round(median(cold)),
      unit: "ms a rumour",
    },
  ];
}

/** Time is all of it: building a million nodes, and a rumour that all of them hear. */
async function millionRows(): Promise<Row[]> {
  const order = { contender: "simulator", nodesCount: MILLION, warmUpCount: 0 } as const;
  const report = await runCourse({ ...order, rumorsCount: 0 });
  const { cold, buildCpuSeconds, memoryBytes } = report;
  const time = { value: round1(buildCpuSeconds + cold.cpuSeconds), unit: "s CPU" };
  const memory = { value: round1(memoryBytes / 2 ** 30), unit: "GiB" };
  return [
    judged(
      { id: `${MILLION} nodes, built and a rumour told`, ...time },
      { of: "value", atMost: MILLION_NODES_MAX_SECONDS },
    ),
    judged(
      { id: `${MILLION} nodes, memory of the process`, ...memory },
      { of: "value", atMost: MILLION_NODES_MAX_GIB },
    ),
    {
      id: `${MILLION} nodes, cold`,
      value: millions(cold.eventsCount / cold.cpuSeconds),
      unit: "M events/s CPU",
    },
  ];
}

async function runCourse(order: CourseOrder): Promise<CourseReport> {
  const file = fileURLToPath(new URL("support/gossip-course.ts", import.meta.url));
  const { contender, nodesCount, warmUpCount, rumorsCount } = order;
  const numbers = [nodesCount, warmUpCount, rumorsCount].map(String);
  const args = [...process.execArgv, file, contender, ...numbers];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const report: unknown = JSON.parse(stdout);
  if (!isReport(report)) throw new Error(`not the report of a course: ${stdout}`);
  return report;
}

function isReport(value: unknown): value is CourseReport {
  return typeof value === "object" && value !== null && "steady" in value && "cold" in value;
}

function steadyRate(reports: readonly CourseReport[]): number {
  return median(reports.map(({ steady }) => steady.eventsCount / steady.cpuSeconds));
}

function millions(rate: number): number {
  return Math.round((rate / MILLION) * 100) / 100;
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}
