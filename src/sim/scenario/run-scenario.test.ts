import { describe, expect, it } from "vitest";
import { readScenario } from "./read-scenario.ts";
import { firstProblem, type RunReport } from "./report.ts";
import { type RunOptions, runScenario } from "./run-scenario.ts";
import { drawSwarm } from "./swarm.ts";
import { overTheWire } from "./swim-transcode.wire.ts";

const stormy = {
  name: "stormy",
  proves: "Nothing.",
  nodes: 8,
  network: { lossRatio: 0.02, duplicateRatio: 0.02 },
  durationMs: 20_000,
  faults: [
    { atMs: 1_000, do: "crash", nodes: { count: 1 }, forMs: 9_000, everyMs: 4_000, timesCount: 3 },
    { atMs: 2_000, do: "partition", sides: [{ ratio: 0.3 }], forMs: 6_000 },
    { atMs: 5_000, do: "pause", nodes: { count: 2 }, forMs: 3_000 },
  ],
  workload: [
    { atMs: 0, do: "publish", everyMs: 500, timesCount: 30 },
    { atMs: 9_000, do: "leave", nodes: [7] },
  ],
  heal: { withinMs: 90_000 },
  checkers: { healing: {}, convergence: {}, incarnations: {}, rumors: { reachRatio: 0 }, load: {} },
};

function run(options: RunOptions = {}): { report: RunReport; text: string; trace: string } {
  const lines: string[] = [];
  const report = runScenario(readScenario(stormy), {
    ...options,
    trace: (line) => lines.push(line),
  });
  return { report, text: JSON.stringify(report), trace: lines.join("\n") };
}

describe("a run", () => {
  it("is the same for the same seed, byte for byte, and another for another", () => {
    const first = run({ seed: 5 });
    expect(first.trace.length).toBeGreaterThan(100_000);
    expect(run({ seed: 5 })).toEqual(first);
    expect(run({ seed: 6 }).text).not.toBe(first.text);
    expect(first.trace).toContain("fault crash process");
    expect(first.trace).toContain("fault partition");
  });

  it("is the same with every message as bytes", () => {
    const bytes = run({ seed: 5, transcode: overTheWire() });
    expect(bytes.report).toEqual(run({ seed: 5 }).report);
  });

  it("is the same whether or not somebody writes it down", () => {
    expect(runScenario(readScenario(stormy), { seed: 5 })).toEqual(run({ seed: 5 }).report);
  });

  it("has everything in its report", () => {
    const { report } = run();
    expect(firstProblem(report)).toBeUndefined();
    expect(report).toMatchObject({ scenario: "stormy", seed: 1, nodes: 8, faultsCount: 5 });
    expect(report.checkers.map(({ name }) => name)).toEqual([
      "convergence",
      "healing",
      "rumors",
      "load",
      "incarnations",
    ]);
    expect(report.checkers[0]?.metrics["running"]).toBe(7);
    expect(report.checkers[2]?.metrics).toMatchObject({ published: 30, doubles: 0, phantoms: 0 });
    expect(report.counters["swim.probes.begun"]).toBeGreaterThan(100);
  });

  it("fails when a threshold is missed", () => {
    const checkers = { load: { packetsMaxCount: 1 } };
    const report = runScenario(readScenario({ ...stormy, checkers }));
    expect(report.passed).toBe(false);
    expect(firstProblem(report)).toMatch(/^load: .* packets per node and second, not 1$/);
  });

  it("fails when the cluster does not form", () => {
    const report = runScenario(
      readScenario({ ...stormy, network: { lossRatio: 1 }, form: { withinMs: 2_000 } }),
    );
    expect(report).toMatchObject({ passed: false, formedMs: undefined, checkers: [] });
    expect(firstProblem(report)).toBe("the cluster did not form in time");
  });

  it("that a protocol breaks says where, and fails", () => {
    let count = 0;
    const transcode = (message: unknown): unknown => {
      count += 1;
      if (count > 500) throw new Error("broken codec");
      return message;
    };
    const report = runScenario(readScenario(stormy), { transcode });
    expect(report.passed).toBe(false);
    expect(firstProblem(report)).toMatch(/^the run broke: seed 1, [\d.]+ ms: broken codec$/);
  });
});

describe("a swarm", () => {
  it("draws other faults for each seed, and the same ones for the same", () => {
    const scenario = readScenario(stormy);
    expect(drawSwarm(scenario, 3)).toEqual(drawSwarm(scenario, 3));
    expect(drawSwarm(scenario, 3).faults).not.toEqual(drawSwarm(scenario, 4).faults);
  });

  it("writes plans that are files, within their bounds, and of every kind in the long run", () => {
    const scenario = readScenario(stormy);
    const verbs = new Set<string>();
    let quietCount = 0;
    for (let seed = 1; seed <= 60; seed += 1) {
      const drawn = drawSwarm(scenario, seed);
      expect(readScenario(JSON.parse(JSON.stringify(drawn)))).toEqual(drawn);
      if (drawn.faults.length < 8) quietCount += 1;
      for (const fault of drawn.faults) verbs.add(fault.do);
    }
    expect([...verbs].sort().join(" ")).toBe(
      "block clog crash cut drift duplicate latency lose partition pause reorder skew",
    );
    expect(quietCount).toBeGreaterThan(0);
  });

  it("asks only for what holds under any faults", () => {
    const checkers = { rumors: { withinMs: 77 }, falsePositives: {}, load: { packetsMaxCount: 1 } };
    const drawn = drawSwarm(readScenario({ ...stormy, checkers }), 1);
    expect(Object.keys(drawn.checkers).sort().join(" ")).toBe(
      "convergence ghosts healing incarnations rumors",
    );
    expect(drawn.checkers.rumors).toMatchObject({ withinMs: 77, reachRatio: 0 });
  });
});
