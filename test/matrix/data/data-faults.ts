/** What can go wrong in the swarm of data: each fault takes its victims, and ends by itself. */
import type { Random } from "../../../src/core/random.ts";
import type { TestCluster } from "../../../src/testing/index.ts";

export const faultNames = [
  "loss",
  "duplication",
  "reordering",
  "oneWay",
  "partition",
  "crashWithDisk",
  "crashWithoutDisk",
  "pause",
] as const;

export type FaultName = (typeof faultNames)[number];

/** About as long as it takes to write and to sync. */
const DISK_MS = 1.5;

export interface Storm {
  readonly cluster: TestCluster<unknown>;
  readonly random: Random;
  readonly durationMs: number;
  /** Nodes that no client reaches now: dead, or stopped. */
  readonly away: Set<string>;
  /** Clients are quick to write to this node once more. */
  hurry(name: string): void;
  /** A life ended, and what it had on disk is kept or lost. */
  onCrash(name: string, disk: "kept" | "lost"): void;
}

export interface TimedAct {
  readonly atMs: number;
  run(): unknown;
}

/** All that these faults do, by time. Everything has ended, and everybody runs, at the end. */
export function planStorm(storm: Storm, names: readonly FaultName[]): TimedAct[] {
  const { cluster, durationMs } = storm;
  // Nobody is both stopped and dead, and somebody is neither.
  const victims = shuffled(storm.random, cluster.names).slice(1);
  const acts = names.flatMap((name) => planFault(storm, name, victims));
  const end = {
    atMs: durationMs,
    run: () => {
      cluster.heal();
      cluster.lose(0);
      cluster.duplicate(0);
      cluster.reorder(0);
    },
  };
  return [...acts, end].sort((one, other) => one.atMs - other.atMs);
}

function planFault(storm: Storm, name: FaultName, victims: string[]): TimedAct[] {
  const { cluster } = storm;
  const now = (run: () => void): TimedAct[] => [{ atMs: 0, run }];
  switch (name) {
    case "loss":
      return now(() => cluster.lose(0.3));
    case "duplication":
      return now(() => cluster.duplicate(0.3));
    case "reordering":
      return now(() => cluster.reorder(0.5, 500));
    case "oneWay":
      return oneWay(storm);
    case "partition":
      return partition(storm);
    case "crashWithDisk":
      return crash(storm, victims.pop(), "kept");
    case "crashWithoutDisk":
      return crash(storm, victims.pop(), "lost");
    case "pause":
      return pause(storm, victims.pop());
  }
}

function oneWay({ cluster, durationMs, random }: Storm): TimedAct[] {
  return [0, 1, 2].flatMap(() => {
    const [from = "n1", to = "n2"] = shuffled(random, cluster.names);
    const [atMs, endMs] = span(random, durationMs);
    return [
      { atMs, run: () => cluster.cut(from, to) },
      { atMs: endMs, run: () => cluster.mend(from, to) },
    ];
  });
}

function partition({ cluster, durationMs, random }: Storm): TimedAct[] {
  const names = shuffled(random, cluster.names);
  const cutAt = 1 + random.below(names.length - 1);
  const [atMs, endMs] = span(random, durationMs);
  return [
    { atMs, run: () => cluster.partition(names.slice(0, cutAt), names.slice(cutAt)) },
    { atMs: endMs, run: () => cluster.heal() },
  ];
}

function crash(storm: Storm, name: string | undefined, disk: "kept" | "lost"): TimedAct[] {
  if (name === undefined) return [];
  const { cluster, durationMs, random } = storm;
  const [atMs, endMs] = span(random, durationMs);
  const what = random.chance(0.5) ? "process" : "machine";
  const run = (): void => {
    cluster.crash(name, what);
    storm.away.add(name);
    storm.onCrash(name, disk);
  };
  const comeBack = async (): Promise<void> => {
    await cluster.restart(name, { disk });
    storm.away.delete(name);
  };
  const acts = [
    ...(random.chance(0.5) ? lonely(storm, name, atMs) : []),
    { atMs, run: () => storm.hurry(name) },
    // While the disk is at it: what was not synced may be gone.
    { atMs: atMs + random.real() * DISK_MS, run },
    { atMs: endMs, run: comeBack },
  ];
  if (disk === "lost" || random.chance(0.7)) return acts;
  // It dies once more, perhaps while it is being told of what it missed.
  const againMs = endMs + random.below(2_000);
  return [...acts, { atMs: againMs, run }, { atMs: againMs + 500, run: comeBack }];
}

/** It is cut off, writes, comes back, and dies before it has told all of it. */
function lonely({ cluster, random }: Storm, name: string, diesMs: number): TimedAct[] {
  const backMs = Math.max(0, diesMs - 100 - random.below(2_000));
  const awayMs = Math.max(0, backMs - 1_000 - random.below(4_000));
  const others = cluster.names.filter((other) => other !== name);
  const forAll = (what: "cut" | "mend") => (): void => {
    for (const other of others) {
      cluster[what](name, other);
      cluster[what](other, name);
    }
  };
  return [
    { atMs: awayMs, run: forAll("cut") },
    { atMs: backMs, run: forAll("mend") },
  ];
}

function pause({ away, cluster, durationMs, random }: Storm, name: string | undefined): TimedAct[] {
  if (name === undefined) return [];
  const [atMs, endMs] = span(random, durationMs);
  return [
    {
      atMs,
      run: () => {
        cluster.pause(name);
        away.add(name);
      },
    },
    {
      atMs: endMs,
      run: () => {
        cluster.resume(name);
        away.delete(name);
      },
    },
  ];
}

function span(random: Random, durationMs: number): [number, number] {
  const atMs = random.below(Math.floor(durationMs / 2));
  const leastMs = 500;
  return [atMs, atMs + leastMs + random.below(durationMs - atMs - leastMs)];
}

function shuffled<One>(random: Random, given: readonly One[]): One[] {
  return random.shuffle([...given]);
}
