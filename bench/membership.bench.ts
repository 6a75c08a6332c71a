import { goMissing } from "../test/interop/go-program.ts";
import { judged, type MeasuredRow, median, type Row, type Target } from "./bench.ts";
import {
  type Profile,
  type Readings,
  type RestCost,
  runLot,
  type SideReadings,
} from "./support/memberlist-lots.ts";
import { MEMBERS_COUNT, memoryPerMember } from "./support/memberlist-memory.ts";

interface LotSize {
  readonly nodesCount: number;
  readonly profiles: readonly Profile[];
}

/** Small clusters of both profiles share a lot; large ones would leave no CPU to each other. */
const LOTS: readonly LotSize[] = [
  // Local first: the joins of memberlist are the longest wait.
  { nodesCount: 5, profiles: ["local", "lan"] },
  { nodesCount: 25, profiles: ["local", "lan"] },
  { nodesCount: 50, profiles: ["local", "lan"] },
  { nodesCount: 100, profiles: ["lan"] },
  { nodesCount: 100, profiles: ["local"] },
];
const CLUSTERS_COUNT = 5;
const BROADCASTS_COUNT = 3;
/** Ours over memberlist's time, at most. */
const TIME_TARGET: Target = { of: "ratio", atMost: 1.15 };
const REST_TARGET: Target = { of: "ratio", atMost: 1.02 };
const MEMORY_TARGET: Target = { of: "value", atMost: 300 };
const MEMBERLIST = "memberlist 0.7.0";

export const name = "membership";
export const description = "joins, detection, broadcasts and costs, beside HashiCorp's memberlist";

export async function run(): Promise<Row[]> {
  const missing = goMissing();
  if (missing !== undefined) return [{ id: MEMBERLIST, skipped: missing, target: "all of them" }];
  const rows: Row[] = [];
  for (const { nodesCount, profiles } of LOTS) {
    progress(`${nodesCount} nodes, ${profiles.join(" and ")}`);
    const killsCount = nodesCount <= 5 ? 1 : 2;
    const plan = { nodesCount, profiles, clustersCount: CLUSTERS_COUNT, killsCount };
    const readings = await runLot({ ...plan, broadcastsCount: BROADCASTS_COUNT });
    for (const [profile, sides] of readings) rows.push(...lotRows(nodesCount, profile, sides));
  }
  progress(`${MEMBERS_COUNT} members in memory`);
  return [...rows, ...(await memoryRows())];
}

function lotRows(nodesCount: number, profile: Profile, { ours, theirs }: SideReadings): Row[] {
  const timed = (what: string, of: (side: Readings) => readonly number[]): MeasuredRow => {
    const figures = { ours: median(of(ours)), theirs: median(of(theirs)) };
    return judged(row(`${profile} N=${nodesCount} ${what}`, "ms", figures), TIME_TARGET);
  };
  const costs = (what: keyof RestCost, unit: string): MeasuredRow => {
    const figures = { ours: costOf(ours, what), theirs: costOf(theirs, what) };
    return row(`${profile} N=${nodesCount} at rest, ${what}`, `${unit}/node/s`, figures);
  };
  const reached = { ours: reachOf(ours), theirs: reachOf(theirs) };
  return [
    timed("joined, all see all", ({ join }) => join),
    timed("killed, first knows", ({ firstKnows }) => firstKnows),
    timed("killed, all know", ({ allKnow }) => allKnow),
    timed("broadcast, all have it", ({ broadcast }) => broadcast),
    row(`${profile} N=${nodesCount} broadcasts that reached all`, "%", reached),
    costs("packets", "packets"),
    judged(costs("packetBytes", "B"), REST_TARGET),
    costs("streamBytes", "B"),
    costs("cpuMicros", "µs"),
  ];
}

function costOf({ rest }: Readings, what: keyof RestCost): number {
  const costs = rest.map((cost) => cost[what]);
  // Push/pulls are rare: the median of a few windows would be their luck.
  if (what === "streamBytes") return costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
  return median(costs);
}

function reachOf({ reached }: Readings): number {
  return (100 * reached.filter((share) => share === 1).length) / reached.length;
}

async function memoryRows(): Promise<Row[]> {
  const theirs = await memoryPerMember("theirs", "memberlist");
  const rows: Row[] = [];
  for (const wire of ["serf", "memberlist"] as const) {
    const ours = await memoryPerMember("ours", wire);
    const id = `memory, ${MEMBERS_COUNT} members, wire ${wire}`;
    rows.push(judged(row(id, "B/member", { ours, theirs }), MEMORY_TARGET));
  }
  return rows;
}

function row(
  id: string,
  unit: string,
  { ours, theirs }: { readonly ours: number; readonly theirs: number },
): MeasuredRow {
  const peer = `${MEMBERLIST}: ${Number(theirs.toPrecision(4))}`;
  return { id, value: round(ours), unit, peer, ratio: round(ours / theirs) };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function progress(what: string): void {
  process.stderr.write(`  ${(performance.now() / 1000).toFixed(0)} s: ${what} …\n`);
}
