/** One holds many keys, another joins: how long until it holds them too, and what that costs. */
import { loopbackBytes } from "../broadcast/course.ts";
import type { LaneName } from "./lane.ts";
import type { Played, Spent } from "./twin.ts";
import { startTwin } from "./twins.ts";

export interface LateJoin {
  /** From the joiner's first step until it holds all. */
  readonly ms: number;
  /** Of the loopback interface, both ways, headers included. */
  readonly wireBytes: number;
  readonly cpuMicros: number;
}

export async function lateJoin(lane: LaneName, keysCount: number): Promise<LateJoin> {
  const [first, late] = [startTwin(), startTwin()];
  const server = lane === "yjs" ? startTwin() : undefined;
  try {
    const served = await server?.ask<string>({ do: "serve" });
    const setting = { side: 0, contact: served ?? "" } as const;
    const contact = await first.ask<string>({ do: "open", lane, setting });
    if (server !== undefined) await first.ask({ do: "ready" });
    await first.ask({ do: "prepare", round: 0, keysCount });
    await first.ask<Played>({ do: "play", round: 0, who: "all" });
    const before = await first.ask<Spent>({ do: "spent" });
    const idle = await late.ask<Spent>({ do: "spent" });
    const bytesBefore = loopbackBytes();
    const startedMs = Number(process.hrtime.bigint()) / 1e6;
    await late.ask({ do: "open", lane, setting: { side: 1, contact } });
    const endedMs = await late.ask<number>({ do: "hold", keysCount });
    const wireBytes = loopbackBytes() - bytesBefore;
    const [gave, got] = [
      await first.ask<Spent>({ do: "spent" }),
      await late.ask<Spent>({ do: "spent" }),
    ];
    await late.ask({ do: "check", round: 0, keysCount });
    const cpuMicros = gave.cpuMicros - before.cpuMicros + got.cpuMicros - idle.cpuMicros;
    return { ms: endedMs - startedMs, wireBytes, cpuMicros };
  } finally {
    await Promise.all([first.end(), late.end(), server?.end()]);
  }
}
