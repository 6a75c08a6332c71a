/** Two processes that keep the same keys, joined over TCP on loopback. */
import { WorkerProcess } from "../broadcast/worker-process.ts";
import type { LaneName, LaneSetting } from "./lane.ts";
import type { Played, Spent, TwinOrder } from "./twin.ts";
import { KEYS_COUNT, ROUNDS_COUNT } from "./workload.ts";

const program = new URL("./twin.ts", import.meta.url);

export type Twin = WorkerProcess<TwinOrder>;

export function startTwin(): Twin {
  return new WorkerProcess<TwinOrder>(program);
}

/** What a run of rounds cost. */
export interface TwinRun {
  /** Writes that reached the other process. */
  readonly perSecond: number;
  /** Of both together. */
  readonly cpuMicrosPerWrite: number;
}

export class TwinCourse {
  private readonly a = startTwin();
  private readonly b = startTwin();
  /** Between the two, where a lane has one. */
  private readonly server: Twin | undefined;
  private readonly lane: LaneName;
  private round = 0;

  constructor(lane: LaneName) {
    this.lane = lane;
    this.server = lane === "yjs" ? startTwin() : undefined;
  }

  async open(): Promise<void> {
    const { lane } = this;
    const served = await this.server?.ask<string>({ do: "serve" });
    const setting = { side: 0, contact: served ?? "" } as const;
    const contact = await this.openOne(this.a, lane, setting);
    await this.openOne(this.b, lane, { side: 1, contact });
    await this.both({ do: "ready" });
  }

  async run(): Promise<TwinRun> {
    let spentMs = 0;
    let cpuMicros = 0;
    for (let count = 0; count < ROUNDS_COUNT; count += 1) {
      await this.both({ do: "prepare", round: this.round, keysCount: KEYS_COUNT });
      const before = await this.cpuMicros();
      const played = await this.both<Played>({ do: "play", round: this.round, who: "half" });
      cpuMicros += (await this.cpuMicros()) - before;
      const ended = Math.max(...played.map(({ endedMs }) => endedMs));
      spentMs += ended - Math.min(...played.map(({ startedMs }) => startedMs));
      this.round += 1;
    }
    const writes = ROUNDS_COUNT * KEYS_COUNT;
    return { perSecond: (1_000 * writes) / spentMs, cpuMicrosPerWrite: cpuMicros / writes };
  }

  /** Throws unless both hold what was written last. */
  async check(): Promise<void> {
    await this.both({ do: "check", round: this.round - 1, keysCount: KEYS_COUNT });
  }

  async end(): Promise<void> {
    await Promise.all([this.a.end(), this.b.end(), this.server?.end()]);
  }

  private openOne(twin: Twin, lane: LaneName, setting: LaneSetting): Promise<string> {
    return twin.ask<string>({ do: "open", lane, setting });
  }

  private async cpuMicros(): Promise<number> {
    const each = await this.both<Spent>({ do: "spent" });
    return each.reduce((sum, { cpuMicros }) => sum + cpuMicros, 0);
  }

  private both<Answer>(order: TwinOrder): Promise<Answer[]> {
    return Promise.all([this.a, this.b].map((twin) => twin.ask<Answer>(order)));
  }
}
