import { describe } from "vitest";
import { hyparviewHealing } from "../../src/sim/experiments/overlay/hyparview-healing.ts";
import { hyparviewTable1 } from "../../src/sim/experiments/overlay/hyparview-table-1.ts";
import { holds } from "./experiments.ts";

describe("Leitão DSN 2007: HyParView at 10,000 nodes", () => {
  holds(hyparviewTable1);
  holds(hyparviewHealing, { parameters: { killedRatio: 0.5 } });
  holds(hyparviewHealing, { parameters: { killedRatio: 0.8 } });
});
