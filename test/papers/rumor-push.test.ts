/**
 * Demers 1987, Tables 1 and 2: rumors that are pushed. The same experiments as
 * `hearsay sim demers-table-1` and `demers-table-2`; t_ave is told, not held (see there).
 */
import { describe } from "vitest";
import { demersTable1, demersTable2 } from "../../src/sim/experiments/rumor/rumor-tables.ts";
import { holds } from "./experiments.ts";

describe("rumors that are pushed", () => {
  holds(demersTable1);
  holds(demersTable2);
});
