import type { LatencyModel } from "../../sim/latency.ts";
import type { SimNode } from "../../sim/sim-node.ts";
import type { Simulator } from "../../sim/simulator.ts";

/** The faults of the network of one test cluster, and when they ended. */
export class ClusterNetwork {
  private readonly simulator: Simulator;
  private readonly cuts = new Set<string>();
  private isSplit = false;
  private healedAt: number | undefined;

  constructor(simulator: Simulator) {
    this.simulator = simulator;
  }

  /** When the last partition or cut ended; undefined while one stands, and before the first. */
  get healedAtMs(): number | undefined {
    return this.healedAt;
  }

  partition(groups: readonly (readonly SimNode[])[]): void {
    this.simulator.partition(...groups);
    this.isSplit = true;
    this.healedAt = undefined;
  }

  cut(from: SimNode, to: SimNode): void {
    this.simulator.network.cut(from, to);
    this.cuts.add(pathOf(from, to));
    this.healedAt = undefined;
  }

  mend(from: SimNode, to: SimNode): void {
    this.simulator.network.mend(from, to);
    const wasCut = this.cuts.delete(pathOf(from, to));
    if (wasCut && this.cuts.size === 0 && !this.isSplit) this.becomeWhole();
  }

  heal(): void {
    this.simulator.heal();
    this.cuts.clear();
    this.isSplit = false;
    this.becomeWhole();
  }

  clog(from: SimNode, to: SimNode, durationMs: number): void {
    this.simulator.network.clog(from, to, durationMs);
  }

  lose(ratio: number): void {
    this.simulator.network.lossRatio = ratio;
  }

  duplicate(ratio: number): void {
    this.simulator.network.duplicateRatio = ratio;
  }

  reorder(ratio: number, maxMs: number | undefined): void {
    this.simulator.network.reorderRatio = ratio;
    if (maxMs !== undefined) this.simulator.network.reorderMaxMs = maxMs;
  }

  delay(model: LatencyModel): void {
    this.simulator.network.latency = model;
  }

  private becomeWhole(): void {
    this.healedAt = this.simulator.nowMs;
  }
}

function pathOf(from: SimNode, to: SimNode): string {
  return `${from.index} ${to.index}`;
}
