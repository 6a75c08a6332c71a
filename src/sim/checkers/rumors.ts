import type { Rumor } from "../../exchange/broadcast/broadcast.messages.ts";
import type { Curve } from "../experiments/experiment.ts";
import { Checker, type Metric, type World } from "./checker.ts";
import { shareCurves } from "./share-curve.ts";
import { summarize } from "./summary.ts";

export const rumorsDefaults = {
  /** By when a rumour must have reached those who were well all the time. [guess] */
  withinMs: 10_000,
  /** Share of them it must have reached. [because: all] */
  reachRatio: 1,
  /**
   * How long before the publication somebody must have been well to be owed it: others must know of
   * it again. [guess]
   */
  settleMs: 5_000,
  /** Times a rumour may come twice to one node in one life, over the run. [because: never] */
  doublesMaxCount: 0,
} as const;

type Options = { readonly [Name in keyof typeof rumorsDefaults]: number };

interface Spread {
  readonly rumor: Rumor;
  readonly atMs: number;
  readonly publisher: number;
  /** Who heard it, with the life in which. */
  readonly heard: Map<number, number>;
  lastMs: number;
}

/**
 * Every rumour reaches all, once, and none that nobody published. It is owed to those who were well
 * and together with its publisher from its publication until its time was up.
 */
export class Rumors extends Checker {
  private readonly options: Options;
  private readonly spreads = new Map<string, Spread>();
  private readonly times: number[] = [];
  private readonly reached: number[] = [];
  private missedCount = 0;
  private doublesCount = 0;
  private phantomsCount = 0;

  constructor(world: World, options: Options) {
    super(world);
    this.options = options;
  }

  override onPublished(node: number, rumor: Rumor): void {
    const key = dotOf(rumor);
    if (this.spreads.has(key)) this.violate(`${key} was published twice`);
    const spread = { rumor, atMs: this.world.nowMs, publisher: node, heard: new Map(), lastMs: 0 };
    this.spreads.set(key, spread);
  }

  override onDelivered(node: number, rumor: Rumor): void {
    const spread = this.spreads.get(dotOf(rumor));
    if (spread === undefined || !isSame(spread.rumor.payload, rumor.payload)) {
      this.phantomsCount += 1;
      this.violate(`${this.world.nameOf(node)} heard ${dotOf(rumor)}, which nobody published`);
      return;
    }
    const life = this.world.inhabitant(node)?.life ?? 0;
    if (spread.heard.get(node) === life) {
      this.doublesCount += 1;
      if (this.doublesCount > this.options.doublesMaxCount) {
        this.violate(`${this.world.nameOf(node)} heard ${dotOf(rumor)} twice`);
      }
      return;
    }
    spread.heard.set(node, life);
    if (node === spread.publisher) return;
    spread.lastMs = this.world.nowMs - spread.atMs;
    this.times.push(spread.lastMs);
  }

  /** A rumour whose time is up is judged while the truth of that time is still at hand. */
  override onSample(): void {
    const dueMs = this.world.nowMs - this.options.withinMs;
    for (const spread of this.spreads.values()) {
      if (spread.atMs <= dueMs) this.judge(spread);
    }
  }

  protected override conclude(): Readonly<Record<string, Metric>> {
    this.onSample();
    return {
      published: this.judged.size + this.unjudgedCount(),
      reach: summarize(this.reached),
      deliveryMs: summarize(this.times),
      doubles: this.doublesCount,
      phantoms: this.phantomsCount,
      undecided: this.unjudgedCount(),
    };
  }

  protected override draw(): readonly Curve[] {
    const labels = {
      chart: "who heard a rumour",
      name: "all rumours",
      xLabel: "ms since it began",
    };
    return shareCurves(labels, this.times, this.times.length + this.missedCount);
  }

  private readonly judged = new Set<string>();

  private unjudgedCount(): number {
    return this.spreads.size - this.judged.size;
  }

  private judge(spread: Spread): void {
    const key = dotOf(spread.rumor);
    if (this.judged.has(key)) return;
    this.judged.add(key);
    const owed = this.owedTo(spread);
    if (owed.length === 0) return;
    const missing = owed.filter((node) => !spread.heard.has(node));
    const reach = 1 - missing.length / owed.length;
    this.reached.push(reach);
    this.missedCount += missing.length;
    if (reach >= this.options.reachRatio) return;
    const names = missing.slice(0, 3).map((node) => this.world.nameOf(node));
    this.violate(`${key} missed ${missing.length} of ${owed.length}: ${names.join(", ")}`);
  }

  private owedTo(spread: Spread): number[] {
    const { truth, nodesCount } = this.world;
    const { atMs, publisher } = spread;
    const owed: number[] = [];
    // A publisher that died or was cut off may have told nobody.
    if (truth.isTroubledSince(publisher, atMs - this.options.settleMs)) return owed;
    const sinceMs = atMs - this.options.settleMs;
    for (let node = 0; node < nodesCount; node += 1) {
      if (node === publisher || truth.isTroubledSince(node, sinceMs)) continue;
      if (!truth.isEstrangedSince(publisher, node, sinceMs)) owed.push(node);
    }
    return owed;
  }
}

function dotOf(rumor: Rumor): string {
  return `${rumor.tag}/${rumor.origin}/${rumor.seq}`;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
