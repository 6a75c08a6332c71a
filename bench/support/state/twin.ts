/** A process of its own with one of two copies; its parent tells it what to do. */
import { infosLane, operationsLane, versionsLane } from "./hearsay-lanes.ts";
import type { Lane, LaneName, LaneSetting } from "./lane.ts";
import { answerOrders } from "./orders.ts";
import { scuttlebuttLane } from "./scuttlebutt-lane.ts";
import { check, Script, type Value } from "./workload.ts";
import { yjsLane, yjsServer } from "./yjs-lane.ts";

/** Writes after which the process looks at what has come. */
const TURN_EVERY = 256;
const LOOK_EVERY_MS = 10;

const makers: Readonly<Record<LaneName, (setting: LaneSetting) => Promise<Lane>>> = {
  scuttlebutt: scuttlebuttLane,
  infos: infosLane,
  versions: versionsLane,
  operations: operationsLane,
  yjs: yjsLane,
};

export type TwinOrder =
  | { readonly do: "serve" }
  | { readonly do: "open"; readonly lane: LaneName; readonly setting: LaneSetting }
  | { readonly do: "ready" }
  | { readonly do: "prepare"; readonly round: number; readonly keysCount: number }
  /** Writes what is this side's, or all of it, and waits for the rest. */
  | { readonly do: "play"; readonly round: number; readonly who: "half" | "all" }
  /** Waits until so many keys of the other are held. */
  | { readonly do: "hold"; readonly keysCount: number }
  | { readonly do: "check"; readonly round: number; readonly keysCount: number }
  | { readonly do: "acknowledge"; readonly concurrency: number; readonly forMs: number }
  | { readonly do: "spent" };

/** In milliseconds of the system's monotonic clock, the same in all processes. */
export interface Played {
  readonly startedMs: number;
  readonly endedMs: number;
}

/** Since the process began. */
export interface Spent {
  readonly cpuMicros: number;
}

let lane: Lane | undefined;
let side: 0 | 1 = 0;
let script: Script<Value> | undefined;
/** What had come when a round was prepared: the other one may begin it first. */
let receivedBefore = 0;

function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function laneOf(): Lane {
  if (lane === undefined) throw new Error("open comes first");
  return lane;
}

function scriptOf(): Script<Value> {
  if (script === undefined) throw new Error("prepare comes first");
  return script;
}

async function open({ lane: name, setting }: { lane: LaneName; setting: LaneSetting }) {
  side = setting.side;
  lane = await makers[name](setting);
  return lane.address;
}

function prepare(round: number, keysCount: number): void {
  const copy = laneOf();
  receivedBefore = copy.receivedCount();
  if (script?.keys.length !== keysCount) script = new Script((text) => copy.form(text), keysCount);
  script.prepare(round);
}

async function play(round: number, who: "half" | "all"): Promise<Played> {
  const [copy, writes] = [laneOf(), scriptOf()];
  const startedMs = nowMs();
  let count = 0;
  let last: Promise<void> | undefined;
  for (const [key, value, writer] of writes.writes(round)) {
    if (who === "half" && writer !== side) continue;
    last = copy.write(key, value);
    count += 1;
    if (count % TURN_EVERY !== 0) continue;
    await last;
    await turn();
  }
  await last;
  const goal = receivedBefore + (who === "half" ? writes.keys.length / 2 : 0);
  while (copy.receivedCount() < goal) await turn();
  return { startedMs, endedMs: nowMs() };
}

async function hold(keysCount: number): Promise<number> {
  const copy = laneOf();
  while (copy.heldCount() < keysCount) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return nowMs();
}

/** So many writers, each of which waits for its last write: acknowledged writes a second. */
async function acknowledge(concurrency: number, forMs: number): Promise<number> {
  const [copy, { keys }] = [laneOf(), scriptOf()];
  const value = copy.form("v".repeat(100));
  const startedMs = nowMs();
  const endMs = startedMs + forMs;
  let count = 0;
  const writer = async (): Promise<void> => {
    while (nowMs() < endMs) {
      count += 1;
      await copy.write(keys[count % keys.length] ?? "", value);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, writer));
  return (1_000 * count) / (nowMs() - startedMs);
}

function spent(): Spent {
  const { system, user } = process.cpuUsage();
  return { cpuMicros: system + user };
}

answerOrders<TwinOrder>(async (order) => {
  switch (order.do) {
    case "serve":
      return yjsServer();
    case "open":
      return open(order);
    case "ready":
      return lane?.ready();
    case "prepare":
      return prepare(order.round, order.keysCount);
    case "play":
      return play(order.round, order.who);
    case "hold":
      return hold(order.keysCount);
    case "check":
      return check((key) => laneOf().read(key), order.keysCount, order.round);
    case "acknowledge":
      return acknowledge(order.concurrency, order.forMs);
    case "spent":
      return spent();
  }
});
