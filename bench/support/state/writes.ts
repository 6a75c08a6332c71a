/** Writes that one node acknowledges, a second: kept on its disk, or in memory. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LaneName } from "./lane.ts";
import { startTwin } from "./twins.ts";
import { KEYS_COUNT } from "./workload.ts";

const RUN_MS = 600;

export type Keeping = "durable" | "memory";

export interface WritesPlan {
  readonly lane: LaneName;
  readonly keeping: Keeping;
  readonly concurrencies: readonly number[];
  readonly runsCount: number;
}

/** By concurrency, each run's rate. */
export async function acknowledgedWrites(plan: WritesPlan): Promise<Map<number, number[]>> {
  const { concurrencies, keeping, lane, runsCount } = plan;
  const dataDir = keeping === "durable" ? await mkdtemp(join(tmpdir(), "bench-state-")) : undefined;
  const twin = startTwin();
  try {
    const setting = { side: 0, contact: "", ...(dataDir !== undefined && { dataDir }) } as const;
    await twin.ask({ do: "open", lane, setting });
    await twin.ask({ do: "prepare", round: 0, keysCount: KEYS_COUNT });
    const rates = new Map(concurrencies.map((concurrency) => [concurrency, [] as number[]]));
    for (let run = -1; run < runsCount; run += 1) {
      for (const [concurrency, found] of rates) {
        const order = { do: "acknowledge", concurrency, forMs: RUN_MS } as const;
        const perSecond = await twin.ask<number>(order);
        // The first one warms up.
        if (run >= 0) found.push(perSecond);
      }
    }
    return rates;
  } finally {
    await twin.end();
    if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true });
  }
}
