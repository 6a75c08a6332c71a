import { goMissing } from "../test/interop/memberlist-build.ts";
import { judged, type MeasuredRow, median, type Row, type Target } from "./bench.ts";
import {
  type LotPlan,
  type LotReadings,
  noReadings,
  type Profile,
  type Readings,
  runLot,
} from "./support/memberlist-lots.ts";
import { MEMBERS_COUNT, memoryPerMember } from "./support/memberlist-memory.ts";
import { measureRest, type RestCost } from "./support/memberlist-rest.ts";

const SIZES = [5, 25, 50, 100] as const;
const CLUSTERS_COUNT = 5;
/** Ours over memberlist's time, at most. */
const TIME_TARGET: Target = { of: "ratio", atMost: 1.15 };
const REST_TARGET: Target = { of: "ratio", atMost: 1.02, atLeast: 0 };
const MEMORY_TARGET: Target = { of: "value", atMost: 300 };
const MEMBERLIST = "memberlist 0.7.0";

export const name = "membership";
export const description = "joins, detection, broadcasts and costs, beside HashiCorp's memberlist";

export async function run(): Promise<Row[]> {
  const missing = goMissing();
  if (missing !== undefined) return [{ id: MEMBERLIST, skipped: missing, target: "all of them" }];
  const rows: Row[] = [];
  for (const profile of ["lan", "local"] as const) {
    for (const nodesCount of SIZES) rows.push(...(await lotRows(profile, nodesCount)));
    rows.push(...(await restRows(profile)));
  }
  return [...rows, ...(await memoryRows())];
}

/** A small cluster is soon over and bears one loss only, so there are more of them. */
function plans(profile: Profile, nodesCount: number): LotPlan[] {
  const plan = { profile, nodesCount, clustersCount: CLUSTERS_COUNT, broadcastsCount: 3 };
  if (nodesCount <= 5) return Array.from({ length: 3 }, () => ({ ...plan, killsCount: 1 }));
  return [{ ...plan, killsCount: 3 }];
}

async function lotRows(profile: Profile, nodesCount: number): Promise<Row[]> {
  const readings = noReadings();
  for (const plan of plans(profile, nodesCount)) {
    process.stderr.write(`  ${profile}, ${nodesCount} nodes …\n`);
    await runLot(plan, readings);
  }
  const id = (what: string): string => `${profile} N=${nodesCount} ${what}`;
  return [
    judged(compared(id("join, all see all"), readings, "join"), TIME_TARGET),
    judged(compared(id("killed, first knows"), readings, "firstKnows"), TIME_TARGET),
    judged(compared(id("killed, all know"), readings, "allKnow"), TIME_TARGET),
    judged(compared(id("broadcast, all have it"), readings, "broadcast"), TIME_TARGET),
    reachRow(id("broadcasts that reached all"), readings),
  ];
}

function compared(id: string, readings: LotReadings, what: keyof Readings): MeasuredRow {
  return row(id, "ms", {
    ours: median(readings.ours[what]),
    theirs: median(readings.theirs[what]),
  });
}

function reachRow(id: string, { ours, theirs }: LotReadings): MeasuredRow {
  const share = ({ reached }: Readings): number =>
    (100 * reached.filter((ratio) => ratio === 1).length) / reached.length;
  return {
    id,
    value: share(ours),
    unit: "%",
    peer: `${MEMBERLIST}: ${share(theirs).toFixed(0)} %`,
  };
}

async function restRows(profile: Profile): Promise<Row[]> {
  process.stderr.write(`  ${profile}, at rest …\n`);
  const costs = await measureRest({ profile, sizes: SIZES, quietMs: 8_000 });
  return [...costs].flatMap(([nodesCount, { ours, theirs }]) => {
    const one = (what: keyof RestCost, unit: string): MeasuredRow =>
      row(`${profile} N=${nodesCount} at rest`, `${unit}/node/s`, {
        ours: ours[what],
        theirs: theirs[what],
      });
    return [
      one("packets", "packets"),
      judged(one("packetBytes", "B in packets"), REST_TARGET),
      one("streamBytes", "B in streams"),
      one("cpuMicros", "µs CPU"),
    ];
  });
}

async function memoryRows(): Promise<Row[]> {
  process.stderr.write(`  ${MEMBERS_COUNT} members …\n`);
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
  const peer = `${MEMBERLIST}, ${Number(theirs.toPrecision(4))}`;
  return { id, value: round(ours), unit, peer, ratio: round(ours / theirs) };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
