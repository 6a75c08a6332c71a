import {
  type IntervalHistogram,
  monitorEventLoopDelay,
  PerformanceObserver,
} from "node:perf_hooks";
import type { HealthSample } from "../../peers/degraded/degraded.contract.ts";
import type { GcPauses, LoopDelay, ProcessWatch } from "./health.contract.ts";

/** How often the system's own timer looks at the loop. [because: 50 ms are noise here] */
const RESOLUTION_MS = 50;
const NS_PER_MS = 1e6;

/** Pauses of this process's garbage collector, measured once for all nodes in it. */
class GcWatch {
  private readonly readers = new Set<(pauseMs: number) => void>();
  private observer: PerformanceObserver | undefined;

  add(reader: (pauseMs: number) => void): void {
    this.readers.add(reader);
    this.observer ??= this.observe();
  }

  remove(reader: (pauseMs: number) => void): void {
    this.readers.delete(reader);
    if (this.readers.size > 0) return;
    this.observer?.disconnect();
    this.observer = undefined;
  }

  private observe(): PerformanceObserver {
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        for (const reader of this.readers) reader(duration);
      }
    });
    observer.observe({ entryTypes: ["gc"] });
    return observer;
  }
}

const gcWatch = new GcWatch();

/** What one node measures of the process it runs in. */
export class LoopWatch implements ProcessWatch {
  private readonly histogram: IntervalHistogram = monitorEventLoopDelay({
    resolution: RESOLUTION_MS,
  });
  private worstGcMs = 0;
  private gcPauses: GcPauses = { pausesCount: 0, totalMs: 0, maxMs: 0 };
  private lastDelay: LoopDelay = { p50Ms: 0, p99Ms: 0, maxMs: 0 };
  private readonly onPause = (pauseMs: number): void => {
    const { maxMs, pausesCount, totalMs } = this.gcPauses;
    this.worstGcMs = Math.max(this.worstGcMs, pauseMs);
    this.gcPauses = {
      pausesCount: pausesCount + 1,
      totalMs: totalMs + pauseMs,
      maxMs: Math.max(maxMs, pauseMs),
    };
  };

  start(): void {
    this.histogram.enable();
    gcWatch.add(this.onPause);
  }

  stop(): void {
    this.histogram.disable();
    gcWatch.remove(this.onPause);
  }

  take(lateMs: number): HealthSample {
    const { histogram } = this;
    this.lastDelay = {
      p50Ms: delayMs(histogram.percentile(50)),
      p99Ms: delayMs(histogram.percentile(99)),
      maxMs: Math.max(Math.round(lateMs), delayMs(histogram.max)),
    };
    histogram.reset();
    const gcMs = Math.round(this.worstGcMs);
    this.worstGcMs = 0;
    return { delayMs: Math.round(this.lastDelay.maxMs), gcMs };
  }

  get delay(): LoopDelay {
    return this.lastDelay;
  }

  get gc(): GcPauses {
    return this.gcPauses;
  }
}

/** The histogram holds how long each turn of its timer took; the timer itself is no delay. */
function delayMs(turnNs: number): number {
  const ms = turnNs / NS_PER_MS - RESOLUTION_MS;
  return Number.isFinite(ms) && ms > 0 ? Math.round(ms * 10) / 10 : 0;
}
