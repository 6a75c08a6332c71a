import { describe, expect, it } from "vitest";
import { runExperiment } from "../run-experiment.ts";
import { broadcastLatency, broadcastThroughput } from "./broadcast-challenge.ts";

/** As many seeds as CI has time for; `hearsay sim` runs twenty. */
const RUNS = 2;

describe.each([broadcastLatency, broadcastThroughput])("$name", (experiment) => {
  it("keeps its limits, and loses nothing to partitions", () => {
    const { curves, values } = runExperiment(experiment, { runsCount: RUNS });
    const missed = values.filter(({ judgement }) => judgement?.verdict === "missed");
    expect(missed).toEqual([]);
    expect(curves[0]?.points.at(-1)?.[1]).toBe(1);
  }, 60_000);

  it("is the same for the same seed, and other for another", () => {
    const parameters = { durationMs: 1_000, partitionsCount: 1, partitionMs: 1_000, healMs: 1_000 };
    const run = (firstSeed: number): unknown =>
      runExperiment(experiment, { firstSeed, runsCount: 1, parameters }).values;
    expect(run(5)).toEqual(run(5));
    expect(run(6)).not.toEqual(run(5));
  });
});
