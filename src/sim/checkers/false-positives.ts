import type { MembershipChange } from "../../node/stack/stack.contract.ts";
import { Checker, type Metric, type World } from "./checker.ts";

export const falsePositivesDefaults = {
  /** False alarms that are still tolerated in a run. [because: a healthy member is never dead] */
  maxCount: 0,
  /** The same per node and hour of virtual time; 0 leaves it to `maxCount`. [guess] */
  perNodeHourMaxCount: 0,
  /**
   * How long after a trouble an alarm is still owed to it. [because: the longest suspicion of 128
   * members takes 63 s, and what it finds travels a little longer]
   */
  graceMs: 75_000,
} as const;

type Options = { readonly [Name in keyof typeof falsePositivesDefaults]: number };

const HOUR_MS = 3_600_000;

/**
 * No healthy member is declared dead. An alarm is false when its subject runs, is neither paused
 * nor blocked nor cut off from half of the others, and no partition stands or stood between the
 * two. `byHealthy` counts those that a healthy observer reported: FP- of the Lifeguard paper.
 */
export class FalsePositives extends Checker {
  private readonly options: Options;
  private alarmsCount = 0;
  private falseCount = 0;
  private byHealthyCount = 0;
  private readonly subjects = new Set<number>();

  constructor(world: World, options: Options) {
    super(world);
    this.options = options;
  }

  override onMembership(observer: number, change: MembershipChange, subject: number): void {
    if (change !== "fail") return;
    const { truth, nowMs } = this.world;
    this.alarmsCount += 1;
    const sinceMs = nowMs - this.options.graceMs;
    if (truth.isTroubledSince(subject, sinceMs)) return;
    if (truth.isEstrangedSince(observer, subject, sinceMs)) return;
    this.falseCount += 1;
    this.subjects.add(subject);
    if (!truth.isTroubledSince(observer, sinceMs)) this.byHealthyCount += 1;
    if (this.falseCount <= this.allowedCount) return;
    const { world } = this;
    this.violate(`${world.nameOf(observer)} declared ${world.nameOf(subject)} dead, which is well`);
  }

  protected override conclude(): Readonly<Record<string, Metric>> {
    return {
      alarms: this.alarmsCount,
      false: this.falseCount,
      byHealthy: this.byHealthyCount,
      subjects: this.subjects.size,
    };
  }

  private get allowedCount(): number {
    const { maxCount, perNodeHourMaxCount } = this.options;
    if (perNodeHourMaxCount === 0) return maxCount;
    const { endMs, startMs, nodesCount } = this.world;
    return perNodeHourMaxCount * nodesCount * ((endMs - startMs) / HOUR_MS);
  }
}
