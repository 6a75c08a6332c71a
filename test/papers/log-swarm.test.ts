import { expect, test } from "vitest";
import { runLogSeeds } from "../swarm/log-seeds.ts";

/** What an ordered log promises (spec raft §10, O1 to O6), at every step of faulty runs. */
test.each([101, 151])("an ordered log's promises hold, 50 seeds from %i", (seed) => {
  const told: string[] = [];
  const failed = runLogSeeds({ seed, count: 50, write: (line) => told.push(line) });
  expect(failed, told.join("\n")).toEqual([]);
  expect(told[0]).toBe("50 of 50 seeds, 0 failed");
});
