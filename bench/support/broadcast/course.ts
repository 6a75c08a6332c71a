/** One publisher and five receivers, each a process, led through floods and a slow stream. */
import { readFileSync } from "node:fs";
import { Broker } from "./brokers.ts";
import type { LaneName } from "./lane.ts";
import type { FloodReport, ProgressReport } from "./worker.ts";
import { WorkerProcess } from "./worker-process.ts";

const RECEIVERS_COUNT = 5;
const LOOK_EVERY_MS = 50;
/** No receiver has got anything for so long: what is missing is lost. */
const SILENCE_MS = 4_000;
const WARM_UP_COUNT = 20_000;
const DRIP_PER_SECOND = 20;

export interface FloodFigures {
  /** Of a receiver, the median of five: messages a second. */
  readonly perSecond: number;
  readonly lossRatio: number;
  readonly cpuMicrosPerDelivery: number;
  readonly bytesPerDelivery: number;
}

export interface CoursePlan {
  readonly lane: LaneName;
  readonly floodsCount: number;
  readonly messagesCount: number;
  /** Publishing ends after so long, however many it were. */
  readonly limitMs: number;
  readonly dripCount: number;
}

export interface CourseFigures {
  readonly floods: readonly FloodFigures[];
  readonly latenciesMs: readonly number[];
}

export async function runCourse(plan: CoursePlan): Promise<CourseFigures> {
  const broker = plan.lane === "nats" || plan.lane === "redis" ? plan.lane : undefined;
  const server = broker && (await Broker.start(broker));
  const publisher = new WorkerProcess();
  const receivers = Array.from({ length: RECEIVERS_COUNT }, () => new WorkerProcess());
  const scene = new Scene(publisher, receivers, server);
  try {
    await scene.open(plan.lane);
    await scene.flood(WARM_UP_COUNT, Math.min(plan.limitMs, 3_000));
    const floods: FloodFigures[] = [];
    for (let at = 0; at < plan.floodsCount; at += 1) {
      floods.push(await scene.flood(plan.messagesCount, plan.limitMs));
    }
    return { floods, latenciesMs: await scene.drip(plan.dripCount) };
  } finally {
    await Promise.all([publisher, ...receivers].map((worker) => worker.end()));
    await server?.end();
  }
}

class Scene {
  private readonly publisher: WorkerProcess;
  private readonly receivers: readonly WorkerProcess[];
  private readonly server: Broker | undefined;

  constructor(
    publisher: WorkerProcess,
    receivers: readonly WorkerProcess[],
    server: Broker | undefined,
  ) {
    this.publisher = publisher;
    this.receivers = receivers;
    this.server = server;
  }

  async open(lane: LaneName): Promise<void> {
    const contact = this.server?.contact ?? "";
    const setting = { role: "publisher", index: 0, contact } as const;
    const address = await this.publisher.ask<string | undefined>({ do: "open", lane, setting });
    for (const [at, receiver] of this.receivers.entries()) {
      const found = { role: "receiver", index: at + 1, contact: address ?? contact } as const;
      await receiver.ask({ do: "open", lane, setting: found });
    }
    const othersCount = this.receivers.length;
    await Promise.all(this.all.map((worker) => worker.ask({ do: "ready", othersCount })));
  }

  async flood(count: number, limitMs: number): Promise<FloodFigures> {
    await this.arm(count);
    const before = await this.spent();
    const report = await this.publisher.ask<FloodReport>({ do: "flood", count, limitMs });
    const ends = await this.allReceived(report.publishedCount);
    const after = await this.spent();
    const deliveries = ends.reduce((sum, end) => sum + end.receivedCount, 0);
    const rates = ends
      .map((end) => (1_000 * end.receivedCount) / (end.lastMs - report.startedMs))
      .sort((a, b) => a - b);
    return {
      perSecond: rates[Math.floor(rates.length / 2)] ?? 0,
      lossRatio: 1 - deliveries / (report.publishedCount * this.receivers.length),
      cpuMicrosPerDelivery: (after.cpuMicros - before.cpuMicros) / deliveries,
      bytesPerDelivery: (after.loopbackBytes - before.loopbackBytes) / deliveries,
    };
  }

  /** Few messages, each on its own: how long until a receiver has it, in milliseconds. */
  async drip(count: number): Promise<readonly number[]> {
    if (count === 0) return [];
    await this.arm(count);
    await this.publisher.ask<FloodReport>({ do: "drip", count, perSecond: DRIP_PER_SECOND });
    const ends = await this.allReceived(count);
    return ends.flatMap(({ latenciesMs }) => latenciesMs);
  }

  private get all(): readonly WorkerProcess[] {
    return [this.publisher, ...this.receivers];
  }

  private async arm(count: number): Promise<void> {
    await Promise.all(this.receivers.map((receiver) => receiver.ask({ do: "arm", count })));
  }

  /** Waits until all have all, or nobody gets any more. */
  private async allReceived(count: number): Promise<readonly ProgressReport[]> {
    let best = -1;
    let bestAtMs = performance.now();
    for (;;) {
      const ends = await Promise.all(
        this.receivers.map((receiver) => receiver.ask<ProgressReport>({ do: "progress" })),
      );
      const sum = ends.reduce((total, { receivedCount }) => total + receivedCount, 0);
      if (sum === count * this.receivers.length) return ends;
      if (sum > best) [best, bestAtMs] = [sum, performance.now()];
      if (performance.now() - bestAtMs > SILENCE_MS) return ends;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  private async spent(): Promise<{ cpuMicros: number; loopbackBytes: number }> {
    const each = await Promise.all(this.all.map((worker) => worker.ask<number>({ do: "cpu" })));
    const own = each.reduce((sum, micros) => sum + micros, 0);
    return { cpuMicros: own + (this.server?.cpuMicros() ?? 0), loopbackBytes: loopbackBytes() };
  }
}

/** Bytes that the loopback interface has carried, IP headers included; others' among them. */
export function loopbackBytes(): number {
  const line = readFileSync("/proc/net/dev", "utf8")
    .split("\n")
    .find((text) => text.trim().startsWith("lo:"));
  return Number(line?.split(":")[1]?.trim().split(/\s+/)[0] ?? Number.NaN);
}
