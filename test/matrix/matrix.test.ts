/**
 * exchange × data model × fault: all living nodes hold the same in the end. An exchange that alone
 * promises only a residue is paired with anti-entropy. [DESIGN section 8]
 */
import { describe, expect, it } from "vitest";
import { columns } from "./columns.ts";
import { type ExchangeName, Town, type TownOptions } from "./town.ts";

const NODES = 16;
const WRITES = 120;
const WRITING_MS = 20_000;
type Row = readonly [string, readonly ExchangeName[], TownOptions["trees"]?];

const rows: readonly Row[] = [
  ["anti-entropy", ["antiEntropy"]],
  ["direct mail and anti-entropy", ["directMail", "antiEntropy"]],
  ["flooding and anti-entropy", ["flooding", "antiEntropy"]],
  ["plumtree and anti-entropy", ["plumtree", "antiEntropy"]],
  ["plumtree with a tree for each", ["plumtree", "antiEntropy"], "per-root"],
  ["tolerant plumtree and anti-entropy", ["plumtree", "antiEntropy"], "tolerant"],
  ["rumors and anti-entropy", ["rumor", "antiEntropy"]],
];

interface Fault {
  readonly name: string;
  readonly network?: Partial<TownOptions>;
  /** What happens while things are written; all of it has ended before the end is judged. */
  plan?(town: Town): void;
}

const half = (town: Town) => town.nodes.slice(0, NODES / 2);
const nodeAt = (town: Town, at: number) => {
  const node = town.nodes[at];
  if (node === undefined) throw new Error(`no node ${at}`);
  return node;
};

const faults: readonly Fault[] = [
  { name: "nothing" },
  { name: "a third of the packets lost", network: { lossRatio: 0.33 } },
  { name: "half of the packets doubled", network: { duplicateRatio: 0.5 } },
  {
    name: "packets late and in any order",
    network: { latency: { kind: "exponential", minMs: 1, meanMs: 400, maxMs: 4_000 } },
  },
  {
    name: "a partition that heals",
    plan(town) {
      town.simulator.plan(2_000, () => town.simulator.partition(half(town)));
      town.simulator.plan(15_000, () => town.simulator.heal());
    },
  },
  {
    name: "links cut in one direction",
    plan(town) {
      for (const node of half(town)) town.simulator.network.cut(node, nodeAt(town, 0));
      town.simulator.plan(15_000, () => town.simulator.heal());
    },
  },
  {
    name: "nodes that crash and come back with nothing",
    plan(town) {
      for (const at of [1, 5, 9]) {
        town.simulator.plan(at * 1_000, () => town.simulator.crash(nodeAt(town, at)));
        town.simulator.plan(at * 1_000 + 5_000, () => town.simulator.restart(nodeAt(town, at)));
      }
    },
  },
  {
    name: "a node that dies with what it alone had",
    plan(town) {
      town.simulator.plan(10_000, () => town.simulator.crash(nodeAt(town, 3), "machine"));
    },
  },
  {
    name: "nodes that are stopped for a while",
    plan(town) {
      for (const at of [2, 4, 6, 8]) {
        town.simulator.plan(3_000, () => town.simulator.pause(nodeAt(town, at)));
        town.simulator.plan(12_000, () => town.simulator.resume(nodeAt(town, at)));
      }
    },
  },
];

for (const column of columns) {
  for (const [row, exchanges, trees = "shared"] of rows) {
    describe(`${column.name} by ${row}`, () => {
      it.each(faults.map((fault) => [fault.name, fault] as const))(
        "agrees despite %s",
        (_, fault) => {
          for (const seed of [1, 2, 3])
            run(new Town({ ...fault.network, ...base(seed, exchanges, column), trees }), fault);
        },
      );
    });
  }
}

function base(seed: number, exchanges: readonly ExchangeName[], column: TownOptions["column"]) {
  // Small messages, so that budgets and partial digests are at work too.
  const antiEntropy = { deltaMaxBytes: 400, digestMaxBytes: 120 };
  return { seed, nodesCount: NODES, exchanges, column, antiEntropy };
}

function run(town: Town, fault: Fault): void {
  fault.plan?.(town);
  for (let write = 0; write < WRITES; write += 1) {
    town.simulator.plan((write * WRITING_MS) / WRITES, () => town.write((write * 7) % NODES));
  }
  town.simulator.runForMs(WRITING_MS);
  expect(town.simulator.runUntil(() => town.agrees(), town.column.patienceMs)).toBe(true);
  const held = town.residents[0]?.replica.seen.size ?? 0;
  expect(held).toBeGreaterThan(WRITES / 2);
  // A comparison that comes twice, the second time late, mixes two rounds; they sort it out.
  if (fault.network?.duplicateRatio !== undefined) return;
  for (const name of ["unsolicited", "notOffered", "unknownReplica"]) {
    expect(town.counts.get(`antiEntropy.dropped.${name}`)).toBeUndefined();
  }
}
