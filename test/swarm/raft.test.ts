import { expect, test } from "vitest";
import { runRaftSeeds } from "./raft-seeds.ts";

/*
 * A slice for every `npm test`; test/papers runs a thousand, and `npm run swarm -- raft` goes on
 * from there.
 */
test.each([1, 51])("Raft groups keep what they promise, 50 seeds from %i", (seed) => {
  const told: string[] = [];
  const failed = runRaftSeeds({ seed, count: 50, write: (line) => told.push(line) });
  expect(failed, told.join("\n")).toEqual([]);
  expect(told[0]).toBe("50 of 50 seeds, 0 failed");
});

test("and with every message as bytes, 20 seeds", () => {
  const told: string[] = [];
  const write = (line: string) => told.push(line);
  const failed = runRaftSeeds({ seed: 5_001, count: 20, write, wire: "bytes" });
  expect(failed, told.join("\n")).toEqual([]);
  expect(told[0]).toBe("20 of 20 seeds, 0 failed");
});
