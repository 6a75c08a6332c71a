import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { at } from "../../../src/core/collections/at.ts";
import { WorkerProcess } from "../broadcast/worker-process.ts";
import { type Called, evenly, runOf } from "./callers.ts";
import type { Keeping, OrderLane, OrderRun } from "./lane.ts";
import type { Asked, Held, ProcessOrder } from "./order-process.ts";

const program = new URL("./order-process.ts", import.meta.url);
const NAMES = ["p1", "p2", "p3"] as const;
const RUN_MS = 1_000;
const LOOK_EVERY_MS = 50;
const LEVEL_MAX_MS = 20_000;

/** Three nodes of this library, as it is shipped. */
export class HearsayLane implements OrderLane {
  private readonly asked: Asked;
  private readonly processes: WorkerProcess<ProcessOrder>[] = [];
  private folder = "";

  constructor(asked: Asked) {
    this.asked = asked;
  }

  async open(keeping: Keeping): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), "bench-order-"));
    let contact = "";
    for (const name of NAMES) {
      const started = new WorkerProcess<ProcessOrder>(program);
      this.processes.push(started);
      const dataDir = join(this.folder, name);
      const order = { do: "open", name, contact, asked: this.asked, keeping, dataDir } as const;
      const address = await started.ask<string>(order);
      if (contact === "") contact = address;
    }
    await this.all({ do: "ready" });
  }

  async run(turn: number, concurrency: number): Promise<OrderRun> {
    const called = evenly(concurrency, turn, this.processes.length).map((callers, index) =>
      at(this.processes, index).ask<Called>({ do: "call", concurrency: callers, forMs: RUN_MS }),
    );
    return runOf(await Promise.all(called));
  }

  async close(): Promise<void> {
    try {
      await this.compare();
    } finally {
      await Promise.all(this.processes.map((one) => one.end()));
      await rm(this.folder, { recursive: true, force: true });
    }
  }

  private async compare(): Promise<void> {
    const untilMs = performance.now() + LEVEL_MAX_MS;
    for (;;) {
      const all = await this.all<Held>({ do: "held" });
      const [first] = all;
      const isLevel = all.every(({ count }) => count === first?.count);
      const isSame = all.every(({ digest }) => digest === first?.digest);
      if (isLevel && isSame && (first?.count ?? 0) > 0) return;
      if (isLevel && !isSame) throw new Error("nodes were told different sequences");
      if (performance.now() > untilMs) throw new Error("nodes do not come level");
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  private all<Answer>(order: ProcessOrder): Promise<Answer[]> {
    return Promise.all(this.processes.map((one) => one.ask<Answer>(order)));
  }
}
