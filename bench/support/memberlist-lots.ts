/**
 * One lot: clusters of one size, of ours and of memberlist's, in both profiles, that live side by
 * side and are led through the same course: join, rest, broadcasts, kills.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { DriverProcess } from "../../test/interop/driver-process.ts";
import { goProgram } from "../../test/interop/go-program.ts";

/** With the profile local, memberlist takes a minute for a hundred nodes. */
const JOIN_MAX_MS = 75_000;
const KILL_MAX_MS = 30_000;
/** Joins are begun one after the other, for each is a burst of work that others would feel. */
const JOIN_GAP_MIN_MS = 200;
const JOIN_GAP_PER_NODE_MS = 20;
/** Gossip about the joins has to end before a cluster is at rest. */
const QUIET_MS = 6_000;
const REST_WINDOWS_COUNT = 2;
const REST_WINDOW_MS = 8_000;
const BROADCAST_MAX_MS = 3_000;
const KILL_GAP_MS = 100;

export type Profile = "lan" | "local";
export const sides = ["ours", "theirs"] as const;
export type Side = (typeof sides)[number];

export interface LotPlan {
  readonly profiles: readonly Profile[];
  readonly nodesCount: number;
  /** Of each side and profile. */
  readonly clustersCount: number;
  readonly broadcastsCount: number;
  readonly killsCount: number;
}

/** For a node and a second. */
export interface RestCost {
  readonly packets: number;
  readonly packetBytes: number;
  readonly streamBytes: number;
  readonly cpuMicros: number;
}

/** Milliseconds, one entry for each time it was done; Infinity when it did not happen in time. */
export interface Readings {
  readonly join: number[];
  readonly rest: RestCost[];
  readonly broadcast: number[];
  /** Share of the other nodes that a broadcast reached. */
  readonly reached: number[];
  readonly firstKnows: number[];
  readonly allKnow: number[];
}

export type SideReadings = Readonly<Record<Side, Readings>>;
export type LotReadings = ReadonlyMap<Profile, SideReadings>;

interface Times {
  readonly firstMs?: number;
  readonly allMs?: number;
  readonly reached: number;
}

type Counts = Readonly<
  Record<"packetsSent" | "bytesSent" | "streamBytesSent" | "cpuMicros", number>
>;

interface Cluster {
  readonly side: Side;
  readonly profile: Profile;
  readonly process: DriverProcess;
  readonly readings: Readings;
  nodesCount: number;
}

const twin = fileURLToPath(new URL("./memberlist-twin.ts", import.meta.url));

export function startSide(side: Side): DriverProcess {
  if (side === "theirs") return new DriverProcess([goProgram("memberlist-driver")]);
  return new DriverProcess([process.execPath, "--import", "tsx", "--expose-gc", twin]);
}

export async function runLot(plan: LotPlan): Promise<LotReadings> {
  const readings = new Map(plan.profiles.map((profile) => [profile, noReadings()]));
  const clusters = openClusters(plan, readings);
  try {
    for (const { process, profile, nodesCount } of clusters) {
      await process.request("cluster", { name: "node", count: nodesCount, profile });
    }
    await joinAll(plan, clusters);
    await sleep(QUIET_MS);
    for (let window = 0; window < REST_WINDOWS_COUNT; window += 1) {
      await Promise.all(clusters.map(oneWindowOfRest));
    }
    for (let round = 0; round < plan.broadcastsCount; round += 1) {
      for (const cluster of clusters) await broadcastOnce(round, cluster);
    }
    for (let round = 0; round < plan.killsCount; round += 1) {
      await Promise.all(clusters.map((cluster, turn) => killOne(round, turn, cluster)));
    }
  } finally {
    await Promise.all(clusters.map(({ process }) => process.end()));
  }
  return readings;
}

function noReadings(): SideReadings {
  const none = (): Readings => {
    return { join: [], rest: [], broadcast: [], reached: [], firstKnows: [], allKnow: [] };
  };
  return { ours: none(), theirs: none() };
}

/** By turns, so that neither side has the quieter machine. */
function openClusters(plan: LotPlan, readings: LotReadings): Cluster[] {
  const { clustersCount, nodesCount } = plan;
  const clusters: Cluster[] = [];
  for (let at = 0; at < clustersCount; at += 1) {
    for (const profile of plan.profiles) {
      for (const side of sides) {
        const process = startSide(side);
        const kept = readings.get(profile)?.[side];
        if (kept !== undefined)
          clusters.push({ side, profile, process, readings: kept, nodesCount });
      }
    }
  }
  return clusters;
}

async function joinAll({ nodesCount }: LotPlan, clusters: readonly Cluster[]): Promise<void> {
  const gapMs = JOIN_GAP_MIN_MS + nodesCount * JOIN_GAP_PER_NODE_MS;
  const joins = clusters.map(async (cluster, turn) => {
    await sleep(turn * gapMs);
    const times = await step(cluster, "joinAll", { timeoutMs: JOIN_MAX_MS });
    cluster.readings.join.push(times.allMs ?? Number.POSITIVE_INFINITY);
  });
  await Promise.all(joins);
}

async function oneWindowOfRest({ nodesCount, process, readings }: Cluster): Promise<void> {
  const begun = performance.now();
  const before = await process.request<Counts>("counts");
  await sleep(REST_WINDOW_MS);
  const after = await process.request<Counts>("counts");
  const nodeSeconds = (nodesCount * (performance.now() - begun)) / 1000;
  const each = (name: keyof Counts): number => (after[name] - before[name]) / nodeSeconds;
  readings.rest.push({
    packets: each("packetsSent"),
    packetBytes: each("bytesSent"),
    streamBytes: each("streamBytesSent"),
    cpuMicros: each("cpuMicros"),
  });
}

async function broadcastOnce(round: number, cluster: Cluster): Promise<void> {
  const { nodesCount, readings } = cluster;
  const payload = Buffer.from(`broadcast ${round}`).toString("base64");
  const index = (round * 7) % nodesCount;
  const request = { index, payload, timeoutMs: BROADCAST_MAX_MS };
  const times = await step(cluster, "spread", request);
  readings.broadcast.push(times.allMs ?? Number.POSITIVE_INFINITY);
  readings.reached.push(times.reached / (nodesCount - 1));
}

async function killOne(round: number, turn: number, cluster: Cluster): Promise<void> {
  await sleep(turn * KILL_GAP_MS);
  // Not the seed, and another place in the list each time.
  const index = 1 + ((turn + round * 11) % (cluster.nodesCount - 1));
  const times = await step(cluster, "fell", { index, timeoutMs: KILL_MAX_MS });
  cluster.nodesCount -= 1;
  cluster.readings.firstKnows.push(times.firstMs ?? Number.POSITIVE_INFINITY);
  cluster.readings.allKnow.push(times.allMs ?? Number.POSITIVE_INFINITY);
}

/** A process that gives no reply, on a machine with too much to do, has not got there either. */
async function step(cluster: Cluster, verb: string, request: object): Promise<Times> {
  try {
    return await cluster.process.request<Times>(verb, request);
  } catch (error) {
    const { nodesCount, profile, side } = cluster;
    process.stderr.write(`  ${side}, ${profile}, ${nodesCount} nodes: ${String(error)}\n`);
    return { reached: 0 };
  }
}
