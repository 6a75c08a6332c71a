import type { MembershipChange } from "../../node/stack/stack.contract.ts";
import type { Curve } from "../experiments/experiment.ts";
import { Checker, type Metric, type World } from "./checker.ts";
import { shareCurves } from "./share-curve.ts";
import { summarize } from "./summary.ts";

export const detectionDefaults = {
  /** By when every observer must know of a crash. [because: 50 members suspect for 7 to 41 s] */
  withinMs: 60_000,
  /** Share of the observers who must know by then. [because: all] */
  observersRatio: 1,
} as const;

type Options = { readonly [Name in keyof typeof detectionDefaults]: number };

interface Crash {
  readonly node: number;
  readonly atMs: number;
  /** Who held it for alive, and has not noticed yet. */
  readonly unaware: Set<number>;
  readonly observersCount: number;
  firstMs: number | undefined;
  lastMs: number;
}

/**
 * Every crash is detected by all. Observers are those who held the member for alive when it died
 * and were well from then on; a member that comes back before its time was up is not judged.
 */
export class Detection extends Checker {
  private readonly options: Options;
  private readonly open = new Map<number, Crash>();
  private readonly first: number[] = [];
  private readonly all: number[] = [];
  private readonly times: number[] = [];
  private observersCount = 0;
  private undecidedCount = 0;
  private missedCount = 0;

  constructor(world: World, options: Options) {
    super(world);
    this.options = options;
  }

  override onCrash(node: number): void {
    const { world } = this;
    const name = world.nameOf(node);
    const unaware = new Set<number>();
    for (let observer = 0; observer < world.nodesCount; observer += 1) {
      if (observer === node || !world.truth.isUp(observer)) continue;
      const status = world.inhabitant(observer)?.membership.members.get(name)?.status;
      if (status === "alive" || status === "suspect") unaware.add(observer);
    }
    const observersCount = unaware.size;
    this.observersCount += observersCount;
    const crash = { node, atMs: world.nowMs, unaware, observersCount, lastMs: 0 };
    this.open.set(node, { ...crash, firstMs: undefined });
  }

  override onRestart(node: number): void {
    const crash = this.open.get(node);
    if (crash !== undefined) this.close(crash);
  }

  override onMembership(observer: number, change: MembershipChange, subject: number): void {
    if (change !== "fail" && change !== "leave") return;
    const crash = this.open.get(subject);
    if (crash === undefined || !crash.unaware.delete(observer)) return;
    const tookMs = this.world.nowMs - crash.atMs;
    crash.firstMs ??= tookMs;
    crash.lastMs = tookMs;
    this.times.push(tookMs);
    if (crash.unaware.size === 0) this.close(crash);
  }

  override onSample(): void {
    for (const crash of [...this.open.values()]) {
      if (this.world.nowMs - crash.atMs > this.options.withinMs) this.close(crash);
    }
  }

  protected override conclude(): Readonly<Record<string, Metric>> {
    for (const crash of [...this.open.values()]) this.close(crash);
    return {
      firstMs: summarize(this.first),
      allMs: summarize(this.all),
      missed: this.missedCount,
      undecided: this.undecidedCount,
    };
  }

  protected override draw(): readonly Curve[] {
    const labels = {
      chart: "who knows of a crash",
      name: "all crashes",
      xLabel: "ms since it died",
    };
    return shareCurves(labels, this.times, this.observersCount);
  }

  private close(crash: Crash): void {
    this.open.delete(crash.node);
    const { truth, nowMs } = this.world;
    const { withinMs, observersRatio } = this.options;
    const unaware = [...crash.unaware].filter(
      (one) => !truth.isTroubledSince(one, crash.atMs) && !truth.isSeparated(one, crash.node),
    );
    if (crash.firstMs !== undefined) this.first.push(crash.firstMs);
    const allowed = Math.floor((1 - observersRatio) * crash.observersCount);
    const isKnown = unaware.length <= allowed;
    if (isKnown && crash.firstMs !== undefined) this.all.push(crash.lastMs);
    const isLate = crash.lastMs > withinMs;
    if (isKnown && !isLate) return;
    if (!isLate && nowMs - crash.atMs < withinMs) {
      this.undecidedCount += 1;
      return;
    }
    this.missedCount += 1;
    const name = this.world.nameOf(crash.node);
    const whom = unaware.slice(0, 3).map((one) => this.world.nameOf(one));
    const late = `after ${withinMs} ms, ${unaware.length} do not know of the crash of ${name}`;
    this.violate(whom.length === 0 ? `${name} was detected late` : `${late}: ${whom.join(", ")}`);
  }
}
