/** One run of the swarm of data on replicas and exchanges alone: more nodes, every exchange. */
import type { Dot } from "../../../src/core/dot.ts";
import { Random } from "../../../src/core/random.ts";
import { type DataColumn, type ExchangeName, Town, type TownOptions } from "../town.ts";
import type { FaultName } from "./data-faults.ts";

export interface TownRow {
  readonly name: string;
  readonly exchanges: readonly ExchangeName[];
  readonly trees?: TownOptions["trees"];
}

/** What alone promises a residue only is paired with anti-entropy. */
export const townRows: readonly TownRow[] = [
  { name: "anti-entropy", exchanges: ["antiEntropy"] },
  { name: "direct mail", exchanges: ["directMail", "antiEntropy"] },
  { name: "flooding", exchanges: ["flooding", "antiEntropy"] },
  { name: "plumtree", exchanges: ["plumtree", "antiEntropy"] },
  { name: "plumtree per root", exchanges: ["plumtree", "antiEntropy"], trees: "per-root" },
  { name: "tolerant plumtree", exchanges: ["plumtree", "antiEntropy"], trees: "tolerant" },
  { name: "rumors", exchanges: ["rumor", "antiEntropy"] },
];

export interface TownCase {
  readonly seed: number;
  readonly column: DataColumn;
  readonly row: TownRow;
  readonly faults: readonly FaultName[];
}

interface Written {
  readonly at: number;
  readonly dot: Dot;
}

const STORM_MS = 20_000;
const WRITES = 100;
/** More than a delta holds. */
const LONELY_WRITES = 12;

/** What was broken, in words; empty when all was kept. */
export function runInTown({ column, faults, row, seed }: TownCase): string[] {
  const random = Random.derive(seed, "data swarm");
  const has = (name: FaultName): boolean => faults.includes(name);
  const { exchanges, trees = "shared" } = row;
  const nodesCount = 6 + random.below(11);
  const late = { kind: "exponential", minMs: 1, meanMs: 400, maxMs: 4_000 } as const;
  const town = new Town({
    seed,
    nodesCount,
    exchanges,
    column,
    trees,
    disks: "journals",
    // Small messages, so that budgets and partial digests are at work too.
    antiEntropy: { deltaMaxBytes: 400, digestMaxBytes: 120 },
    lossRatio: has("loss") ? 0.3 : 0,
    duplicateRatio: has("duplication") ? 0.4 : 0,
    ...(has("reordering") && { latency: late }),
  });
  const owed = new Set<Written>();
  planTown({ town, random, owed }, faults);
  const { simulator } = town;
  for (let write = 0; write < WRITES; write += 1) {
    const at = random.below(nodesCount);
    simulator.plan(Math.floor((write * STORM_MS) / WRITES), () => {
      const dot = town.write(at);
      if (dot !== undefined) owed.add({ at, dot });
    });
  }
  simulator.runForMs(2 * STORM_MS);
  simulator.heal();
  if (!simulator.runUntil(() => town.agrees(), 2 * column.patienceMs)) {
    return [`nodes differ for ever after ${row.name}`];
  }
  return [...lostIn(town, owed)];
}

function* lostIn(town: Town, owed: ReadonlySet<Written>): IterableIterator<string> {
  const seen = town.residents[0]?.replica.seen;
  for (const { at, dot } of owed) {
    if (seen?.has(dot) === true) continue;
    yield `${dot.origin}:${dot.seq} was written on the disk of n${at}, and nobody knows of it`;
  }
}

interface TownStorm {
  readonly town: Town;
  readonly random: Random;
  readonly owed: Set<Written>;
}

/** As `planStorm`, for machines without nodes on them. */
function planTown(storm: TownStorm, faults: readonly FaultName[]): void {
  const { random, town } = storm;
  // The first one is never away.
  const victims = random.shuffle(town.nodes.map(({ index }) => index).slice(1));
  for (const fault of faults) {
    const victim = victims.pop() ?? 0;
    if (fault === "oneWay") planCuts(storm);
    if (fault === "partition") planPartition(storm);
    if (fault === "pause") planPause(storm, victim);
    if (fault === "crashWithDisk") {
      planCrash(storm, victim, "kept");
      planCrash(storm, victims.pop() ?? 0, "kept");
    }
    if (fault === "crashWithoutDisk") {
      planCrash(storm, victim, "lost");
      planCrash(storm, victims.pop() ?? 0, "lost");
    }
  }
}

function planCuts({ random, town }: TownStorm): void {
  const { nodes, simulator } = town;
  const to = random.pick(nodes);
  for (const from of nodes) {
    const [atMs, endMs] = span(random);
    if (to === undefined || from === to || random.chance(0.3)) continue;
    simulator.plan(atMs, () => simulator.network.cut(from, to));
    simulator.plan(endMs, () => simulator.network.mend(from, to));
  }
}

function planPartition({ random, town }: TownStorm): void {
  const { nodes, simulator } = town;
  const side = nodes.filter(() => random.chance(0.5));
  const [atMs, endMs] = span(random);
  simulator.plan(atMs, () => simulator.partition(side));
  simulator.plan(endMs, () => simulator.heal());
}

function planPause({ random, town }: TownStorm, at: number): void {
  const { nodes, simulator } = town;
  const [atMs, endMs] = span(random);
  const node = nodes[at];
  if (node === undefined || at === 0) return;
  simulator.plan(atMs, () => simulator.pause(node));
  simulator.plan(endMs, () => simulator.resume(node));
}

function planCrash({ owed, random, town }: TownStorm, at: number, disk: "kept" | "lost"): void {
  const { nodes, simulator } = town;
  const [atMs, endMs] = span(random);
  const node = nodes[at];
  if (node === undefined || at === 0) return;
  if (random.chance(0.5)) planLonely({ owed, random, town }, at, atMs);
  simulator.plan(atMs, () => {
    simulator.crash(node, "machine");
    if (disk === "kept") return;
    town.loseDisk(at);
    for (const write of owed) if (write.at === at) owed.delete(write);
  });
  simulator.plan(endMs, () => simulator.restart(node));
}

/** It is cut off, writes, comes back, and dies before it has told all of it. */
function planLonely({ owed, random, town }: TownStorm, at: number, diesMs: number): void {
  const { nodes, simulator } = town;
  const node = nodes[at];
  if (node === undefined) return;
  const backMs = Math.max(0, diesMs - 100 - random.below(2_000));
  const awayMs = Math.max(0, backMs - 1_000 - random.below(4_000));
  for (const other of nodes) {
    if (other === node) continue;
    simulator.plan(awayMs, () => {
      simulator.network.cut(node, other);
      simulator.network.cut(other, node);
    });
    simulator.plan(backMs, () => {
      simulator.network.mend(node, other);
      simulator.network.mend(other, node);
    });
  }
  simulator.plan(Math.floor((awayMs + backMs) / 2), () => {
    for (let left = LONELY_WRITES; left > 0; left -= 1) {
      const dot = town.write(at);
      if (dot !== undefined) owed.add({ at, dot });
    }
  });
}

function span(random: Random): [number, number] {
  const atMs = random.below(STORM_MS / 2);
  return [atMs, atMs + 500 + random.below(STORM_MS - atMs - 500)];
}
