import { Random } from "../../core/random.ts";
import type { SwimMember, SwimMembers, SwimMembership } from "../../peers/swim/swim.contract.ts";
import { GroundTruth } from "../faults/ground-truth.ts";
import type { Inhabitant, MemberTable, World } from "./checker.ts";

/** A world that a test turns by hand: each node holds what it is told to hold. For tests only. */
export class FakeWorld implements World {
  nowMs = 0;
  startMs = 0;
  endMs = 3_600_000;
  converged = true;
  readonly traffic = { packetsCount: 0, bytes: 0 };
  readonly nodesCount: number;
  readonly truth: GroundTruth;
  readonly random = new Random(1);
  /** By observer: the incarnation of whom it holds for alive. */
  readonly beliefs: Map<string, number>[];
  private readonly lives: number[];

  constructor(nodesCount: number) {
    this.nodesCount = nodesCount;
    this.truth = new GroundTruth(nodesCount, () => this.nowMs);
    const names = Array.from({ length: nodesCount }, (_, index) => this.nameOf(index));
    this.beliefs = names.map(() => new Map(names.map((name) => [name, 1])));
    this.lives = names.map(() => 1);
  }

  crash(node: number): void {
    this.truth.begin(node, "down");
  }

  restart(node: number): void {
    this.truth.end(node, "down");
    this.lives[node] = (this.lives[node] ?? 0) + 1;
  }

  inhabitant(index: number): Inhabitant | undefined {
    const beliefs = this.beliefs[index];
    if (beliefs === undefined || this.truth.has(index, "down")) return undefined;
    const name = this.nameOf(index);
    const table: MemberTable = {
      name: "the table",
      size: beliefs.size,
      has: (member) => beliefs.has(member),
    };
    const membership = { members: membersOf(name, beliefs) } as unknown as SwimMembership;
    return { index, name, life: this.lives[index] ?? 0, membership, tables: [table] };
  }

  indexOf(name: string): number {
    return Number(name.slice(1));
  }

  nameOf(index: number): string {
    return `n${index}`;
  }

  isConverged(): boolean {
    return this.converged;
  }
}

function membersOf(own: string, beliefs: ReadonlyMap<string, number>): SwimMembers {
  const record = (name: string, incarnation: number): SwimMember =>
    ({ name, incarnation, status: "alive", address: { host: name, port: 1 } }) as SwimMember;
  return {
    size: beliefs.size,
    livingCount: beliefs.size,
    local: record(own, beliefs.get(own) ?? 0),
    get: (name: string) => {
      const incarnation = beliefs.get(name);
      return incarnation === undefined ? undefined : record(name, incarnation);
    },
    *[Symbol.iterator]() {
      for (const [name, incarnation] of beliefs) yield record(name, incarnation);
    },
  };
}
