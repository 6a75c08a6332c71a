import { unreachable } from "../../core/assert.ts";
import type { LatencyModel } from "../latency.ts";
import type { SimNode } from "../sim-node.ts";
import type { Simulator } from "../simulator.ts";
import type { PlannedFault } from "./fault.ts";
import type { GroundTruth } from "./ground-truth.ts";
import { Partitions } from "./partitions.ts";
import { CutPaths } from "./paths.ts";
import { Setting } from "./setting.ts";

/** Hears of faults as they happen, for those who judge what the protocols make of them. */
export interface FaultListener {
  /** Called before it dies, so that one can still look at who knew it. */
  onCrash(node: number): void;
  /** It runs again, in a new life. */
  onRestart(node: number): void;
}

type Restart = Pick<Extract<PlannedFault, { do: "restart" }>, "disk" | "address" | "label">;
const asItWas: Restart = { disk: "kept", address: "kept" };

type Ending = () => void;
type Verb = "pause" | "block";

/**
 * Lets the faults of a plan happen to a simulation, and keeps the ground truth. Faults may overlap:
 * a node that two of them crash runs again when both have ended, and of two numbers for the
 * network the later one counts while it lasts.
 */
export class FaultApplier {
  private readonly simulator: Simulator;
  private readonly truth: GroundTruth;
  private readonly listener: FaultListener;
  private readonly paths: CutPaths;
  private readonly partitions: Partitions;
  private readonly crashes: Int32Array;
  private readonly stops: Readonly<Record<Verb, Int32Array>>;
  /** How fast the clocks of a node go, by its number. */
  private readonly rates = new Map<number, Setting<number>>();
  private readonly loss: Setting<number>;
  private readonly duplicates: Setting<number>;
  private readonly disorder: Setting<{ readonly ratio: number; readonly mostMs: number }>;
  private readonly latency: Setting<LatencyModel>;
  private readonly bandwidth: Setting<number>;
  private readonly clockEndings = new Set<Ending>();
  private isOver = false;

  constructor(simulator: Simulator, truth: GroundTruth, listener: FaultListener) {
    const { network } = simulator;
    this.simulator = simulator;
    this.truth = truth;
    this.listener = listener;
    this.paths = new CutPaths(simulator, truth);
    this.partitions = new Partitions(simulator, truth);
    this.crashes = new Int32Array(truth.nodesCount);
    this.stops = {
      pause: new Int32Array(truth.nodesCount),
      block: new Int32Array(truth.nodesCount),
    };
    this.loss = new Setting(network.lossRatio, (ratio) => {
      network.lossRatio = ratio;
    });
    this.duplicates = new Setting(network.duplicateRatio, (ratio) => {
      network.duplicateRatio = ratio;
    });
    const disorder = { ratio: network.reorderRatio, mostMs: network.reorderMaxMs };
    this.disorder = new Setting(disorder, ({ ratio, mostMs }) => {
      network.reorderRatio = ratio;
      network.reorderMaxMs = mostMs;
    });
    this.latency = new Setting(network.latency, (model) => {
      network.latency = model;
    });
    this.bandwidth = new Setting(network.bandwidthBytesPerSecond, (bytes) => {
      network.bandwidthBytesPerSecond = bytes;
    });
  }

  /** Plans all of it, counted from now. */
  schedule(plan: readonly PlannedFault[]): void {
    for (const fault of plan) this.simulator.plan(fault.atMs, () => this.happen(fault));
  }

  /**
   * Ends everything that is still going on, and lets nothing more happen. Nodes that are down stay
   * so.
   */
  endAll(): void {
    this.isOver = true;
    this.heal();
    for (const end of [...this.clockEndings]) end();
    for (const setting of [
      this.loss,
      this.duplicates,
      this.disorder,
      this.latency,
      this.bandwidth,
    ]) {
      setting.reset();
    }
    for (const node of this.simulator.nodes) {
      this.letGo("pause", node, "all");
      this.letGo("block", node, "all");
    }
  }

  /** Starts whoever is down, but for those who said goodbye. */
  restartAll(): void {
    for (const node of this.simulator.nodes) {
      if (!this.truth.has(node.index, "left")) this.restart(node, asItWas);
    }
  }

  private happen(fault: PlannedFault): void {
    if (this.isOver) return;
    const end = this.apply(fault);
    if (fault.forMs !== undefined) this.simulator.plan(fault.forMs, end);
  }

  private apply(fault: PlannedFault): Ending {
    switch (fault.do) {
      case "crash":
        return this.crash(fault);
      case "restart":
        return this.each(fault.nodes, (node) => this.restart(node, fault));
      case "pause":
      case "block":
        return this.stopEach(fault.do, fault.nodes);
      case "resume":
        return this.each(fault.nodes, (node) => this.letGo("pause", node, "all"));
      case "unblock":
        return this.each(fault.nodes, (node) => this.letGo("block", node, "all"));
      case "partition":
        return this.partitions.begin(fault.sides);
      case "heal":
        this.heal();
        return () => {};
      case "cut":
      case "mend":
      case "clog":
        return this.changePaths(fault);
      case "skew":
      case "drift":
        return this.changeClocks(fault);
      default:
        return this.changeNetwork(fault);
    }
  }

  private changeNetwork(
    fault: Extract<
      PlannedFault,
      { do: "lose" | "duplicate" | "reorder" | "latency" | "bandwidth" }
    >,
  ): Ending {
    switch (fault.do) {
      case "lose":
        return this.loss.change(fault.ratio);
      case "duplicate":
        return this.duplicates.change(fault.ratio);
      case "reorder":
        return this.disorder.change(fault);
      case "latency":
        return this.latency.change(fault.latency);
      case "bandwidth":
        return this.bandwidth.change(fault.bytesPerSecond);
      default:
        return unreachable(fault);
    }
  }

  private crash(fault: Extract<PlannedFault, { do: "crash" }>): Ending {
    for (const node of this.those(fault.nodes)) {
      const { index } = node;
      this.crashes[index] = (this.crashes[index] ?? 0) + 1;
      if (this.truth.has(index, "down")) continue;
      if (!this.truth.has(index, "left")) this.listener.onCrash(index);
      this.truth.begin(index, "down");
      this.simulator.crash(node, fault.what);
    }
    return () => {
      for (const node of this.those(fault.nodes)) {
        const holds = this.crashes[node.index] ?? 0;
        if (holds === 1) this.restart(node, fault);
        else if (holds > 1) this.crashes[node.index] = holds - 1;
      }
    };
  }

  private restart(node: SimNode, how: Restart): void {
    this.crashes[node.index] = 0;
    if (!this.truth.has(node.index, "down")) return;
    this.truth.end(node.index, "down");
    this.truth.end(node.index, "left");
    this.simulator.restart(node, how);
    this.listener.onRestart(node.index);
    // To this cluster it is gone, though it runs.
    if (node.label !== "") this.truth.begin(node.index, "left");
  }

  private stopEach(verb: Verb, nodes: readonly number[]): Ending {
    const trouble = verb === "pause" ? "paused" : "blocked";
    for (const node of this.those(nodes)) {
      const holds = this.stops[verb];
      holds[node.index] = (holds[node.index] ?? 0) + 1;
      this.truth.begin(node.index, trouble);
      this.simulator[verb](node);
    }
    return () => {
      for (const node of this.those(nodes)) this.letGo(verb, node, "one");
    };
  }

  private letGo(verb: Verb, node: SimNode, which: "one" | "all"): void {
    const holds = this.stops[verb];
    const count = holds[node.index] ?? 0;
    if (count === 0) return;
    holds[node.index] = which === "all" ? 0 : count - 1;
    if (holds[node.index] !== 0) return;
    this.truth.end(node.index, verb === "pause" ? "paused" : "blocked");
    if (verb === "pause") this.simulator.resume(node);
    else this.simulator.unblock(node);
  }

  private changePaths(fault: Extract<PlannedFault, { do: "cut" | "mend" | "clog" }>): Ending {
    const paths = pathsOf(fault);
    if (fault.do === "clog") {
      const durationMs = fault.forMs ?? 0;
      for (const [from, to] of paths) {
        const [source, target] = [this.simulator.nodes[from], this.simulator.nodes[to]];
        if (source === undefined || target === undefined) continue;
        this.simulator.network.clog(source, target, durationMs);
        this.paths.count(from, to, 1);
      }
      return () => {
        for (const [from, to] of paths) this.paths.count(from, to, -1);
      };
    }
    if (fault.do === "cut") for (const [from, to] of paths) this.paths.cut(from, to);
    else for (const [from, to] of paths) this.paths.mend(from, to, "all");
    return () => {
      for (const [from, to] of paths) this.paths.mend(from, to, "one");
    };
  }

  private changeClocks(fault: Extract<PlannedFault, { do: "skew" | "drift" }>): Ending {
    const nodes = this.those(fault.nodes);
    const endings = nodes.map((node): Ending => {
      if (fault.do === "drift") return this.rateOf(node).change(fault.rate);
      node.wallClockSkewMs += fault.byMs;
      return () => {
        node.wallClockSkewMs -= fault.byMs;
      };
    });
    const end = (): void => {
      if (!this.clockEndings.delete(end)) return;
      for (const ending of endings) ending();
    };
    this.clockEndings.add(end);
    return end;
  }

  private rateOf(node: SimNode): Setting<number> {
    const known = this.rates.get(node.index);
    if (known !== undefined) return known;
    const setting = new Setting(node.clockRateRatio, (rate) => {
      node.clockRateRatio = rate;
    });
    this.rates.set(node.index, setting);
    return setting;
  }

  private heal(): void {
    this.partitions.endAll();
    this.paths.mendAll();
    this.simulator.heal();
  }

  private each(nodes: readonly number[], act: (node: SimNode) => void): Ending {
    for (const node of this.those(nodes)) act(node);
    return () => {};
  }

  private those(nodes: readonly number[]): SimNode[] {
    return nodes.flatMap((number) => this.simulator.nodes[number] ?? []);
  }
}

function pathsOf(fault: Extract<PlannedFault, { do: "cut" | "mend" | "clog" }>): Path[] {
  const isBoth = fault.do !== "clog" && fault.direction === "both";
  const paths: Path[] = [];
  for (const from of fault.from) {
    for (const to of fault.to) {
      if (from === to) continue;
      paths.push([from, to]);
      if (isBoth) paths.push([to, from]);
    }
  }
  return paths;
}

type Path = readonly [number, number];
