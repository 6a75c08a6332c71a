import { describe, expect, it } from "vitest";
import type { Curve, ExpectedValue, Experiment } from "./experiment.ts";
import { runExperiment } from "./run-experiment.ts";

/** Its one value is the seed, times a parameter. */
function seeds(expected?: ExpectedValue): Experiment {
  return {
    name: "seeds",
    proves: "That seeds can be counted.",
    source: "ours",
    parameters: { stepCount: 1 },
    runsCount: 4,
    run: ({ parameters, seed }) => ({
      values: { "seed (steps)": seed * (parameters["stepCount"] ?? 0) },
      curves: [],
    }),
    ...(expected === undefined ? {} : { expected: { "seed (steps)": expected } }),
  };
}

const verdict = (expected: ExpectedValue, parameters = {}): unknown => {
  const report = runExperiment(seeds(expected), { parameters });
  return [report.values[0]?.judgement?.verdict, report.passed];
};

describe("an experiment", () => {
  it("tells means and how sure they are", () => {
    const [value] = runExperiment(seeds()).values;
    expect(value).toMatchObject({ mean: 2.5, min: 1, max: 4, judgement: undefined });
    expect(value?.deviation).toBeCloseTo(1.291, 3);
    // Student's t at 3 degrees of freedom, times the standard error.
    expect(value?.confidence).toBeCloseTo((3.182 * 1.291) / 2, 3);
  });

  it("begins where it is told to, and one run has no spread", () => {
    const [value] = runExperiment(seeds(), { firstSeed: 7, runsCount: 1 }).values;
    expect(value).toMatchObject({ mean: 7, deviation: 0, confidence: 0, min: 7, max: 7 });
  });

  it.each([
    [{ value: 2.4, tolerance: 0.11 }, "held", "2.4 ± 0.11"],
    [{ value: 2.4, tolerance: 0.09 }, "missed", "2.4 ± 0.09"],
    [{ value: 2, toleranceRatio: 0.25 }, "held", "2 ± 25 %"],
    [{ value: 2, toleranceRatio: 0.24 }, "missed", "2 ± 24 %"],
    [{ value: 3, bound: "atMost", of: "mean" }, "held", "at most 3"],
    [{ value: 3, bound: "atMost", of: "eachRun" }, "missed", "at most 3 in each run"],
    [{ value: 1, bound: "atLeast", of: "eachRun" }, "held", "at least 1 in each run"],
    [{ value: 2.6, bound: "atLeast", of: "mean" }, "missed", "at least 2.6"],
    [{ value: 9, deviation: "they count otherwise" }, "told", "9"],
  ] as const)("compares with %j", (expected, held, wanted) => {
    const report = runExperiment(seeds({ ...expected, source: "here" }));
    expect(report.values[0]?.judgement).toMatchObject({ verdict: held, wanted, source: "here" });
    expect(report.passed).toBe(held !== "missed");
  });

  it("lets the mean of fewer runs be as much farther off as chance makes it", () => {
    const expected = { value: 2, tolerance: 0.5, source: "here" };
    const judged = (runsCount: number, firstSeed: number) =>
      runExperiment(seeds(expected), { runsCount, firstSeed }).values[0]?.judgement;
    // Four runs are its own: of one the tolerance is twice as wide.
    expect(judged(1, 3)).toMatchObject({ verdict: "held", wanted: "2 ± 1 (0.5 in 4 runs)" });
    expect(judged(1, 4)).toMatchObject({ verdict: "missed" });
    expect(judged(4, 1)).toMatchObject({ verdict: "held", wanted: "2 ± 0.5" });
    expect(judged(16, 1)).toMatchObject({ verdict: "missed", wanted: "2 ± 0.5" });
    const ratio = { value: 2, toleranceRatio: 0.25, source: "here" };
    const share = runExperiment(seeds(ratio), { runsCount: 2 }).values[0]?.judgement;
    expect(share?.wanted).toBe("2 ± 35.36 % (25 % in 4 runs)");
  });

  it("names the seed that broke a bound", () => {
    const limit = { value: 7, bound: "atMost", of: "eachRun", source: "here" } as const;
    const report = runExperiment(seeds(limit), { firstSeed: 6 });
    expect(report.values[0]?.judgement?.seed).toBe(8);
  });

  it("does not take a value that is no number for a good one", () => {
    const broken = { ...seeds({ value: 1, tolerance: 1e9, source: "here" }) };
    const run = (): ReturnType<Experiment["run"]> => ({
      values: { "seed (steps)": Number.NaN },
      curves: [],
    });
    expect(runExperiment({ ...broken, run }).passed).toBe(false);
  });

  it("holds nothing at other parameters, unless it says what follows there", () => {
    const expected = { value: 0, tolerance: 0, source: "here" };
    expect(verdict(expected)).toEqual(["missed", false]);
    expect(verdict(expected, { stepCount: 2 })).toEqual([undefined, true]);
    const follows: Experiment = {
      ...seeds(),
      expectedAt: ({ stepCount = 0 }) => ({
        "seed (steps)": { value: 2.5 * stepCount, tolerance: 0, source: "the mean of 1 to 4" },
      }),
    };
    const report = runExperiment(follows, { parameters: { stepCount: 2 } });
    expect(report.values[0]?.judgement?.verdict).toBe("held");
  });

  it("holds nothing where a law has no answer, as for one node", () => {
    const follows: Experiment = {
      ...seeds(),
      expectedAt: ({ stepCount = 0 }) => ({
        "seed (steps)": { value: 1 / (stepCount - 2), toleranceRatio: 1, source: "a law" },
      }),
    };
    const report = runExperiment(follows, { parameters: { stepCount: 2 } });
    expect([report.passed, report.values[0]?.judgement]).toEqual([true, undefined]);
  });

  it("refuses parameters that it has not, or that make no sense", () => {
    const set = (parameters: Record<string, number>): void => {
      runExperiment(seeds(), { parameters });
    };
    expect(() => set({ stepsCount: 1 })).toThrow("Did you mean stepCount?");
    expect(() => set({ stepCount: -1 })).toThrow("whole number");
    expect(() => runExperiment(seeds(), { runsCount: 0 })).toThrow("CONFIG_OPTION");
  });

  it("is wrong itself when its runs name their values differently", () => {
    const run = ({ seed }: { seed: number }): ReturnType<Experiment["run"]> => ({
      values: { [`value ${seed}`]: 1 },
      curves: [],
    });
    expect(() => runExperiment({ ...seeds(), run })).toThrow("not every run has value 1");
    const expected = { other: { value: 1, tolerance: 1, source: "here" } };
    expect(() => runExperiment({ ...seeds(), expected })).toThrow("other is expected");
  });
});

describe("its curves", () => {
  function mean(elsewhere: "last" | "zero" | undefined): readonly (readonly [number, number])[] {
    const curve = (points: Curve["points"]): Curve => ({
      chart: "spread",
      name: "infected",
      xLabel: "round",
      yLabel: "nodes",
      points,
      ...(elsewhere === undefined ? {} : { elsewhere }),
    });
    const points: Curve["points"][] = [
      [
        [0, 1],
        [1, 4],
      ],
      [
        [0, 1],
        [1, 2],
        [2, 4],
      ],
    ];
    const run = ({ seed }: { seed: number }): ReturnType<Experiment["run"]> => ({
      values: {},
      curves: [curve(points[seed - 1] ?? [])],
    });
    const report = runExperiment({ ...seeds(), run, runsCount: 2 });
    expect(report.curves).toHaveLength(1);
    return report.curves[0]?.points ?? [];
  }

  it.each([
    ["last", 4],
    ["zero", 2],
    [undefined, 4],
  ] as const)("are means, and a shorter run counts for: %s", (elsewhere, third) => {
    expect(mean(elsewhere)).toEqual([
      [0, 1],
      [1, 3],
      [2, third],
    ]);
  });
});
