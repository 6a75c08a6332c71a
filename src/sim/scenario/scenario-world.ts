import { Random } from "../../core/random.ts";
import type { Inhabitant, World } from "../checkers/checker.ts";
import { GroundTruth } from "../faults/ground-truth.ts";
import type { SimCounts } from "../sim-counts.ts";
import type { Population } from "./population.ts";
import type { Scenario } from "./scenario.ts";
import { nameOf } from "./stacks.ts";

/** A run as its checkers see it. */
export class ScenarioWorld implements World {
  readonly nodesCount: number;
  readonly truth: GroundTruth;
  readonly random: Random;
  readonly traffic: { packetsCount: number; bytes: number };
  /** Set once the simulation is made, before anything runs. */
  population: Population | undefined;
  counts: SimCounts | undefined;
  hasBegun = false;
  private readonly now: () => number;
  private readonly durationMs: number;
  private beganMs = 0;

  constructor(scenario: Scenario, seed: number, now: () => number) {
    this.nodesCount = scenario.nodes;
    this.durationMs = scenario.durationMs;
    this.now = now;
    this.truth = new GroundTruth(scenario.nodes, now);
    this.random = Random.derive(seed, "checkers");
    const countPackets = (): number => this.counts?.packetsSent ?? 0;
    this.traffic = {
      bytes: 0,
      get packetsCount() {
        return countPackets();
      },
    };
  }

  /** From here on everything counts. */
  begin(atMs: number): void {
    this.hasBegun = true;
    this.beganMs = atMs;
  }

  get nowMs(): number {
    return this.now();
  }

  get startMs(): number {
    return this.beganMs;
  }

  get endMs(): number {
    return this.beganMs + this.durationMs;
  }

  inhabitant(index: number): Inhabitant | undefined {
    return this.population?.of(index);
  }

  indexOf(name: string): number {
    return this.population?.indexOf(name) ?? -1;
  }

  nameOf(index: number): string {
    return nameOf(index);
  }

  isConverged(): boolean {
    const running: Inhabitant[] = [];
    for (let node = 0; node < this.nodesCount; node += 1) {
      const inhabitant = this.truth.isUp(node) ? this.inhabitant(node) : undefined;
      if (inhabitant !== undefined) running.push(inhabitant);
    }
    // Everybody's digest holds itself: where all are equal, each holds all who run, and no others.
    if (running.some((one) => one.membership.members.livingCount !== running.length)) return false;
    const digest = running[0]?.membership.membershipDigest();
    return running.every((one) => one.membership.membershipDigest() === digest);
  }
}
