import { loadavg } from "node:os";
import type { HearsayNode } from "../../node/api.ts";

interface Sensor {
  readonly range: readonly [low: number, high: number];
  read(): number;
}

/** What an agent can measure of its machine and process, for `--aggregate`. */
const sensors = {
  /** Processes that run or wait, mean of the last minute. */
  load: { range: [0, 100_000], read: () => loadavg()[0] ?? 0 },
  /** Of the agent's process, bytes. */
  memory: { range: [0, 2 ** 50], read: () => process.memoryUsage.rss() },
  /** Of the agent's process, seconds. */
  uptime: { range: [0, 2 ** 40], read: () => process.uptime() },
} as const satisfies Readonly<Record<string, Sensor>>;

export type SensorName = keyof typeof sensors;

export const sensorNames: readonly SensorName[] = ["load", "memory", "uptime"];

/** @throws HearsayError as `node.aggregate` */
export function openSensors(node: HearsayNode, names: readonly SensorName[]): void {
  for (const name of new Set(names)) {
    const { range, read } = sensors[name];
    node.aggregate(name, read, { range });
  }
}
