import { describe } from "vitest";
import { busyMembers } from "../../src/sim/experiments/detectors/busy-members.ts";
import { holds } from "./experiments.ts";

describe("members that are busy", () => {
  holds(busyMembers, { runsCount: 2 });
});
