import { goMissing } from "../test/interop/go-program.ts";
import { judged, type MeasuredRow, median, type Row, type Target } from "./bench.ts";
import { arePeersInstalled, INSTALL_PEERS } from "./peers/load.ts";
import { brokerMissing } from "./support/broadcast/brokers.ts";
import { type CourseFigures, type CoursePlan, runCourse } from "./support/broadcast/course.ts";
import type { LaneName } from "./support/broadcast/lane.ts";
import { floodMemberlist } from "./support/broadcast/memberlist-flood.ts";

const FLOODS_COUNT = 5;
const MESSAGES_COUNT = 100_000;
const FLOOD_MAX_MS = 10_000;
/** Ten seconds of twenty a second. */
const DRIP_COUNT = 200;
/** It accepts what it cannot carry: more would be minutes of waiting for what it still holds. */
const GOSSIPSUB_MESSAGES_COUNT = 5_000;
const RATE_TARGET: Target = { of: "ratio", atLeast: 2 };
const LATENCY_TARGET: Target = { of: "ratio", atMost: 1 };
const LOSS_TARGET: Target = { of: "value", atMost: 0 };
const SCENE = "one publisher, five receivers, 100 B";

export const name = "broadcast";
export const description = `${SCENE}: rate, cost and latency, beside NATS, Redis and others`;

interface Opponent {
  readonly lane: LaneName;
  readonly plan: Omit<CoursePlan, "lane">;
  readonly missing: () => string | undefined;
}

const plan = {
  floodsCount: FLOODS_COUNT,
  messagesCount: MESSAGES_COUNT,
  limitMs: FLOOD_MAX_MS,
  dripCount: DRIP_COUNT,
};
const npmMissing = (): string | undefined => (arePeersInstalled() ? undefined : INSTALL_PEERS);
const opponents: readonly Opponent[] = [
  { lane: "nats", plan, missing: () => brokerMissing("nats") ?? npmMissing() },
  { lane: "redis", plan, missing: () => brokerMissing("redis") ?? npmMissing() },
  {
    lane: "gossipsub",
    plan: { ...plan, floodsCount: 1, messagesCount: GOSSIPSUB_MESSAGES_COUNT },
    missing: npmMissing,
  },
];

export async function run(): Promise<Row[]> {
  const rows: Row[] = [];
  const ours = await course("hearsay", plan);
  const nats = new Map<string, number>();
  for (const { lane, missing, plan: theirPlan } of opponents) {
    const how = missing();
    if (how !== undefined) {
      rows.push({ id: lane, skipped: how, ...(lane === "nats" && { target: "ratio >= 2" }) });
      continue;
    }
    const figures = figuresOf(await course(lane, theirPlan));
    for (const [what, figure] of figures) {
      rows.push(row(`${lane} ${what}`, figure.value, figure.unit));
      if (lane === "nats") nats.set(what, figure.value);
    }
  }
  rows.push(...(await memberlistRows()));
  return [...ownRows(ours, nats), ...rows];
}

interface Figure {
  readonly value: number;
  readonly unit: string;
}

function figuresOf({ floods, latenciesMs }: CourseFigures): ReadonlyMap<string, Figure> {
  const sorted = [...latenciesMs].sort((a, b) => a - b);
  const quantile = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  const flood = (of: (figures: CourseFigures["floods"][number]) => number): number =>
    median(floods.map(of));
  return new Map<string, Figure>([
    ["rate", { value: flood(({ perSecond }) => perSecond), unit: "messages/s/receiver" }],
    ["loss", { value: Math.max(...floods.map(({ lossRatio }) => lossRatio)), unit: "ratio" }],
    ["cpu", { value: flood((one) => one.cpuMicrosPerDelivery), unit: "µs/delivery" }],
    ["bytes", { value: flood((one) => one.bytesPerDelivery), unit: "B/delivery" }],
    ["latency p50", { value: quantile(0.5), unit: "ms" }],
    ["latency p99", { value: quantile(0.99), unit: "ms" }],
  ]);
}

const targets: Readonly<Record<string, Target>> = {
  rate: RATE_TARGET,
  loss: LOSS_TARGET,
  "latency p50": LATENCY_TARGET,
};

function ownRows(ours: CourseFigures, nats: ReadonlyMap<string, number>): Row[] {
  return [...figuresOf(ours)].map(([what, { unit, value }]) => {
    const theirs = nats.get(what);
    const isCompared = theirs !== undefined && what !== "loss";
    const measured: MeasuredRow = {
      ...row(`hearsay ${what}`, value, unit),
      ...(isCompared && { peer: `nats: ${round(theirs)}`, ratio: round(value / theirs) }),
    };
    const target = targets[what];
    return target === undefined ? measured : judged(measured, target);
  });
}

async function memberlistRows(): Promise<Row[]> {
  const missing = goMissing();
  if (missing !== undefined) return [{ id: "memberlist", skipped: missing }];
  progress("memberlist");
  return [row("memberlist rate", await floodMemberlist(), "messages/s/receiver")];
}

async function course(lane: LaneName, theirs: Omit<CoursePlan, "lane">): Promise<CourseFigures> {
  progress(lane);
  return runCourse({ lane, ...theirs });
}

function row(id: string, value: number, unit: string): MeasuredRow {
  return { id, value: round(value), unit };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function progress(what: string): void {
  process.stderr.write(`  ${(performance.now() / 1000).toFixed(0)} s: ${what} …\n`);
}
