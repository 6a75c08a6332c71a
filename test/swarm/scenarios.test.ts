import { describe, expect, test } from "vitest";
import { builtInNames, loadScenario } from "../../src/cli/sim/scenario-files.ts";
import { firstProblem } from "../../src/sim/scenario/report.ts";
import { runScenario } from "../../src/sim/scenario/run-scenario.ts";

/** In CI; at their own size they run by `hearsay sim NAME`. */
const NODES_MAX = 60;

describe("every built-in scenario", () => {
  test("is there", () => {
    expect(builtInNames().length).toBeGreaterThan(12);
  });

  test.each(builtInNames())("%s keeps its promise", { timeout: 120_000 }, (name) => {
    const own = loadScenario(name);
    expect(own.name).toBe(name);
    expect(own.proves).toMatch(/^[A-Z\d].{20,}[.)]$/);
    const scenario = loadScenario(name, { nodes: Math.min(own.nodes, NODES_MAX) });
    expect(firstProblem(runScenario(scenario))).toBeUndefined();
  });
});
