/**
 * One lot: clusters of one size and profile, some of ours and some of memberlist's, that live side
 * by side and are led through the same course: join, broadcasts, kills.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { DriverProcess } from "../../test/interop/driver-process.ts";
import { memberlistDriver } from "../../test/interop/memberlist-build.ts";

const STEP_MAX_MS = 90_000;
/** Joins are begun one after the other, for each is a burst of work that others would feel. */
const JOIN_GAP_MIN_MS = 250;
const JOIN_GAP_PER_NODE_MS = 25;
const KILL_GAP_MS = 150;

export type Profile = "lan" | "local";
export const sides = ["ours", "theirs"] as const;
export type Side = (typeof sides)[number];

export interface LotPlan {
  readonly profile: Profile;
  readonly nodesCount: number;
  /** Clusters of each side. */
  readonly clustersCount: number;
  readonly broadcastsCount: number;
  readonly killsCount: number;
}

/** Milliseconds, one entry for each time it was done; Infinity when it did not happen in time. */
export interface Readings {
  readonly join: number[];
  readonly broadcast: number[];
  readonly firstKnows: number[];
  readonly allKnow: number[];
  /** Nodes that a broadcast reached, over those it should have. */
  readonly reached: number[];
}

export type LotReadings = Readonly<Record<Side, Readings>>;

interface Times {
  readonly firstMs?: number;
  readonly allMs?: number;
  readonly reached: number;
}

interface Cluster {
  readonly side: Side;
  readonly process: DriverProcess;
  nodesCount: number;
}

const twin = fileURLToPath(new URL("./memberlist-twin.ts", import.meta.url));

export function startSide(side: Side): DriverProcess {
  if (side === "theirs") return new DriverProcess([memberlistDriver()]);
  return new DriverProcess([process.execPath, "--import", "tsx", "--expose-gc", twin]);
}

export function noReadings(): LotReadings {
  const none = (): Readings => {
    return { join: [], broadcast: [], firstKnows: [], allKnow: [], reached: [] };
  };
  return { ours: none(), theirs: none() };
}

/** Adds what it measured to `readings`. */
export async function runLot(plan: LotPlan, readings: LotReadings): Promise<void> {
  const clusters = await openClusters(plan);
  try {
    await joinAll(plan, clusters, readings);
    for (let round = 0; round < plan.broadcastsCount; round += 1) {
      await broadcastOnce(round, clusters, readings);
    }
    for (let round = 0; round < plan.killsCount; round += 1) {
      await killOne(round, clusters, readings);
    }
  } finally {
    await Promise.all(clusters.map(({ process }) => process.end()));
  }
}

async function openClusters({ clustersCount, nodesCount, profile }: LotPlan): Promise<Cluster[]> {
  const clusters: Cluster[] = [];
  // By turns, so that neither side has the quieter machine.
  for (let at = 0; at < clustersCount; at += 1) {
    for (const side of sides) clusters.push({ side, process: startSide(side), nodesCount });
  }
  const request = { name: "node", count: nodesCount, profile };
  for (const { process } of clusters) await process.request("cluster", request);
  return clusters;
}

async function joinAll(
  { nodesCount }: LotPlan,
  clusters: readonly Cluster[],
  readings: LotReadings,
): Promise<void> {
  const gapMs = JOIN_GAP_MIN_MS + nodesCount * JOIN_GAP_PER_NODE_MS;
  const joins = clusters.map(async ({ side, process }, turn) => {
    await sleep(turn * gapMs);
    const times = await process.request<Times>("joinAll", { timeoutMs: STEP_MAX_MS });
    readings[side].join.push(times.allMs ?? Number.POSITIVE_INFINITY);
  });
  await Promise.all(joins);
  // Whatever gossip is still under way goes out, and packets are free for the next step.
  await sleep(2_000);
}

async function broadcastOnce(
  round: number,
  clusters: readonly Cluster[],
  readings: LotReadings,
): Promise<void> {
  for (const { nodesCount, process, side } of clusters) {
    const payload = Buffer.from(`broadcast ${round}`).toString("base64");
    const index = (round * 7) % nodesCount;
    const request = { index, payload, timeoutMs: 3_000 };
    const times = await process.request<Times>("spread", request);
    readings[side].broadcast.push(times.allMs ?? Number.POSITIVE_INFINITY);
    readings[side].reached.push(times.reached / (nodesCount - 1));
  }
}

async function killOne(
  round: number,
  clusters: readonly Cluster[],
  readings: LotReadings,
): Promise<void> {
  const kills = clusters.map(async (cluster, turn) => {
    await sleep(turn * KILL_GAP_MS);
    // Not the seed, and another place in the list each time.
    const index = 1 + ((turn + round * 11) % (cluster.nodesCount - 1));
    const request = { index, timeoutMs: STEP_MAX_MS };
    const times = await cluster.process.request<Times>("fell", request);
    cluster.nodesCount -= 1;
    const { firstKnows, allKnow } = readings[cluster.side];
    firstKnows.push(times.firstMs ?? Number.POSITIVE_INFINITY);
    allKnow.push(times.allMs ?? Number.POSITIVE_INFINITY);
  });
  await Promise.all(kills);
}
