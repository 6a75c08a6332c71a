/** What clusters cost that have nothing to do: packets, bytes and CPU for a node and a second. */
import { setTimeout as sleep } from "node:timers/promises";
import type { DriverProcess } from "../../test/interop/driver-process.ts";
import { median } from "../bench.ts";
import { type Profile, type Side, sides, startSide } from "./memberlist-lots.ts";

const JOIN_MAX_MS = 90_000;
const WINDOWS_COUNT = 5;
const WINDOW_MS = 8_000;

/** Per node and second, the median of several windows. */
export interface RestCost {
  readonly packets: number;
  readonly packetBytes: number;
  readonly streamBytes: number;
  readonly cpuMicros: number;
}

export interface RestPlan {
  readonly profile: Profile;
  readonly sizes: readonly number[];
  /** After the last has joined: gossip about the joins has to end first. */
  readonly quietMs: number;
}

type Counts = Readonly<
  Record<"packetsSent" | "bytesSent" | "streamBytesSent" | "cpuMicros", number>
>;

interface Resting {
  readonly side: Side;
  readonly nodesCount: number;
  readonly process: DriverProcess;
  readonly windows: RestCost[];
}

/** By size of the cluster. */
export type RestCosts = ReadonlyMap<number, Readonly<Record<Side, RestCost>>>;

/** All sizes rest at the same time: CPU is counted by process. */
export async function measureRest(plan: RestPlan): Promise<RestCosts> {
  const resting = plan.sizes.flatMap((nodesCount) =>
    sides.map((side): Resting => ({ side, nodesCount, process: startSide(side), windows: [] })),
  );
  try {
    for (const { nodesCount, process } of resting) {
      const { profile } = plan;
      await process.request("cluster", { name: "node", count: nodesCount, profile });
    }
    const join = { timeoutMs: JOIN_MAX_MS };
    await Promise.all(resting.map(({ process }) => process.request("joinAll", join)));
    await sleep(plan.quietMs);
    for (let window = 0; window < WINDOWS_COUNT; window += 1) {
      await Promise.all(resting.map(oneWindow));
    }
  } finally {
    await Promise.all(resting.map(({ process }) => process.end()));
  }
  return costsBySize(plan.sizes, resting);
}

async function oneWindow({ nodesCount, process, windows }: Resting): Promise<void> {
  const begun = performance.now();
  const before = await process.request<Counts>("counts");
  await sleep(WINDOW_MS);
  const after = await process.request<Counts>("counts");
  const nodeSeconds = (nodesCount * (performance.now() - begun)) / 1000;
  const each = (name: keyof Counts): number => (after[name] - before[name]) / nodeSeconds;
  windows.push({
    packets: each("packetsSent"),
    packetBytes: each("bytesSent"),
    streamBytes: each("streamBytesSent"),
    cpuMicros: each("cpuMicros"),
  });
}

function costsBySize(sizes: readonly number[], resting: readonly Resting[]): RestCosts {
  const costOf = (nodesCount: number, side: Side): RestCost => {
    const found = resting.find((one) => one.nodesCount === nodesCount && one.side === side);
    const middle = (name: keyof RestCost): number =>
      median((found?.windows ?? []).map((window) => window[name]));
    return {
      packets: middle("packets"),
      packetBytes: middle("packetBytes"),
      // Push/pulls are rare: a median of few would be the luck of the window.
      streamBytes: mean((found?.windows ?? []).map((window) => window.streamBytes)),
      cpuMicros: middle("cpuMicros"),
    };
  };
  return new Map(
    sizes.map((size) => [size, { ours: costOf(size, "ours"), theirs: costOf(size, "theirs") }]),
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
