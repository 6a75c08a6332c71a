import type { Random } from "../../core/random.ts";
import type { Rumor } from "../../exchange/broadcast/broadcast.messages.ts";
import type { MembershipChange } from "../../node/stack/stack.contract.ts";
import type { SwimMembership } from "../../peers/swim/swim.contract.ts";
import type { Curve } from "../experiments/experiment.ts";
import type { GroundTruth } from "../faults/ground-truth.ts";
import type { Summary } from "./summary.ts";

/** A node of the simulation in its present life. */
export interface Inhabitant {
  readonly index: number;
  readonly name: string;
  /** Counts its starts. */
  readonly life: number;
  readonly membership: SwimMembership;
  /** Every table that holds a record for each member it ever heard of. */
  readonly tables: readonly MemberTable[];
}

export interface MemberTable {
  readonly name: string;
  readonly size: number;
  has(member: string): boolean;
}

/** What a checker may know: everything. */
export interface World {
  readonly nowMs: number;
  /** When the cluster had formed: from here on everything counts. */
  readonly startMs: number;
  /** When the time for faults is over. */
  readonly endMs: number;
  readonly nodesCount: number;
  readonly truth: GroundTruth;
  /** Packets and bytes sent by all so far. */
  readonly traffic: { readonly packetsCount: number; readonly bytes: number };
  /** Dice for those who look at a sample only. */
  readonly random: Random;
  /** Undefined while it is down. */
  inhabitant(index: number): Inhabitant | undefined;
  /** -1 for a name that no node has. */
  indexOf(name: string): number;
  nameOf(index: number): string;
  /** Everybody who runs holds exactly those who run, each at its own incarnation. */
  isConverged(): boolean;
}

export type Metric = number | Summary;

/** What a checker found out in one run. */
export interface Finding {
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly violationsCount: number;
  /** The first ones, in words. */
  readonly violations: readonly string[];
  /** What can be drawn of it; absent when that is nothing. */
  readonly curves?: readonly Curve[];
}

/** Violations told in words; the others are counted. */
const TOLD_MAX_COUNT = 5;

/**
 * Watches one property over a run. It hears of everything and may look at every node; it changes
 * nothing. Methods that a checker does not need do nothing.
 */
export abstract class Checker {
  protected readonly world: World;
  private readonly told: string[] = [];
  private violationsCount = 0;

  constructor(world: World) {
    this.world = world;
  }

  /** The cluster has formed. */
  onStart(): void {}

  /** The node is about to die. */
  onCrash(_node: number): void {}

  onRestart(_node: number): void {}

  /** It says goodbye. */
  onLeave(_node: number): void {}

  onMembership(_observer: number, _change: MembershipChange, _subject: number): void {}

  onPublished(_node: number, _rumor: Rumor): void {}

  onDelivered(_node: number, _rumor: Rumor): void {}

  /** Time for those who look at the whole now and then. */
  onSample(): void {}

  /** All faults have ended; undefined: the cluster did not agree again in time. */
  onHealed(_tookMs: number | undefined): void {}

  /** The run is over: whatever is still to be judged is judged now. */
  protected abstract conclude(): Readonly<Record<string, Metric>>;

  /** What there is to draw, once it has concluded. */
  protected draw(): readonly Curve[] {
    return [];
  }

  finish(): Finding {
    const metrics = this.conclude();
    const { told, violationsCount } = this;
    const curves = this.draw();
    const finding = { metrics, violationsCount, violations: told };
    return curves.length === 0 ? finding : { ...finding, curves };
  }

  protected violate(text: string): void {
    this.violationsCount += 1;
    if (this.told.length >= TOLD_MAX_COUNT) return;
    const atMs = Math.round(this.world.nowMs - this.world.startMs);
    this.told.push(`at ${atMs} ms: ${text}`);
  }
}
