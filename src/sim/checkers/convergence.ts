import { Checker, type Metric, type World } from "./checker.ts";
import { summarize } from "./summary.ts";

export const convergenceDefaults = {
  /** How long before the end everybody must have agreed, without a break. [guess] */
  quietMs: 0,
  /**
   * A disagreement at the end that is no older than this is none: on lines on which suspicions come
   * and go without end, one is refuted at any moment. [because: the experiment says how bad]
   */
  refutedWithinMs: 0,
} as const;

type Options = { readonly [Name in keyof typeof convergenceDefaults]: number };

/**
 * At the end all who run hold exactly those who run, each at its own incarnation. How long they
 * disagreed is measured at each sample.
 */
export class Convergence extends Checker {
  private readonly options: Options;
  private divergedSinceMs: number | undefined;
  private agreedSinceMs = 0;
  private readonly divergences: number[] = [];

  constructor(world: World, options: Options) {
    super(world);
    this.options = options;
  }

  override onStart(): void {
    this.agreedSinceMs = this.world.nowMs;
  }

  override onSample(): void {
    const { nowMs } = this.world;
    if (!this.world.isConverged()) {
      this.divergedSinceMs ??= nowMs;
      return;
    }
    if (this.divergedSinceMs === undefined) return;
    this.divergences.push(nowMs - this.divergedSinceMs);
    this.divergedSinceMs = undefined;
    this.agreedSinceMs = nowMs;
  }

  protected override conclude(): Readonly<Record<string, Metric>> {
    this.onSample();
    const { nowMs, truth, nodesCount } = this.world;
    const { quietMs: askedMs, refutedWithinMs } = this.options;
    const sinceMs = this.divergedSinceMs;
    if (sinceMs !== undefined) {
      if (nowMs - sinceMs < refutedWithinMs) this.divergences.push(nowMs - sinceMs);
      else this.violate(`no agreement at the end: ${this.whoDiffers()}`);
    } else if (nowMs - this.agreedSinceMs < askedMs) {
      const quietMs = Math.round(nowMs - this.agreedSinceMs);
      this.violate(`agreement only for the last ${quietMs} ms, not ${askedMs}`);
    }
    let runningCount = 0;
    for (let node = 0; node < nodesCount; node += 1) if (truth.isUp(node)) runningCount += 1;
    return { running: runningCount, divergedMs: summarize(this.divergences) };
  }

  private whoDiffers(): string {
    const { world } = this;
    const running = [];
    for (let node = 0; node < world.nodesCount; node += 1) {
      const inhabitant = world.inhabitant(node);
      if (inhabitant !== undefined && world.truth.isUp(node)) running.push(inhabitant);
    }
    for (const one of running) {
      const { livingCount } = one.membership.members;
      if (livingCount !== running.length) {
        return `${running.length} run, but ${one.name} sees ${livingCount}`;
      }
    }
    return "same numbers, but other members or incarnations";
  }
}
