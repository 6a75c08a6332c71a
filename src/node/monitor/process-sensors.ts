import { statfsSync } from "node:fs";
import { loadavg } from "node:os";
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { BuiltInSensor, Sensor } from "./monitor.api.ts";

/** How often the event loop is looked at. [Node's own default] */
const RESOLUTION_MS = 10;
const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;

/** What a process can be asked of itself and its machine. */
export class ProcessSensors {
  private readonly directory: string;
  private delay: IntervalHistogram | undefined;
  private lastCpu = process.cpuUsage();
  private lastAtMs = performance.now();

  constructor(directory: string | undefined) {
    this.directory = directory ?? ".";
  }

  /** undefined of those that are not the process's. */
  sensor(name: BuiltInSensor): Sensor | undefined {
    const gauge = (unit: string, read: () => number | undefined): Sensor => {
      return { name, unit, kind: "gauge", read };
    };
    switch (name) {
      case "load":
        return gauge("", () => loadavg()[0]);
      case "cpu":
        return gauge("ratio", () => this.busy());
      case "memory":
        return gauge("bytes", () => process.memoryUsage.rss());
      case "heap":
        return gauge("bytes", () => process.memoryUsage().heapUsed);
      case "loopDelay":
        return gauge("seconds", () => this.loopDelay());
      case "diskFree":
        return gauge("bytes", () => this.diskFree());
      case "uptime":
        return { ...gauge("seconds", () => process.uptime()), kind: "counter" };
      default:
        return undefined;
    }
  }

  close(): void {
    this.delay?.disable();
  }

  private busy(): number | undefined {
    const { lastAtMs, lastCpu } = this;
    this.lastCpu = process.cpuUsage();
    this.lastAtMs = performance.now();
    const passedMs = this.lastAtMs - lastAtMs;
    const { system, user } = process.cpuUsage(lastCpu);
    return passedMs > 0 ? ((system + user) / MICROSECONDS) * (1_000 / passedMs) : undefined;
  }

  /** What is above the interval itself. */
  private loopDelay(): number | undefined {
    if (this.delay === undefined) {
      this.delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      this.delay.enable();
      return undefined;
    }
    const late = this.delay.percentile(99) / NANOSECONDS - RESOLUTION_MS / 1_000;
    this.delay.reset();
    return Number.isFinite(late) ? Math.max(0, late) : undefined;
  }

  private diskFree(): number | undefined {
    try {
      const { bavail, bsize } = statfsSync(this.directory);
      return bavail * bsize;
    } catch {
      return undefined;
    }
  }
}
