import {
  type IntervalHistogram,
  monitorEventLoopDelay,
  PerformanceObserver,
} from "node:perf_hooks";
import type { HealthSample } from "../../peers/degraded/degraded.contract.ts";
import type { GcPauses, LoopDelay, ProcessWatch } from "./health.contract.ts";

/** How often a timer looks whether the loop turns. [because: 50 ms are noise here] */
const TURN_MS = 50;
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

/**
 * What one node measures of the process it runs in. The system's histogram tells how late its timer
 * was as a rule; the worst is measured by a timer of our own, for the histogram forgets a block
 * that begins right after it was emptied.
 */
export class LoopWatch implements ProcessWatch {
  private readonly histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: TURN_MS });
  private turns: ReturnType<typeof setInterval> | undefined;
  private lastTurnMs = 0;
  private worstDelayMs = 0;
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
    this.lastTurnMs = performance.now();
    this.turns = setInterval(() => this.onTurn(), TURN_MS);
    this.turns.unref();
    this.histogram.enable();
    gcWatch.add(this.onPause);
  }

  stop(): void {
    clearInterval(this.turns);
    this.histogram.disable();
    gcWatch.remove(this.onPause);
  }

  take(): HealthSample {
    const { histogram } = this;
    // After a block this may come before the timer that is to measure it.
    if (performance.now() - this.lastTurnMs > TURN_MS) this.onTurn();
    this.lastDelay = {
      p50Ms: delayMs(histogram.percentile(50)),
      p99Ms: delayMs(histogram.percentile(99)),
      maxMs: tenths(this.worstDelayMs),
    };
    histogram.reset();
    const sample = {
      delayMs: Math.round(this.worstDelayMs),
      gcMs: Math.round(this.worstGcMs),
    };
    this.worstDelayMs = 0;
    this.worstGcMs = 0;
    return sample;
  }

  get delay(): LoopDelay {
    return this.lastDelay;
  }

  get gc(): GcPauses {
    const { maxMs, pausesCount, totalMs } = this.gcPauses;
    return { pausesCount, totalMs: tenths(totalMs), maxMs: tenths(maxMs) };
  }

  private onTurn(): void {
    const nowMs = performance.now();
    this.worstDelayMs = Math.max(this.worstDelayMs, nowMs - this.lastTurnMs - TURN_MS);
    this.lastTurnMs = nowMs;
  }
}

/** The histogram holds how long each turn of its timer took; the timer itself is no delay. */
function delayMs(turnNs: number): number {
  return tenths(Math.max(0, turnNs / NS_PER_MS - TURN_MS));
}

function tenths(ms: number): number {
  return Number.isFinite(ms) ? Math.round(ms * 10) / 10 : 0;
}
