/**
 * What is beyond the papers: averages that stay right where a third of all messages is lost, inputs
 * change and nodes crash. The same experiment as `hearsay sim aggregate-loss`.
 */
import { describe } from "vitest";
import { aggregateLoss } from "../../src/sim/experiments/aggregate-loss.ts";
import { holds } from "./experiments.ts";

describe("averages under loss and churn", () => {
  holds(aggregateLoss, { runsCount: 3 });
  holds(aggregateLoss, { runsCount: 1, parameters: { nodesCount: 10_000, phasesCount: 1 } });
});
