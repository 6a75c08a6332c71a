import type { SimNode } from "../sim-node.ts";
import type { Simulator } from "../simulator.ts";
import type { GroundTruth, Partition } from "./ground-truth.ts";

/** Partitions that may overlap: two nodes meet only when all of them leave both on one side. */
export class Partitions {
  private readonly simulator: Simulator;
  private readonly truth: GroundTruth;
  private readonly active = new Set<Partition>();

  constructor(simulator: Simulator, truth: GroundTruth) {
    this.simulator = simulator;
    this.truth = truth;
  }

  /** Each group by itself, and all others together. @returns what ends it. */
  begin(groups: readonly (readonly number[])[]): () => void {
    const sides = new Int32Array(this.truth.nodesCount);
    groups.forEach((group, at) => {
      for (const node of group) sides[node] = at + 1;
    });
    const partition = this.truth.beginPartition(sides);
    this.active.add(partition);
    this.divide();
    return () => this.end(partition);
  }

  endAll(): void {
    for (const partition of [...this.active]) this.end(partition);
  }

  private end(partition: Partition): void {
    if (!this.active.delete(partition)) return;
    this.truth.endPartition(partition);
    this.divide();
  }

  private divide(): void {
    const groups = new Map<string, SimNode[]>();
    const partitions = [...this.active];
    for (const node of this.simulator.nodes) {
      const place = partitions.map(({ sides }) => sides[node.index]).join("/");
      const group = groups.get(place);
      if (group === undefined) groups.set(place, [node]);
      else group.push(node);
    }
    this.simulator.partition(...groups.values());
  }
}
