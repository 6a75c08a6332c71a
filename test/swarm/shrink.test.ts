import { expect, test } from "vitest";
import { readScenario } from "../../src/sim/scenario/read-scenario.ts";
import { firstProblem } from "../../src/sim/scenario/report.ts";
import { runScenario } from "../../src/sim/scenario/run-scenario.ts";
import { shrinkFailure } from "../../src/sim/scenario/shrink-failure.ts";
import { drawSwarm } from "../../src/sim/scenario/swarm.ts";

/**
 * A planted bug: a SWIM that does not gossip to the dead. Two sides of a partition that lasts
 * longer than a suspicion then never meet again; nothing else that a swarm does can hurt it so.
 */
const forgetful = readScenario({
  name: "forgetful",
  proves: "Nothing: it has a planted bug.",
  nodes: 8,
  protocols: { exchange: [] },
  options: { swim: { gossipToTheDeadMs: 1, pushPullIntervalMs: 0 } },
  durationMs: 40_000,
  heal: { withinMs: 40_000, quietMs: 1_000 },
  checkers: { healing: {}, incarnations: {} },
});

test("a swarm finds the planted bug, and the shrinker the one fault behind it", () => {
  const failing = [];
  for (let seed = 1; seed <= 10; seed += 1) {
    const scenario = drawSwarm(forgetful, seed);
    const report = runScenario(scenario);
    if (!report.passed) failing.push({ scenario, report });
  }
  expect(failing.length).toBeGreaterThan(0);
  const found = failing.find(({ scenario }) => scenario.faults.length > 8);
  if (found === undefined) throw new Error("no seed with many faults failed; plant a worse bug");

  const shrunk = shrinkFailure(found.scenario, found.report);
  expect(shrunk.isMinimal).toBe(true);
  expect(shrunk.scenario.faults.length).toBeLessThanOrEqual(2);
  expect(shrunk.scenario.faults.length).toBeGreaterThan(0);
  expect(shrunk.scenario.nodes).toBeLessThan(forgetful.nodes);

  // What is printed is a file that fails in the same way, and no longer without its last line.
  const file = readScenario(JSON.parse(JSON.stringify(shrunk.scenario)));
  expect(file.name).toBe(`forgetful-seed-${found.report.seed}`);
  const problem = /^(convergence|healing): /;
  expect(firstProblem(runScenario(file))).toMatch(problem);
  for (const at of file.faults.keys()) {
    const faults = file.faults.filter((_, index) => index !== at);
    expect(firstProblem(runScenario({ ...file, faults })) ?? "").not.toMatch(problem);
  }
}, 120_000);

test("the search ends when its runs are used up, with what it has", () => {
  const seed = [1, 2, 3, 4, 5, 6, 7, 8].find(
    (one) => !runScenario(drawSwarm(forgetful, one)).passed,
  );
  if (seed === undefined) throw new Error("the planted bug is gone");
  const scenario = drawSwarm(forgetful, seed);
  const shrunk = shrinkFailure(scenario, runScenario(scenario), { runsMaxCount: 3 });
  expect(shrunk.runsCount).toBe(3);
  expect(shrunk.isMinimal).toBe(false);
  expect(runScenario(shrunk.scenario).passed).toBe(false);
}, 60_000);
