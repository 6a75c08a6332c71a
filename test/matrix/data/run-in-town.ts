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
const WRITES = 160;
/** So long an heir may wait for a word. */
const HEIR_LIMIT_MS = 30_000;
/** Less than a message takes. */
const LOOK_MS = 1;
/** At most; a delta holds about half of it. */
const LONELY_MAX_COUNT = 8;

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
    antiEntropy: {
      deltaMaxBytes: 400,
      digestMaxBytes: 120,
      ordering: random.pick(["depth", "breadth"] as const) ?? "depth",
    },
    lossRatio: has("loss") ? 0.3 : 0,
    duplicateRatio: has("duplication") ? 0.4 : 0,
    ...(has("reordering") && { latency: late }),
  });
  const owed = new Set<Written>();
  planTown({ town, random, owed }, faults);
  const { simulator } = town;
  for (let write = 0; write < WRITES; write += 1) {
    const at = random.below(nodesCount);
    // Most of them early: what is lost afterwards is not overwritten at once.
    simulator.plan(Math.floor((write / WRITES) ** 3 * STORM_MS), () => {
      const dot = town.write(at);
      if (dot !== undefined) owed.add({ at, dot });
    });
  }
  simulator.runForMs(3 * STORM_MS);
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
      const [heir, testator] = [victims.pop() ?? 0, victim];
      if (random.chance(0.5)) planHeir(storm, heir, testator);
      else planCrash(storm, testator, "lost");
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

function planCrash(storm: TownStorm, at: number, disk: "kept" | "lost"): void {
  const { random } = storm;
  const [atMs, endMs] = span(random);
  if (at === 0) return;
  if (random.chance(0.5)) {
    const backMs = Math.max(0, atMs - 100 - random.below(2_000));
    planLonely(storm, at, { awayMs: Math.max(0, backMs - 1_000 - random.below(4_000)), backMs });
  }
  planDeath(storm, at, { atMs, endMs, disk });
}

interface Death {
  readonly atMs: number;
  readonly endMs: number;
  readonly disk: "kept" | "lost";
}

function planDeath(storm: TownStorm, at: number, { atMs, disk, endMs }: Death): void {
  const { simulator } = storm.town;
  simulator.plan(atMs, () => die(storm, at, disk));
  simulator.plan(endMs, () => rise(storm.town, at));
}

function die({ owed, town }: TownStorm, at: number, disk: "kept" | "lost"): void {
  const node = town.nodes[at];
  if (node === undefined) return;
  town.simulator.crash(node, "machine");
  if (disk === "kept") return;
  town.loseDisk(at);
  for (const write of owed) if (write.at === at) owed.delete(write);
}

function rise({ nodes, simulator }: Town, at: number): void {
  const node = nodes[at];
  if (node !== undefined) simulator.restart(node);
}

/**
 * One hears only of another, which has overwritten much of what all the others have, and dies
 * before it has told all of it: what it covered must have come with what it covered it for.
 */
function planHeir(storm: TownStorm, heirAt: number, testatorAt: number): void {
  const { random, town } = storm;
  const { nodes, simulator } = town;
  const [heir, testator] = [nodes[heirAt], nodes[testatorAt]];
  if (heir === undefined || testator === undefined || heir === testator) return;
  const awayMs = random.below(STORM_MS / 4);
  const aloneMs = awayMs + 3_000 + random.below(3_000);
  simulator.plan(awayMs, () => separate(town, heirAt, "cut"));
  planLonely(storm, testatorAt, { awayMs: aloneMs, backMs: aloneMs + HEIR_LIMIT_MS });
  simulator.plan(aloneMs + 1_000, () => {
    simulator.network.mend(heir, testator);
    simulator.network.mend(testator, heir);
    inherit(storm, { heirAt, testatorAt, leftMs: HEIR_LIMIT_MS - 2_000 });
  });
}

interface Legacy {
  readonly heirAt: number;
  readonly testatorAt: number;
  readonly leftMs: number;
}

/** As soon as something was told, death comes. */
function inherit(storm: TownStorm, { heirAt, leftMs, testatorAt }: Legacy, before?: number): void {
  const { town } = storm;
  const seenCount = town.residents[heirAt]?.replica.seen.size ?? 0;
  if (seenCount === (before ?? seenCount) && leftMs > 0) {
    const less = { heirAt, testatorAt, leftMs: leftMs - LOOK_MS };
    town.simulator.plan(LOOK_MS, () => inherit(storm, less, before ?? seenCount));
    return;
  }
  die(storm, testatorAt, "lost");
  town.simulator.plan(1_000, () => {
    separate(town, heirAt, "mend");
    rise(town, testatorAt);
  });
}

function separate({ nodes, simulator }: Town, at: number, what: "cut" | "mend"): void {
  const node = nodes[at];
  for (const other of nodes) {
    if (node === undefined || other === node) continue;
    simulator.network[what](node, other);
    simulator.network[what](other, node);
  }
}

interface Absence {
  readonly awayMs: number;
  readonly backMs: number;
}

/** It is cut off, and writes. */
function planLonely(
  { owed, random, town }: TownStorm,
  at: number,
  { awayMs, backMs }: Absence,
): void {
  const { simulator } = town;
  simulator.plan(awayMs, () => separate(town, at, "cut"));
  simulator.plan(backMs, () => separate(town, at, "mend"));
  simulator.plan(awayMs + 500, () => {
    for (let left = 1 + random.below(LONELY_MAX_COUNT); left > 0; left -= 1) {
      const dot = town.write(at);
      if (dot !== undefined) owed.add({ at, dot });
    }
  });
}

function span(random: Random): [number, number] {
  const atMs = random.below(STORM_MS / 2);
  return [atMs, atMs + 500 + random.below(STORM_MS - atMs - 500)];
}
