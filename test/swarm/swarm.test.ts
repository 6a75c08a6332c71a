import { describe, expect, test } from "vitest";
import { loadScenario } from "../../src/cli/sim/scenario-files.ts";
import { firstProblem } from "../../src/sim/scenario/report.ts";
import { runScenario } from "../../src/sim/scenario/run-scenario.ts";
import { drawSwarm } from "../../src/sim/scenario/swarm.ts";
import { overTheWire } from "../../src/sim/scenario/swim-transcode.wire.ts";

/*
 * A slice for CI; `npm run swarm` goes on from there. A seed that fails here is replayed and shrunk
 * by `hearsay sim NAME --swarm --seed N`.
 */

const SEEDS_A_TEST = 20;
const TIMEOUT_MS = 120_000;

function slices(count: number): number[] {
  return Array.from({ length: count }, (_, index) => 1 + index * SEEDS_A_TEST);
}

function expectSeedsToPass(name: string, first: number, wire: "byReference" | "overTheWire"): void {
  const scenario = loadScenario(name);
  for (let seed = first; seed < first + SEEDS_A_TEST; seed += 1) {
    const how = wire === "overTheWire" ? { transcode: overTheWire() } : {};
    const report = runScenario(drawSwarm(scenario, seed), { seed, ...how });
    expect(firstProblem(report), `hearsay sim ${name} --swarm --seed ${seed}`).toBeUndefined();
  }
}

describe("whole nodes, whatever happens to them", { timeout: TIMEOUT_MS }, () => {
  test.each(slices(6))("on Serf's wire, seeds from %i", (first) => {
    expectSeedsToPass("swarm-node", first, "byReference");
  });

  test.each(slices(4))("on a plain memberlist wire, seeds from %i", (first) => {
    expectSeedsToPass("swarm-memberlist", first, "byReference");
  });

  test.each(slices(2))("with every message as bytes, seeds from %i", (first) => {
    expectSeedsToPass("swarm-node", 1_000 + first, "overTheWire");
  });
});
