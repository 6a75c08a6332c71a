import { expect, test } from "vitest";
import { runRaftSeeds } from "../swarm/raft-seeds.ts";

/** What Ongaro's dissertation proves (Figure 3.2), at every step of a thousand faulty runs. */
test.each([101, 351, 601, 851])("Raft's properties hold, 250 seeds from %i", (seed) => {
  const told: string[] = [];
  const failed = runRaftSeeds({ seed, count: 250, write: (line) => told.push(line) });
  expect(failed, told.join("\n")).toEqual([]);
  expect(told[0]).toBe("250 of 250 seeds, 0 failed");
});
