import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { at } from "../../../src/core/collections/at.ts";
import { EtcdCluster, etcdMissing } from "../../../test/interop/etcd-cluster.ts";
import { WorkerProcess } from "../broadcast/worker-process.ts";
import { type Called, evenly, runOf } from "./callers.ts";
import type { EtcdOrder } from "./etcd-process.ts";
import type { Keeping, OrderLane, OrderRun } from "./lane.ts";

const program = new URL("./etcd-process.ts", import.meta.url);
const RUN_MS = 1_000;
/** A file system in memory, where a sync costs nothing: etcd has no other way. */
const MEMORY_FOLDER = "/dev/shm";

/** Undefined when etcd can keep its log that way here, else the line that mends it. */
export function etcdLaneMissing(keeping: Keeping): string | undefined {
  const missing = etcdMissing();
  if (missing !== undefined || keeping === "disk" || existsSync(MEMORY_FOLDER)) return missing;
  return `mount a file system in memory at ${MEMORY_FOLDER}`;
}

/**
 * Puts of 100 B into a cluster of three members of etcd, by its npm client, one key each. The
 * callers are in one process for each member, as ours are with their nodes.
 */
export class EtcdLane implements OrderLane {
  private cluster: EtcdCluster | undefined;
  private readonly processes: WorkerProcess<EtcdOrder>[] = [];

  async open(keeping: Keeping): Promise<void> {
    const folder = keeping === "disk" ? tmpdir() : MEMORY_FOLDER;
    this.cluster = await EtcdCluster.start({ folder });
    for (const host of this.cluster.hosts) {
      const started = new WorkerProcess<EtcdOrder>(program);
      this.processes.push(started);
      await started.ask({ do: "open", host });
    }
  }

  async run(turn: number, concurrency: number): Promise<OrderRun> {
    const called = evenly(concurrency, turn, this.processes.length).map((callers, index) =>
      at(this.processes, index).ask<Called>({ do: "call", concurrency: callers, forMs: RUN_MS }),
    );
    return runOf(await Promise.all(called));
  }

  async close(): Promise<void> {
    await Promise.all(this.processes.map((one) => one.end()));
    await this.cluster?.stop();
  }
}
