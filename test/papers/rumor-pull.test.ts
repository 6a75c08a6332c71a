/**
 * Demers 1987, Table 3: rumors that are pulled; and what follows from when interest is lost, from
 * the way they travel and from announcing them. [spec papers sections 1 and 2]
 */
import { describe } from "vitest";
import { rumorFrugal } from "../../src/sim/experiments/rumor/rumor-frugal.ts";
import { rumorLaws } from "../../src/sim/experiments/rumor/rumor-laws.ts";
import { rumorRounds } from "../../src/sim/experiments/rumor/rumor-rounds.ts";
import { demersTable3 } from "../../src/sim/experiments/rumor/rumor-tables.ts";
import { holds } from "./experiments.ts";

describe("rumors that are pulled", () => {
  holds(demersTable3);
});

describe("the laws of rumors", () => {
  holds(rumorLaws);
  holds(rumorFrugal);
});

describe("rounds until everybody knows", () => {
  holds(rumorRounds, { parameters: { nodesCount: 100 } });
  holds(rumorRounds);
  holds(rumorRounds, { parameters: { nodesCount: 10_000 }, runsCount: 30 });
});
