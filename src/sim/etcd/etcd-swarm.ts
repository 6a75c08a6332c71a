import type { OrderOutcome } from "../../core/orderer.ts";
import { peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import type { EtcdOptions } from "../../orderer/etcd.options.ts";
import type { SimNode } from "../sim-node.ts";
import { EtcdTown } from "./etcd-town.ts";

/** All works again within it, once all is mended. */
const RECOVERY_MAX_MS = 60_000;
const LOOK_EVERY_MS = 5;

export interface EtcdSwarmReport {
  readonly seed: number;
  /** What went wrong; undefined when nothing did. */
  readonly problem: string | undefined;
  readonly orderedCount: number;
  readonly uncertainCount: number;
  readonly refusedCount: number;
  readonly termsCount: number;
  readonly statesCount: number;
}

/**
 * One run: nodes that order by way of an etcd, a bad network, members, watches and leases that go,
 * all drawn from the seed; then all is mended, and it must work again. A seed is the whole report.
 */
export function runEtcdSwarm({ durationMs = 10_000, seed }: { seed: number; durationMs?: number }) {
  return new Run(seed).toEnd(durationMs);
}

function drawTown(seed: number, random: Random): EtcdTown {
  const etcd: Partial<EtcdOptions> = {
    callTimeoutMs: 500,
    requestTimeoutMs: 2_000,
    leaseTtlMs: 2_000,
    checkIntervalMs: 500,
    retryDelayMaxMs: 500,
    snapshotAfterCount: random.pick([5, 20, 1_000]) ?? 5,
    trailingCount: random.pick([0, 3, 20]) ?? 0,
    stateChunkBytes: random.pick([50, 1_000]) ?? 50,
    batchMaxCount: random.pick([1, 3, 100]) ?? 3,
    recentMaxCount: random.pick([1, 5, 100]) ?? 5,
    deliverMaxCount: random.pick([1, 10, 512]) ?? 1,
    pastOfKeys: random.chance(0.5) ? "group" : "operator",
  };
  return new EtcdTown({
    seed,
    etcd,
    nodesCount: random.pick([2, 3, 5]) ?? 3,
    latencyMinMs: 1,
    latencyMaxMs: 2 + random.exponential(10),
    lossRatio: random.chance(0.5) ? 0 : random.real() * 0.1,
    duplicateRatio: random.chance(0.5) ? 0 : random.real() * 0.2,
    reorderRatio: random.chance(0.5) ? 0 : random.real() * 0.1,
    reorderMaxMs: random.pick([50, 1_000, 4_000]) ?? 50,
  });
}

class Run {
  private readonly seed: number;
  private readonly random: Random;
  private readonly town: EtcdTown;
  private readonly ended = new Map<string, OrderOutcome["kind"]>();
  private problem: string | undefined;
  /** The last place that anybody was told of one of their own. */
  private orderedUpTo = 0;
  private lastText = 0;
  private leader = { term: 0, index: -1 };
  private termsCount = 0;

  constructor(seed: number) {
    this.seed = seed;
    this.random = Random.derive(seed, "etcd swarm");
    this.town = drawTown(seed, this.random);
  }

  toEnd(durationMs: number): EtcdSwarmReport {
    const { random, town } = this;
    const { simulator } = town;
    const pace = { callMs: 2 + random.exponential(20), faultMs: 100 + random.exponential(500) };
    let nextCallMs = 0;
    let nextFaultMs = 0;
    while (simulator.nowMs < durationMs && this.problem === undefined) {
      simulator.runForMs(LOOK_EVERY_MS);
      this.look();
      if (simulator.nowMs >= nextCallMs) {
        this.call();
        nextCallMs = simulator.nowMs + random.exponential(pace.callMs);
      }
      if (simulator.nowMs >= nextFaultMs) {
        this.strike();
        nextFaultMs = simulator.nowMs + random.exponential(pace.faultMs);
      }
    }
    this.problem ??= this.recover() ?? this.judge();
    return this.report();
  }

  private report(): EtcdSwarmReport {
    const counts = { ordered: 0, uncertain: 0, refused: 0 };
    for (const kind of this.ended.values()) {
      if (kind === "ordered" || kind === "uncertain" || kind === "refused") counts[kind] += 1;
    }
    return {
      seed: this.seed,
      problem: this.problem,
      orderedCount: counts.ordered,
      uncertainCount: counts.uncertain,
      refusedCount: counts.refused,
      termsCount: this.termsCount,
      statesCount: this.town.counters.snapshot()["etcd.compact.kept"] ?? 0,
    };
  }

  private call(): void {
    const { random, town } = this;
    const index = random.below(town.nodes.length);
    const node = town.nodes[index];
    const ear = town.earOf(index);
    if (ear === undefined || node === undefined || node.isPaused) return;
    if (random.chance(0.2)) {
      const least = this.orderedUpTo;
      node.step(() => {
        ear.read((outcome) => {
          if (outcome.kind !== "readable" || ear.position >= least) return;
          this.problem ??= `a read ended at ${ear.position}, begun behind ${least}`;
        });
      });
      return;
    }
    this.propose(index);
  }

  private propose(index: number): string {
    this.lastText += 1;
    const text = `command ${this.lastText}`;
    const ear = this.town.earOf(index);
    this.town.nodes[index]?.step(() => {
      ear?.propose(text, (outcome) => this.onEnd(text, outcome));
    });
    return text;
  }

  private onEnd(text: string, outcome: OrderOutcome): void {
    this.ended.set(text, outcome.kind);
    if (outcome.kind !== "ordered") return;
    this.orderedUpTo = Math.max(this.orderedUpTo, outcome.position);
  }

  /** At every moment one leads at most, and terms grow. */
  private look(): void {
    const { nodes } = this.town;
    let leaders = 0;
    for (const index of nodes.keys()) {
      const { isLeader, term } = this.town.orderer(index)?.status ?? { isLeader: false, term: 0 };
      if (!isLeader) continue;
      leaders += 1;
      if (term < this.leader.term) this.problem ??= `term ${term} came after ${this.leader.term}`;
      if (term === this.leader.term && index !== this.leader.index) {
        this.problem ??= `two nodes led in term ${term}`;
      }
      if (term > this.leader.term) this.termsCount += 1;
      this.leader = { term, index };
    }
    if (leaders > 1) this.problem ??= `${leaders} nodes lead at once`;
    this.problem ??= nodes.map((_, index) => this.town.earOf(index)?.problem).find(Boolean);
  }

  private strike(): void {
    const { random, town } = this;
    const { etcd, simulator } = town;
    const node = random.pick(town.nodes);
    if (node === undefined) return;
    const kinds = [
      "crash",
      "down",
      "cut",
      "mute",
      "forget",
      "pause",
      "part",
      "hand",
      "clock",
    ] as const;
    const kind = random.pick(kinds);
    const lastsMs = random.exponential(1_000);
    const later = (undo: () => void) => simulator.plan(lastsMs, undo);
    if (kind === "crash") this.crash(node, lastsMs);
    else if (kind === "down") {
      const count = random.below(3);
      etcd.downCount += count;
      later(() => {
        etcd.downCount -= count;
      });
    } else if (kind === "cut") etcd.cutWatches();
    else if (kind === "mute") {
      etcd.isMute = true;
      later(() => {
        etcd.isMute = false;
        etcd.cutWatches();
      });
    } else if (kind === "forget") etcd.store.forgetPast(etcd.store.revision - random.below(20));
    else if (kind === "pause") this.pause(node, lastsMs);
    else if (kind === "part") {
      simulator.partition([node]);
      later(() => simulator.heal());
    } else if (kind === "clock") node.clockRateRatio = 0.9 + random.real() * 0.2;
    else this.handOver();
  }

  private crash(node: SimNode, lastsMs: number): void {
    const { simulator } = this.town;
    if (!node.isAlive) return;
    simulator.crash(node);
    simulator.plan(lastsMs, () => {
      if (!node.isAlive) simulator.restart(node);
    });
  }

  private pause(node: SimNode, lastsMs: number): void {
    const { simulator } = this.town;
    if (!node.isAlive || node.isPaused) return;
    simulator.pause(node);
    simulator.plan(lastsMs * 3, () => {
      if (node.isPaused) simulator.resume(node);
    });
  }

  private handOver(): void {
    const { random, town } = this;
    const to = peerId(1 + random.below(town.nodes.length));
    const index = town.nodes.findIndex((_, one) => town.orderer(one)?.status.isLeader === true);
    town.nodes[index]?.step(() => town.orderer(index)?.transferTo(to));
  }

  /** @returns what does not work although all is mended. */
  private recover(): string | undefined {
    const { town } = this;
    const { etcd, simulator } = town;
    simulator.heal();
    etcd.downCount = 0;
    etcd.isMute = false;
    // Whatever was planned to be undone has been by then.
    const isWell = () =>
      town.nodes.every((node) => node.isAlive && !node.isPaused) && etcd.downCount === 0;
    simulator.runUntil(isWell, RECOVERY_MAX_MS);
    etcd.isMute = false;
    etcd.downCount = 0;
    for (const index of town.nodes.keys()) {
      const isOrdered = (): boolean => this.tryOnce(index);
      if (!simulator.runUntil(isOrdered, RECOVERY_MAX_MS)) return `node ${index} orders no more`;
    }
    const end = () => Math.max(...town.nodes.map((_, index) => town.earOf(index)?.position ?? 0));
    const isLevel = () => town.nodes.every((_, index) => town.earOf(index)?.position === end());
    if (!simulator.runUntil(isLevel, RECOVERY_MAX_MS)) return "nodes do not come level";
    const isLed = () => town.all.some(({ status }) => status.isLeader);
    return simulator.runUntil(isLed, RECOVERY_MAX_MS) ? undefined : "nobody leads";
  }

  private trying = new Map<number, string>();

  private tryOnce(index: number): boolean {
    const text = this.trying.get(index);
    const how = text === undefined ? "refused" : this.ended.get(text);
    if (how === "ordered") return true;
    if (text === undefined || how !== undefined) this.trying.set(index, this.propose(index));
    return false;
  }

  /** @returns what the nodes were told that they should not have been. */
  private judge(): string | undefined {
    this.look();
    const [first, ...others] = this.town.nodes.map(
      (_, index) => this.town.earOf(index)?.lines ?? [],
    );
    const whole = JSON.stringify(first);
    if (others.some((lines) => JSON.stringify(lines) !== whole)) return "orders differ";
    const texts = (first ?? []).map(([, text]) => text);
    const heard = new Set(texts);
    if (heard.size !== texts.length) return "a command was ordered twice";
    for (const [text, kind] of this.ended) {
      if (kind === "ordered" && !heard.has(text)) return `${text} was ordered, and is not there`;
      if (kind === "refused" && heard.has(text)) return `${text} was refused, and is there`;
    }
    return this.problem;
  }
}
