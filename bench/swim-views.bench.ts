import { judged, median, type Row } from "./bench.ts";
import { bytesInUse } from "./support/member-memory.ts";
import { type SwimViews, swimViews, type TableKind } from "./support/swim-views.ts";

const NODES_COUNT = 1_000;
const ROUNDS_COUNT = 5;
/** Past the first push/pulls, which begin one interval (180 s at this size) after the start. */
const WARM_UP_MS = 240_000;
const ROUND_MS = 60_000;
/** Virtual seconds in 10 seconds of CPU time. */
const TARGET_SECONDS = 300;
/** Views of this many nodes show what a shared table saves. */
const LARGE_COUNT = 2_000;

export const name = "swim-views";
export const description = "SWIM with full views in the simulator: virtual time per CPU time";

export async function run(): Promise<Row[]> {
  const [shared, own] = [warm("shared"), warm("own")];
  const rounds: { readonly shared: number; readonly own: number }[] = [];
  for (let round = 0; round < ROUNDS_COUNT; round += 1) {
    rounds.push({ shared: secondsPerTen(shared), own: secondsPerTen(own) });
  }
  for (const views of [shared, own]) checkQuiet(views);
  const row = {
    id: `SWIM with ${NODES_COUNT} full views, virtual seconds in 10 s CPU`,
    value: Math.round(median(rounds.map((round) => round.shared))),
    unit: "s",
    peer: "a table of each node's own",
    ratio: median(rounds.map((round) => round.shared / round.own)),
  };
  return [judged(row, { of: "value", atLeast: TARGET_SECONDS }), memoryRow()];
}

function warm(kind: TableKind): SwimViews {
  const views = swimViews(NODES_COUNT, kind, 1);
  views.simulator.runForMs(WARM_UP_MS);
  return views;
}

function secondsPerTen(views: SwimViews): number {
  const before = process.cpuUsage();
  views.simulator.runForMs(ROUND_MS);
  const { user, system } = process.cpuUsage(before);
  return (ROUND_MS / 1_000) * (10 / ((user + system) / 1e6));
}

/** Without loss nobody is suspected: what was measured is a cluster at rest, and a whole one. */
function checkQuiet(views: SwimViews): void {
  const [first] = views.swims;
  const digest = first?.membershipDigest();
  const isWhole = views.swims.every((swim) => swim.membershipDigest() === digest);
  const isQuiet = views.count("swim.probes.failed") === 0;
  if (!isWhole || !isQuiet || views.count("swim.pushPulls.answered") === 0) {
    throw new Error("the cluster was not at rest");
  }
}

/** Bytes that one entry of one view costs, all views together. */
function memoryRow(): Row {
  const shared = entryBytes("shared");
  const own = entryBytes("own");
  return {
    id: `memory per entry of ${LARGE_COUNT} full views`,
    value: Math.round(shared),
    unit: "B",
    peer: `a table of each node's own: ${Math.round(own)} B`,
    ratio: shared / own,
  };
}

function entryBytes(kind: TableKind): number {
  const inUse = bytesInUse();
  const before = inUse();
  const views = swimViews(LARGE_COUNT, kind, 1);
  // The nodes, timers and the first alive of each are part of it, and small beside N².
  const bytes = inUse() - before;
  if (views.swims.length !== LARGE_COUNT) throw new Error("all nodes were built");
  return bytes / LARGE_COUNT ** 2;
}
