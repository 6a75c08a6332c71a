import type { Random } from "../../core/random.ts";
import type { RaftMessage } from "../../raft/raft.messages.ts";
import { SimJournal } from "../sim-journal.ts";
import type { SimNode } from "../sim-node.ts";
import type { RaftTown } from "./raft-town.ts";

/** Voters that the random changes leave. [because: one of them may have lost its disk] */
const VOTERS_MIN_COUNT = 3;

/** How often each thing happens, by weight; drawn anew for every seed: swarm testing. */
export interface RaftFaultWeights {
  readonly crashProcess: number;
  readonly crashMachine: number;
  /** A server dies or is cut off just when it has said something that matters. */
  readonly ambush: number;
  readonly pause: number;
  readonly partition: number;
  readonly cut: number;
  readonly heal: number;
  readonly clockRate: number;
  readonly slowDisk: number;
  readonly transfer: number;
  readonly addMember: number;
  readonly removeMember: number;
  readonly loseDisk: number;
}

/** What it is worth to lie in wait for. */
const AMBUSHED: readonly RaftMessage["kind"][] = [
  "vote",
  "voteReply",
  "append",
  "taken",
  "heartbeat",
  "timeoutNow",
  "chunk",
  "wishReply",
];

type Fault = keyof RaftFaultWeights;

const faults: readonly Fault[] = [
  "crashProcess",
  "crashMachine",
  "ambush",
  "pause",
  "partition",
  "cut",
  "heal",
  "clockRate",
  "slowDisk",
  "transfer",
  "addMember",
  "removeMember",
  "loseDisk",
];

/** Some faults are left out altogether, so that those that remain come in longer runs. */
export function drawWeights(random: Random): RaftFaultWeights {
  const weight = (): number => (random.chance(0.35) ? 0 : random.real());
  const weights = Object.fromEntries(faults.map((fault) => [fault, weight()]));
  return { ...(weights as Record<Fault, number>), heal: 0.2 + random.real(), loseDisk: 0.05 };
}

/** Does harm to a town, and mends it in the end. */
export class RaftFaults {
  private readonly town: RaftTown;
  private readonly random: Random;
  private readonly weights: RaftFaultWeights;
  private isDiskLost = false;
  private isOver = false;

  constructor(town: RaftTown, random: Random, weights: RaftFaultWeights) {
    this.town = town;
    this.random = random;
    this.weights = weights;
  }

  /** One thing more goes wrong, or is changed. */
  strike(): void {
    const total = faults.reduce((sum, fault) => sum + this.weights[fault], 0);
    let left = this.random.real() * total;
    for (const fault of faults) {
      left -= this.weights[fault];
      if (left <= 0) return this.inflict(fault);
    }
  }

  /** All machines run again, and reach each other. */
  mendAll(): void {
    const { simulator } = this.town;
    this.isOver = true;
    this.town.onLeave = () => {};
    simulator.heal();
    simulator.network.lossRatio = 0;
    for (const node of simulator.nodes) {
      node.clockRateRatio = 1;
      if (node.isPaused) simulator.resume(node);
      if (!node.isAlive) simulator.restart(node);
    }
  }

  private inflict(fault: Fault): void {
    const { simulator } = this.town;
    const node = this.victim();
    if (node === undefined) return;
    switch (fault) {
      case "crashProcess":
      case "crashMachine":
        return this.crash(node, fault === "crashProcess" ? "process" : "machine");
      case "ambush":
        return this.ambush();
      case "pause":
        return this.pause(node);
      case "partition":
        return this.partition(node);
      case "cut": {
        const other = this.random.pick(simulator.nodes);
        if (other !== undefined && other !== node) simulator.network.cut(node, other);
        return;
      }
      case "heal":
        return simulator.heal();
      case "clockRate":
        node.clockRateRatio = 0.5 + this.random.real() * 1.5;
        return;
      case "slowDisk":
        return this.slowDisk(node);
      default:
        return this.change(fault, node);
    }
  }

  /** A leader more often than not: what happens to followers matters less. */
  private victim(): SimNode | undefined {
    const { leader } = this.town;
    if (leader !== undefined && this.random.chance(0.4)) return leader.node;
    return this.random.pick(this.town.nodes);
  }

  private ambush(): void {
    const { town } = this;
    const kind = this.random.pick(AMBUSHED);
    let left = 1 + this.random.below(4);
    town.onLeave = (from, _, message) => {
      if (message.kind !== kind) return;
      left -= 1;
      if (left <= 0) town.onLeave = () => {};
      const what = this.random.pick(["process", "machine", "alone"] as const);
      town.simulator.plan(this.random.chance(0.5) ? 0 : this.random.real() * 20, () => {
        if (this.isOver) return;
        if (what === "alone") town.simulator.partition([from]);
        else this.crash(from, what ?? "process");
      });
    };
  }

  /** Some come back at once, before their peers have missed them. */
  private crash(node: SimNode, what: "process" | "machine"): void {
    const { simulator } = this.town;
    if (!node.isAlive) return;
    if (node.isPaused) simulator.resume(node);
    simulator.crash(node, what);
    const downMs = this.random.exponential(this.random.chance(0.5) ? 10 : 400);
    simulator.plan(downMs, () => {
      if (!node.isAlive) simulator.restart(node);
    });
  }

  private pause(node: SimNode): void {
    const { simulator } = this.town;
    if (!node.isAlive || node.isPaused) return;
    simulator.pause(node);
    simulator.plan(this.random.exponential(400), () => {
      if (node.isAlive && node.isPaused) simulator.resume(node);
    });
  }

  private partition(node: SimNode): void {
    const { simulator } = this.town;
    const others = this.random.shuffle(simulator.nodes.filter((other) => other !== node));
    const nodes = [node, ...others];
    const size = this.random.chance(0.4) ? 1 : this.random.below(nodes.length);
    simulator.partition(nodes.slice(0, size));
  }

  /** Nothing of it is durable for a while. */
  private slowDisk(node: SimNode): void {
    SimJournal.of(node).slowMs = this.random.exponential(150);
    this.town.simulator.plan(this.random.exponential(500), () => {
      SimJournal.of(node).slowMs = 0;
    });
  }

  private change(fault: Fault, node: SimNode): void {
    const { town } = this;
    const { leader } = town;
    if (fault === "loseDisk") return this.loseDisk(node);
    if (fault === "addMember") town.addSpare();
    if (leader === undefined) return;
    const { learners, voters } = leader.members;
    if (fault === "transfer") {
      const to = this.random.pick(voters);
      if (to !== undefined) town.call(leader, () => leader.transferTo(to));
    } else if (fault === "addMember") {
      const peer = this.random.pick(learners);
      if (peer !== undefined) town.call(leader, () => leader.change({ kind: "promote", peer }));
    } else if (fault === "removeMember") {
      const peer = this.random.pick(voters);
      if (peer === undefined || voters.length <= VOTERS_MIN_COUNT) return;
      town.call(leader, () => leader.change({ kind: "remove", peer }));
    }
  }

  /** Once in a run, for a majority must keep theirs. */
  private loseDisk(node: SimNode): void {
    const { simulator } = this.town;
    const born = this.town.serverOf(node)?.raft.term ?? 0;
    if (this.isDiskLost || !node.isAlive || born === 0) return;
    this.isDiskLost = true;
    if (node.isPaused) simulator.resume(node);
    simulator.crash(node, "machine");
    this.town.invariants.onDiskLost(node.index);
    simulator.restart(node, { disk: "lost" });
  }
}
