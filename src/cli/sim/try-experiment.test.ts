import { describe, expect, it } from "vitest";
import type { Experiment } from "../../sim/experiments/experiment.ts";
import { reportFailure } from "../failure.ts";
import { FakeIo } from "../fake-io.ts";
import type { SimFlags } from "./sim-flags.ts";
import { tryExperiment } from "./try-experiment.ts";

/** Its values follow from the seed; seeds from 4 on break the bound. */
const experiment: Experiment = {
  name: "steps",
  proves: "That steps can be counted.",
  source: "Paper 1987 Table 1",
  parameters: { nodesCount: 2, stepMs: 0.5 },
  runsCount: 3,
  run: ({ parameters, seed }) => ({
    values: {
      steps: seed * (parameters["nodesCount"] ?? 0),
      "time (ms)": seed * (parameters["stepMs"] ?? 0),
      odd: 12_345.678,
    },
    curves: [],
  }),
  expected: {
    steps: { value: 6, bound: "atMost", of: "eachRun", source: "Table 1" },
    "time (ms)": { value: 1, toleranceRatio: 0.01, source: "Table 2" },
    odd: { value: 5, deviation: "the paper counts otherwise", source: "Table 3" },
  },
};

async function attempt(flags: SimFlags): Promise<{ code: number; io: FakeIo }> {
  const io = new FakeIo();
  try {
    await tryExperiment(experiment, flags, io);
    return { code: 0, io };
  } catch (error) {
    return { code: reportFailure(error, io, { isJson: flags.json === true }), io };
  }
}

describe("an experiment on the command line", () => {
  it("prints each value beside what was expected of it", async () => {
    const { code, io } = await attempt({});
    expect(io.stderr).toBe("");
    expect(code).toBe(0);
    expect(io.stdout).toContain("steps  That steps can be counted.");
    expect(io.stdout).toContain(
      "Paper 1987 Table 1 · 3 runs from seed 1 · nodesCount=2 · stepMs=0.5",
    );
    expect(io.stdout).toMatch(/ok +steps +4 +4\.968\d* +2 +6 +at most 6 in each run +Table 1/);
    expect(io.stdout).toMatch(/ok +time \(ms\) +1 +.* 1 ± 1 % +Table 2/);
    expect(io.stdout).toMatch(/~ +odd +12,345\.7 .* 5 +Table 3/);
    expect(io.stdout).toContain("~ odd: the paper counts otherwise");
  });

  it("exits with 1 and the run that broke a bound", async () => {
    const { code, io } = await attempt({ seed: 3, runs: 2 });
    expect(code).toBe(1);
    expect(io.stdout).toMatch(/FAIL +steps/);
    expect(io.stderr).toBe(
      "EXPERIMENT_FAILED: steps: measured 7 (6 to 8; seed 4), expected at most 6 in each run " +
        "[Table 1] (and 1 more). Replay it: hearsay sim steps --seed 4 --runs 1\n",
    );
  });

  it("gives all seeds to replay a mean that is off", async () => {
    const { code, io } = await attempt({ runs: 2 });
    expect(code).toBe(1);
    expect(io.stderr).toContain("time (ms): measured 0.75, expected 1 ± 1.225 % (1 % in 3 runs) ");
    expect(io.stderr).toContain("Replay it: hearsay sim steps --seed 1 --runs 2\n");
  });

  it("changes parameters, and then expects nothing", async () => {
    const { code, io } = await attempt({ set: { stepMs: "20" }, nodes: 5, runs: 1, json: true });
    expect(code).toBe(0);
    const result = JSON.parse(io.stdout);
    expect(result).toMatchObject({ experiment: "steps", passed: true, runsCount: 1 });
    expect(result.parameters).toEqual({ nodesCount: 5, stepMs: 20 });
    expect(result.values[0]).toEqual(
      expect.objectContaining({ name: "steps", mean: 5, min: 5, max: 5 }),
    );
  });

  it.each([
    [{ set: { stepMs: "soon" } }, "--set stepMs=soon: the value is no number"],
    [{ set: { stepsMs: "1" } }, "steps.stepsMs is no option. Did you mean stepMs?"],
    [{ set: { nodesCount: "1.5" } }, "whole number"],
    [{ trace: "x" }, "--trace is for scenarios"],
    [{ swarm: true }, "--swarm is for scenarios"],
  ] satisfies [SimFlags, string][])("refuses %j with 2", async (flags, message) => {
    const { code, io } = await attempt(flags);
    expect(code).toBe(2);
    expect(io.stderr).toContain(message);
    expect(io.stdout).toBe("");
  });
});
