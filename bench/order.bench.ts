import { type MeasuredRow, median, type Row } from "./bench.ts";
import { HearsayLane } from "./support/order/hearsay-lane.ts";
import type { Keeping, OrderLane, OrderRun } from "./support/order/lane.ts";

const RUNS_COUNT = 6;
const CONCURRENCIES = [1, 16, 128];

/*
 * What is compared. Three processes on one machine, joined over TCP on loopback; callers wait for
 * one event of 100 B after the other. "events" are those of an ordered log: kept by a majority, in
 * their place of the one order. Callers are spread evenly over the three nodes; a single one is at
 * another node in each run. "commands" are the orderer's alone: what an ordered log costs is the
 * difference.
 */
export const name = "order";
export const description = "events brought into one order a second, and how long one takes";

const lanes: Readonly<Record<string, () => OrderLane>> = {
  "ordered log": () => new HearsayLane("events"),
  "Raft alone": () => new HearsayLane("commands"),
};

export async function run(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const keeping of ["disk", "memory"] as const) {
    for (const [lane, make] of Object.entries(lanes)) {
      process.stderr.write(`  ${lane}, ${keeping} …\n`);
      rows.push(...rowsOf(`${lane}, ${keeping}`, await measured(make(), keeping)));
    }
  }
  return rows;
}

/** By concurrency, each run. In turns, so that a busy minute of the machine is everybody's. */
async function measured(lane: OrderLane, keeping: Keeping): Promise<Map<number, OrderRun[]>> {
  const runs = new Map(CONCURRENCIES.map((concurrency) => [concurrency, [] as OrderRun[]]));
  try {
    await lane.open(keeping);
    for (let turn = -1; turn < RUNS_COUNT; turn += 1) {
      for (const [concurrency, found] of runs) {
        const one = await lane.run(turn + 1, concurrency);
        // The first one warms up.
        if (turn >= 0) found.push(one);
      }
    }
  } finally {
    await lane.close();
  }
  return runs;
}

function rowsOf(what: string, runs: ReadonlyMap<number, readonly OrderRun[]>): MeasuredRow[] {
  return [...runs].flatMap(([concurrency, found]) => {
    const id = `${what}, ${concurrency} at a time`;
    const round = (value: number) => Math.round(value * 100) / 100;
    return [
      { id, value: Math.round(median(found.map((one) => one.perSecond))), unit: "events/s" },
      { id: `${id}, p50`, value: round(median(found.map((one) => one.p50Ms))), unit: "ms" },
      { id: `${id}, p99`, value: round(median(found.map((one) => one.p99Ms))), unit: "ms" },
    ];
  });
}
