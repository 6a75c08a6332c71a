/**
 * What rumors alone promise: each update misses no more than a residue of the nodes, and telling it
 * ends by itself. With anti-entropy they are a row of the matrix (matrix.test.ts).
 */
import { describe, expect, it } from "vitest";
import { columns } from "./columns.ts";
import { Town, type TownOptions } from "./town.ts";

const NODES = 64;
const WRITES = 200;
const WRITING_MS = 20_000;
const SILENT_MS = 30_000;

type Rumors = NonNullable<TownOptions["rumor"]>;

/** Shares of nodes that an update misses: of the papers, with room for so few nodes. */
const variants: readonly (readonly [string, Rumors, number])[] = [
  ["the defaults", {}, 0.002],
  ["push", { mode: "push" }, 0.05],
  ["pull", { mode: "pull", idleIntervalMs: 100 }, 0.01],
  ["minimization", { minimization: "smallerCounts" }, 0.002],
  ["announced updates", { payloads: "announced" }, 0.002],
  ["a median counter", { loss: "medianCounter" }, 0.01],
  ["one connection and a hunt", { connectionsMaxCount: 1, huntsMaxCount: 2 }, 0.002],
  ["blind coins", { mode: "push", feedback: "blind", loss: "coin", interestCount: 4 }, 0.04],
];

interface Outcome {
  readonly residue: number;
  readonly town: Town;
}

function spread(rumor: Rumors, seed: number, network: Partial<TownOptions> = {}): Outcome {
  const [column] = columns;
  if (column === undefined) throw new Error("no data model");
  const town = new Town({
    seed,
    nodesCount: NODES,
    exchanges: ["rumor"],
    column,
    rumor,
    ...network,
  });
  for (let write = 0; write < WRITES; write += 1) {
    town.simulator.plan((write * WRITING_MS) / WRITES, () => town.write((write * 7) % NODES));
  }
  town.simulator.runForMs(WRITING_MS + SILENT_MS);
  const held = town.residents.reduce((sum, { replica }) => sum + replica.seen.size, 0);
  return { town, residue: 1 - held / (NODES * WRITES) };
}

describe("rumors alone", () => {
  it.each(variants)("by %s leave a residue, and end", (_, rumor, residueMax) => {
    const outcomes = [1, 2, 3].map((seed) => spread(rumor, seed));
    const residue = outcomes.reduce((sum, one) => sum + one.residue, 0) / outcomes.length;
    expect(residue).toBeLessThan(residueMax);
    for (const { town } of outcomes) {
      const sent = town.counts.get("rumor.updatesSent") ?? 0;
      const expired = town.counts.get("rumor.expired") ?? 0;
      expect(sent).toBeGreaterThan(0.9 * WRITES * (NODES - 1));
      town.simulator.runForMs(SILENT_MS);
      expect(town.counts.get("rumor.updatesSent")).toBe(sent);
      expect(expired).toBeLessThan(WRITES);
      for (const name of ["absurd", "unknownReplica", "hotListFull"]) {
        expect(town.counts.get(`rumor.dropped.${name}`)).toBeUndefined();
      }
    }
  });

  it("announced, send each update to each node once", () => {
    const { town } = spread({ payloads: "announced" }, 1);
    const sent = town.counts.get("rumor.updatesSent") ?? 0;
    expect(sent).toBeLessThan(1.02 * WRITES * (NODES - 1));
  });

  it("reach most in spite of a third of the packets lost, late and doubled", () => {
    const network = {
      lossRatio: 0.33,
      duplicateRatio: 0.2,
      latency: { kind: "exponential", minMs: 1, meanMs: 100, maxMs: 1_000 },
    } as const;
    expect(spread({}, 1, network).residue).toBeLessThan(0.03);
  });
});
