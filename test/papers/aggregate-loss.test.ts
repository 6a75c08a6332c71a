/**
 * What is beyond the papers: averages that stay right where a third of all messages is lost, inputs
 * change and nodes crash. The same experiment as `hearsay sim aggregate-loss`.
 */
import { describe, expect, it } from "vitest";
import { aggregateLoss } from "../../src/sim/experiments/aggregate/aggregate-loss.ts";
import { AggregateTown } from "../../src/sim/experiments/aggregate/aggregate-town.ts";
import { holds } from "./experiments.ts";

describe("averages under loss and churn", () => {
  holds(aggregateLoss, { runsCount: 3 });
  holds(aggregateLoss, { runsCount: 1, parameters: { nodesCount: 10_000, phasesCount: 1 } });

  it("is exact in the limit where 40 % of all messages are lost", () => {
    const town = new AggregateTown({ seed: 1, nodesCount: 500, lossRatio: 0.4 });
    town.runRounds(100);
    expect(town.error().largest).toBeLessThan(1e-6);
    expect(town.error().bias).toBeLessThan(1e-7);
  });
});
