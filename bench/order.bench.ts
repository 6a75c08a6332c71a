import { judged, type MeasuredRow, median, type Row } from "./bench.ts";
import { EtcdLane, etcdLaneMissing } from "./support/order/etcd-lane.ts";
import { HearsayLane } from "./support/order/hearsay-lane.ts";
import type { Keeping, OrderLane, OrderRun } from "./support/order/lane.ts";

const RUNS_COUNT = 6;
const WARM_RUNS_COUNT = 4;
const CONCURRENCIES = [1, 16, 128];

/*
 * What is compared. Three processes on one machine, joined over TCP on loopback; callers wait for
 * one event of 100 B after the other. "events" are those of an ordered log: kept by a majority, in
 * their place of the one order. Callers are spread evenly over the three nodes; a single one is at
 * another node in each run. "commands" are the orderer's alone: what an ordered log costs is the
 * difference. The peer is a cluster of three members of etcd with its npm client: the same bytes,
 * one key each, its callers in three processes too.
 */
export const name = "order";
export const description = "events brought into one order a second, and how long one takes";

const lanes: Readonly<Record<string, () => OrderLane>> = {
  "ordered log": () => new HearsayLane("events"),
  "Raft alone": () => new HearsayLane("commands"),
};
const ETCD = "etcd";

/** Of an ordered log on disk, by concurrency: how many times as many as etcd. */
const targets = new Map([
  [1, 1],
  [16, 2],
  [128, 3],
]);

/** By concurrency, each run. */
type Runs = ReadonlyMap<number, readonly OrderRun[]>;

export async function run(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const keeping of ["disk", "memory"] as const) {
    const missing = etcdLaneMissing(keeping);
    const all = await measured(
      missing === undefined ? { ...lanes, [ETCD]: makeEtcd } : lanes,
      keeping,
    );
    const peer = all.get(ETCD);
    if (missing !== undefined) rows.push({ id: `${ETCD}, ${keeping}`, skipped: missing });
    for (const [lane, runs] of all) rows.push(...rowsOf(`${lane}, ${keeping}`, runs, peer));
  }
  return rows;
}

function makeEtcd(): OrderLane {
  return new EtcdLane();
}

/** In turns, so that a busy minute of the machine is everybody's. */
async function measured(makes: typeof lanes, keeping: Keeping): Promise<Map<string, Runs>> {
  const all = new Map<string, Map<number, OrderRun[]>>();
  const opened = new Map<string, OrderLane>();
  try {
    for (const [what, make] of Object.entries(makes)) {
      process.stderr.write(`  ${what}, ${keeping} …\n`);
      const lane = make();
      opened.set(what, lane);
      all.set(what, new Map(CONCURRENCIES.map((concurrency) => [concurrency, []])));
      await lane.open(keeping);
    }
    await warmUp([...opened.values()]);
    for (let turn = 0; turn < RUNS_COUNT; turn += 1) {
      for (const concurrency of CONCURRENCIES) {
        for (const [what, lane] of opened) {
          all
            .get(what)
            ?.get(concurrency)
            ?.push(await lane.run(turn, concurrency));
        }
      }
    }
  } finally {
    for (const lane of opened.values()) await lane.close();
  }
  return all;
}

/** Until the compiler has seen in each process what it will run: some thousands of events. */
async function warmUp(lanes: readonly OrderLane[]): Promise<void> {
  for (let turn = 0; turn < WARM_RUNS_COUNT; turn += 1) {
    for (const lane of lanes) await lane.run(turn, Math.max(...CONCURRENCIES));
  }
}

function rowsOf(what: string, runs: Runs, peer: Runs | undefined): MeasuredRow[] {
  return [...runs].flatMap(([concurrency, found]) => {
    const id = `${what}, ${concurrency} at a time`;
    const round = (value: number) => Math.round(value * 100) / 100;
    const rate = { id, value: Math.round(rateOf(found)), unit: "events/s" };
    return [
      what.startsWith(ETCD) ? rate : against(rate, { what, concurrency, peer }),
      { id: `${id}, p50`, value: round(median(found.map((one) => one.p50Ms))), unit: "ms" },
      { id: `${id}, p99`, value: round(median(found.map((one) => one.p99Ms))), unit: "ms" },
    ];
  });
}

interface Compared {
  readonly what: string;
  readonly concurrency: number;
  readonly peer: Runs | undefined;
}

/** With what etcd did in the same run. Without it, a target is missed. */
function against(rate: MeasuredRow, { concurrency, peer, what }: Compared): MeasuredRow {
  const other = rateOf(peer?.get(concurrency) ?? []);
  const row = Number.isNaN(other) ? rate : { ...rate, peer: ETCD, ratio: rate.value / other };
  const atLeast = what === "ordered log, disk" ? targets.get(concurrency) : undefined;
  return atLeast === undefined ? row : judged(row, { of: "ratio", atLeast });
}

function rateOf(runs: readonly OrderRun[]): number {
  return median(runs.map((one) => one.perSecond));
}
