import type { DetectorWiring } from "../failure-detector.ts";
import { HeartbeatJudge, type HeartbeatMeasure } from "../heartbeat-judge.ts";
import type { HeartbeatOptions } from "./heartbeat.options.ts";
import { failAfterMs } from "./mistake-odds.ts";
import { type ClusterSize, newsIntervalMs } from "./news-interval.ts";

/** Above so many members only every so many are told apart: the search takes n steps. */
const EXACT_MAX_COUNT = 64;

/**
 * Whoever was silent for T_fail is dead; the level is how much of that time is over. There is
 * nothing between alive and dead. [van Renesse, Minsky, Hayden 1998 §2]
 */
export class SilenceDetector extends HeartbeatJudge<undefined> {
  /** T_fail follows the size of the cluster. */
  constructor(wiring: DetectorWiring, options: HeartbeatOptions, cluster: ClusterSize) {
    const levels = { suspectLevel: 1, deadLevel: 1, raisedMaxLevel: 0 };
    const measure = new SilenceMeasure(options, cluster);
    super("heartbeat", measure, { ...options, ...levels }, wiring);
  }
}

class SilenceMeasure implements HeartbeatMeasure<undefined> {
  private readonly options: HeartbeatOptions;
  private readonly cluster: ClusterSize;
  private known = { membersCount: 0, limitMs: 0 };

  constructor(options: HeartbeatOptions, cluster: ClusterSize) {
    this.options = options;
    this.cluster = cluster;
  }

  begin(): undefined {
    return undefined;
  }

  note(): void {
    // Only the silence counts.
  }

  level(_memory: undefined, silentMs: number): number {
    return silentMs / this.limitMs;
  }

  describe(): string {
    return `at most ${this.limitMs} ms are waited`;
  }

  private get limitMs(): number {
    if (this.options.failAfterMs !== 0) return this.options.failAfterMs;
    const now = Math.max(2, this.cluster.membersCount());
    const step = now <= EXACT_MAX_COUNT ? 1 : EXACT_MAX_COUNT;
    const membersCount = Math.ceil(now / step) * step;
    if (membersCount !== this.known.membersCount) {
      const { entryBytes } = this.cluster;
      const rounded = { membersCount: () => membersCount, entryBytes };
      this.known = { membersCount, limitMs: silenceLimitMs(rounded, this.options) };
    }
    return this.known.limitMs;
  }
}

/**
 * T_fail by the analysis. A list that goes in parts takes as many times as long; even where two
 * members tell each other in each round, five rounds may be lost.
 */
export function silenceLimitMs(cluster: ClusterSize, options: HeartbeatOptions): number {
  const { lossRatio, mistakeRatio, roundIntervalMs } = options;
  const membersCount = cluster.membersCount();
  const paceMs = newsIntervalMs(cluster, options);
  const arrivalRatio = 1 - lossRatio;
  const terms = { membersCount, failedCount: 0, arrivalRatio, roundIntervalMs: paceMs };
  return Math.max(5 * roundIntervalMs, failAfterMs(mistakeRatio, terms));
}
