import { describe } from "vitest";
import { pathMatrix } from "../../src/sim/experiments/detectors/path-matrix.ts";
import { holds } from "./experiments.ts";

describe("paths that are cut", () => {
  holds(pathMatrix, { runsCount: 2 });
});
