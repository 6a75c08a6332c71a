/** A process of its own with one end of a lane; its parent tells it what to do. */
import { gossipsubLane } from "./gossipsub-lane.ts";
import { hearsayLane } from "./hearsay-lane.ts";
import type { Lane, LaneName, LaneSetting } from "./lane.ts";
import { natsLane } from "./nats-lane.ts";
import { redisLane } from "./redis-lane.ts";

const makers: Readonly<Record<LaneName, (setting: LaneSetting) => Promise<Lane>>> = {
  hearsay: hearsayLane,
  nats: natsLane,
  redis: redisLane,
  gossipsub: gossipsubLane,
};

export type Order =
  | { readonly do: "open"; readonly lane: LaneName; readonly setting: LaneSetting }
  | { readonly do: "ready"; readonly othersCount: number }
  | { readonly do: "arm"; readonly count: number }
  | { readonly do: "flood"; readonly count: number; readonly limitMs: number }
  | { readonly do: "drip"; readonly count: number; readonly perSecond: number }
  | { readonly do: "progress" }
  | { readonly do: "cpu" }
  | { readonly do: "close" };

export interface FloodReport {
  readonly publishedCount: number;
  readonly startedMs: number;
}
export interface ProgressReport {
  readonly receivedCount: number;
  readonly duplicatesCount: number;
  readonly lastMs: number;
  readonly latenciesMs: readonly number[];
}

/** A payload: its number, the moment it was published, and ballast. */
const PAYLOAD_BYTES = 100;
const TURN_EVERY = 1_024;

let lane: Lane | undefined;
let seen = new Uint8Array(0);
let received = 0;
let duplicates = 0;
let lastMs = 0;
let latencies: number[] | undefined;

/** Milliseconds of the system's monotonic clock, the same in all processes. */
function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function onPayload(payload: Uint8Array): void {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const number = view.getUint32(0);
  if (seen[number] === 1) {
    duplicates += 1;
    return;
  }
  seen[number] = 1;
  received += 1;
  // The clock is asked once for many in a flood, and for each one where latency is measured.
  if (latencies !== undefined) latencies.push(nowMs() - view.getFloat64(4));
  if ((received & 63) === 0 || received === seen.length) lastMs = nowMs();
}

function payloadOf(number: number): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(PAYLOAD_BYTES);
  const view = new DataView(payload.buffer);
  view.setUint32(0, number);
  view.setFloat64(4, nowMs());
  return payload;
}

async function flood(count: number, limitMs: number): Promise<FloodReport> {
  const startedMs = nowMs();
  let number = 0;
  while (number < count) {
    const room = lane?.publish(payloadOf(number));
    number += 1;
    if (room !== undefined) await room;
    if (number % TURN_EVERY === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      if (nowMs() - startedMs > limitMs) break;
    }
  }
  return { publishedCount: number, startedMs };
}

async function drip(count: number, perSecond: number): Promise<FloodReport> {
  const startedMs = nowMs();
  for (let number = 0; number < count; number += 1) {
    const dueMs = startedMs + (number * 1_000) / perSecond;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - nowMs())));
    await lane?.publish(payloadOf(number));
  }
  return { publishedCount: count, startedMs };
}

async function perform(order: Order): Promise<unknown> {
  switch (order.do) {
    case "open":
      lane = await makers[order.lane](order.setting);
      if (order.setting.role === "receiver") await lane.onMessage(onPayload);
      return lane.address;
    case "ready":
      return lane?.ready(order.othersCount);
    case "arm":
      seen = new Uint8Array(order.count);
      [received, duplicates, lastMs] = [0, 0, 0];
      latencies = order.count <= 10_000 ? [] : undefined;
      return undefined;
    case "flood":
      return flood(order.count, order.limitMs);
    case "drip":
      return drip(order.count, order.perSecond);
    case "progress":
      return {
        receivedCount: received,
        duplicatesCount: duplicates,
        lastMs,
        latenciesMs: latencies ?? [],
      };
    case "cpu": {
      const { system, user } = process.cpuUsage();
      return system + user;
    }
    case "close":
      return lane?.close();
  }
}

process.on("message", ({ id, order }: { id: number; order: Order }) => {
  perform(order).then(
    (answer) => process.send?.({ id, answer }),
    (error: unknown) => process.send?.({ id, error: String(error) }),
  );
});
