import { judged, type MeasuredRow, median, type Row, type Target } from "./bench.ts";
import { arePeersInstalled, INSTALL_PEERS } from "./peers/load.ts";
import { WorkerProcess } from "./support/broadcast/worker-process.ts";
import type { LaneName } from "./support/state/lane.ts";
import { lateJoin } from "./support/state/late-joiner.ts";
import type { PairName, PairRun } from "./support/state/pair.ts";
import type { PairOrder } from "./support/state/pair-worker.ts";
import { TwinCourse, type TwinRun } from "./support/state/twins.ts";
import { acknowledgedWrites, type Keeping } from "./support/state/writes.ts";

const RUNS_COUNT = 5;
const JOINS_COUNT = 5;
const CONCURRENCIES = [1, 64, 1_024];
const LATE_KEYS_COUNT = 100_000;
const PEER = "scuttlebutt";
/** Of what keeps full causality. */
const RATE_TARGET: Target = { of: "ratio", atLeast: 3 };

/*
 * What is compared. All write the same: 10,000 keys of 10 B, values of 100 B, in rounds; in each
 * round each key is written by the one of two who did not write it last, and the next round begins
 * when both have all. At the end both must hold for every key what was written last.
 *
 * "In process" is two replicas without a network: scuttlebutt's Models, whose streams are piped to
 * one another and turn each update into a line of JSON and back; our data models, joined by
 * Plumtree, whose messages are written and read by the shipped codec. "nodes in memory" are two
 * whole nodes, with links, frames, promises and watchers, on a network in memory. "TCP" are two
 * processes: scuttlebutt's stream piped to a socket; two nodes as `startNode` makes them, each
 * write a promise, each arrival told to a watcher.
 *
 * "versions" and "operations" keep full causality: each write says what its author has seen of the
 * key, each operation what its author has executed. "infos" do not, as scuttlebutt does not: the
 * last write stays.
 */
export const name = "state";
export const description =
  "writes acknowledged, replicated and brought to a late joiner, beside scuttlebutt and Yjs";

export async function run(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const keeping of ["durable", "memory"] as const) {
    for (const lane of ["infos", "versions", "operations"] as const)
      rows.push(...(await writes(lane, keeping)));
  }
  if (!arePeersInstalled()) {
    rows.push({ id: "replicated, in process", skipped: INSTALL_PEERS, target: "ratio >= 3" });
    rows.push({ id: "replicated, TCP", skipped: INSTALL_PEERS, target: "ratio >= 3" });
    return rows;
  }
  rows.push(...(await replicatedInProcess()));
  rows.push(...(await replicatedOverTcp()));
  rows.push(...(await lateJoins()));
  return rows;
}

async function writes(lane: LaneName, keeping: Keeping): Promise<Row[]> {
  progress(`${lane}, ${keeping} writes`);
  const plan = { lane, keeping, concurrencies: CONCURRENCIES, runsCount: RUNS_COUNT };
  const rates = await acknowledgedWrites(plan);
  return [...rates].map(([concurrency, found]) => ({
    id: `${lane} writes, ${keeping}, ${concurrency} at a time`,
    value: Math.round(median(found)),
    unit: "writes/s",
  }));
}

const pairs: readonly PairName[] = [
  PEER,
  "versions",
  "operations",
  "infos",
  "versions nodes",
  "operations nodes",
  "infos nodes",
];

async function replicatedInProcess(): Promise<Row[]> {
  const program = new URL("./support/state/pair-worker.ts", import.meta.url);
  const workers = new Map<PairName, WorkerProcess<PairOrder>>();
  const runs = new Map<PairName, PairRun[]>(pairs.map((pair) => [pair, []]));
  try {
    for (const pair of pairs) {
      progress(`${pair}, in process`);
      const worker = new WorkerProcess<PairOrder>(program);
      workers.set(pair, worker);
      await worker.ask({ do: "open", pair });
      await worker.ask({ do: "run" });
    }
    // In turns, so that a busy minute of the machine is everybody's.
    for (let run = 0; run < RUNS_COUNT; run += 1) {
      for (const [pair, worker] of workers) {
        runs.get(pair)?.push(await worker.ask<PairRun>({ do: "run" }));
      }
    }
    for (const worker of workers.values()) await worker.ask({ do: "check" });
  } finally {
    await Promise.all([...workers.values()].map((worker) => worker.end()));
  }
  return rateRows("in process", runs, ["versions", "operations"]);
}

const lanes: readonly LaneName[] = [PEER, "versions", "operations", "infos", "yjs"];

async function replicatedOverTcp(): Promise<Row[]> {
  const courses = new Map<LaneName, TwinCourse>();
  const runs = new Map<LaneName, TwinRun[]>(lanes.map((lane) => [lane, []]));
  try {
    for (const lane of lanes) {
      progress(`${lane}, TCP`);
      const course = new TwinCourse(lane);
      courses.set(lane, course);
      await course.open();
      await course.run();
    }
    for (let run = 0; run < RUNS_COUNT; run += 1) {
      for (const [lane, course] of courses) runs.get(lane)?.push(await course.run());
    }
    for (const course of courses.values()) await course.check();
  } finally {
    await Promise.all([...courses.values()].map((course) => course.end()));
  }
  return rateRows("TCP", runs, ["versions", "operations"]);
}

interface Run {
  readonly perSecond: number;
  readonly cpuMicrosPerWrite: number;
}

/** A ratio is that of the medians, and of each run beside the peer's of the same turn. */
function rateRows(
  where: string,
  runs: ReadonlyMap<string, readonly Run[]>,
  aimed: readonly string[],
): Row[] {
  const theirs = median((runs.get(PEER) ?? []).map(({ perSecond }) => perSecond));
  const rows: Row[] = [];
  for (const [who, found] of runs) {
    const perSecond = median(found.map((one) => one.perSecond));
    const rate: MeasuredRow = {
      id: `replicated, ${where}: ${who}`,
      value: Math.round(perSecond),
      unit: "writes/s",
      ...(who !== PEER && { peer: `${PEER}: ${Math.round(theirs)}`, ratio: perSecond / theirs }),
    };
    rows.push(aimed.includes(who) ? judged(rate, RATE_TARGET) : rate);
    const cpu = median(found.map((one) => one.cpuMicrosPerWrite));
    rows.push({ id: `${rate.id}, CPU`, value: Math.round(cpu * 100) / 100, unit: "µs/write" });
  }
  return rows;
}

async function lateJoins(): Promise<Row[]> {
  const rows: Row[] = [];
  let theirs: { readonly ms: number; readonly wireBytes: number } | undefined;
  for (const lane of lanes) {
    progress(`${lane}, late joiner`);
    const joins = [];
    while (joins.length < JOINS_COUNT) joins.push(await lateJoin(lane, LATE_KEYS_COUNT));
    const ms = median(joins.map((join) => join.ms));
    const wireBytes = median(joins.map((join) => join.wireBytes));
    if (lane === PEER) theirs = { ms, wireBytes };
    const beside = (value: number, peer: number | undefined) =>
      lane === PEER || peer === undefined ? {} : { peer: PEER, ratio: value / peer };
    const id = `late joiner, ${LATE_KEYS_COUNT} keys: ${lane}`;
    rows.push({ id, value: Math.round(ms), unit: "ms", ...beside(ms, theirs?.ms) });
    const bytes = { id: `${id}, on the wire`, value: wireBytes, unit: "B" };
    rows.push({ ...bytes, ...beside(wireBytes, theirs?.wireBytes) });
  }
  return rows;
}

function progress(what: string): void {
  process.stderr.write(`  ${(performance.now() / 1_000).toFixed(0)} s: ${what} …\n`);
}
