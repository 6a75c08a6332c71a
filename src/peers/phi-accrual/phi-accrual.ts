import type { DetectorWiring } from "../failure-detector.ts";
import { HeartbeatJudge, type HeartbeatMeasure } from "../heartbeat-judge.ts";
import { ArrivalWindow } from "./arrival-window.ts";
import { phiExponential, phiLogistic, phiNormal } from "./phi.ts";
import type { PhiAccrualOptions } from "./phi-accrual.options.ts";

/**
 * The φ accrual failure detector: the level of a peer is how unlikely its silence is, by the times
 * that lay between its heartbeats so far. So it waits as long as the network needs, for each peer
 * by itself. [Hayashibara, Défago, Yared, Katayama 2004]
 *
 * It is told of heartbeats and looks at the clock; who brings them is another's business
 * (`peers/heartbeat` does).
 */
export class PhiAccrual extends HeartbeatJudge<ArrivalWindow> {
  /** `newsIntervalMs`: how often news of a peer can come, where that is no secret. */
  constructor(wiring: DetectorWiring, options: PhiAccrualOptions, newsIntervalMs?: () => number) {
    const raisedMaxLevel = options.thresholds === "rising" ? options.raisedMaxLevel : 0;
    const measure = new PhiMeasure(options, newsIntervalMs);
    super("phi-accrual", measure, { ...options, raisedMaxLevel }, wiring);
  }
}

/** What the options are for: a heart that beats once a second, and is heard as often. */
const OPTIONS_INTERVAL_MS = 1_000;

/** From the times between heartbeats to φ. */
export class PhiMeasure implements HeartbeatMeasure<ArrivalWindow> {
  private readonly options: PhiAccrualOptions;
  private readonly newsIntervalMs: () => number;

  constructor(options: PhiAccrualOptions, newsIntervalMs = (): number => OPTIONS_INTERVAL_MS) {
    this.options = options;
    this.newsIntervalMs = newsIntervalMs;
  }

  /**
   * A silence that could be an interval is the first of them: a peer whose heart beats slower than
   * was thought would else die and return for ever.
   */
  begin(silentMs = 0): ArrivalWindow {
    const { firstCount, intervalMaxMs, windowMaxCount } = this.options;
    const window = new ArrivalWindow(windowMaxCount);
    const firstMs = this.options.firstIntervalMs * this.pace;
    for (let index = 0; index < firstCount; index += 1) {
      // Pairs on both sides of the mean; one that is left alone stands on it.
      const isAlone = index === firstCount - 1 && index % 2 === 0;
      const side = isAlone ? 0 : 1 - 2 * (index % 2);
      window.push(firstMs * (1 + side / 4));
    }
    if (silentMs > 0 && silentMs <= intervalMaxMs * this.pace) window.push(silentMs);
    return window;
  }

  note(window: ArrivalWindow, intervalMs: number): void {
    const { intervalMaxMs } = this.options;
    if (intervalMaxMs === 0 || intervalMs <= intervalMaxMs * this.pace) window.push(intervalMs);
  }

  level(window: ArrivalWindow, silentMs: number): number {
    const { acceptablePauseMs, model } = this.options;
    const meanMs = window.meanMs + acceptablePauseMs;
    if (model === "exponential") return phiExponential(silentMs, Math.max(1, meanMs));
    const z = (silentMs - meanMs) / this.deviationMs(window);
    return model === "normal" ? phiNormal(z) : phiLogistic(z);
  }

  describe(window: ArrivalWindow): string {
    const { model } = this.options;
    const mean = `heartbeats came every ${window.meanMs.toFixed(0)} ms`;
    const deviation = model === "exponential" ? "" : ` ± ${this.deviationMs(window).toFixed(0)}`;
    return `${mean}${deviation}, by ${window.count} of them`;
  }

  /** In a cluster whose news comes seldom, the first times and the longest are as much longer. */
  private get pace(): number {
    return Math.max(1, this.newsIntervalMs() / OPTIONS_INTERVAL_MS);
  }

  private deviationMs(window: ArrivalWindow): number {
    return Math.max(this.options.deviationMinMs, window.deviationMs);
  }
}
