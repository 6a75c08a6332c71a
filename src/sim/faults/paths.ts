import type { Simulator } from "../simulator.ts";
import type { GroundTruth } from "./ground-truth.ts";

/** Directed paths on which nothing gets through, each as often as faults cut it. */
export class CutPaths {
  private readonly simulator: Simulator;
  private readonly truth: GroundTruth;
  private readonly holds = new Map<number, number>();
  private readonly outOf: Int32Array;
  private readonly into: Int32Array;

  constructor(simulator: Simulator, truth: GroundTruth) {
    this.simulator = simulator;
    this.truth = truth;
    this.outOf = new Int32Array(truth.nodesCount);
    this.into = new Int32Array(truth.nodesCount);
  }

  cut(from: number, to: number): void {
    const key = this.keyOf(from, to);
    const holds = this.holds.get(key) ?? 0;
    this.holds.set(key, holds + 1);
    if (holds > 0) return;
    this.withNodes(from, to, "cut");
    this.count(from, to, 1);
  }

  /** `all`: however many faults cut it. */
  mend(from: number, to: number, which: "one" | "all"): void {
    const key = this.keyOf(from, to);
    const holds = this.holds.get(key) ?? 0;
    if (holds === 0) return;
    if (which === "one" && holds > 1) {
      this.holds.set(key, holds - 1);
      return;
    }
    this.holds.delete(key);
    this.withNodes(from, to, "mend");
    this.count(from, to, -1);
  }

  mendAll(): void {
    for (const key of [...this.holds.keys()]) {
      const { nodesCount } = this.truth;
      this.mend(Math.floor(key / nodesCount), key % nodesCount, "all");
    }
  }

  /** For what is as good as a cut but is not the network's: a clog. */
  count(from: number, to: number, by: 1 | -1): void {
    this.outOf[from] = (this.outOf[from] ?? 0) + by;
    this.into[to] = (this.into[to] ?? 0) + by;
    this.judge(from);
    this.judge(to);
  }

  private keyOf(from: number, to: number): number {
    return from * this.truth.nodesCount + to;
  }

  private withNodes(from: number, to: number, verb: "cut" | "mend"): void {
    const { network, nodes } = this.simulator;
    const [source, target] = [nodes[from], nodes[to]];
    if (source !== undefined && target !== undefined) network[verb](source, target);
  }

  /**
   * A node that half of the others cannot reach, or that cannot reach them, is cut off. With fewer
   * bad paths, those with good ones are to vouch for it: that is what indirect probes are for.
   */
  private judge(node: number): void {
    const worst = Math.max(this.outOf[node] ?? 0, this.into[node] ?? 0);
    if (worst > 0 && 2 * worst >= this.truth.nodesCount - 1) this.truth.begin(node, "cutOff");
    else this.truth.end(node, "cutOff");
  }
}
