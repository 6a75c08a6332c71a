/**
 * Averages by gossip converge as the papers say: Jelasity 2005 and Kempe 2003, and extrema
 * propagation counts as Baquero 2009 says. The same experiments as `hearsay sim aggregate-factors`,
 * `aggregate-mass` and `aggregate-count`.
 */
import { describe } from "vitest";
import { aggregateCount } from "../../src/sim/experiments/aggregate/aggregate-count.ts";
import { aggregateFactors } from "../../src/sim/experiments/aggregate/aggregate-factors.ts";
import { aggregateMass } from "../../src/sim/experiments/aggregate/aggregate-mass.ts";
import { holds } from "./experiments.ts";

describe("averages by gossip", () => {
  holds(aggregateFactors);
  holds(aggregateMass);
  holds(aggregateCount);
});
