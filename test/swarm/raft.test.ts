import { expect, test } from "vitest";
import { runRaftSeeds } from "./raft-seeds.ts";

/*
 * A slice for every `npm test`; test/papers runs a thousand, and `npm run swarm -- raft` goes on
 * from there.
 */
test.each([1, 51])("Raft groups keep what they promise, 50 seeds from %i", (first) => {
  const told: string[] = [];
  const failed = runRaftSeeds({ first, count: 50, write: (line) => told.push(line) });
  expect(failed, told.join("\n")).toEqual([]);
});

test("and with every message as bytes, 20 seeds", () => {
  const told: string[] = [];
  const write = (line: string) => told.push(line);
  const failed = runRaftSeeds({ first: 5_001, count: 20, write, wire: "bytes" });
  expect(failed, told.join("\n")).toEqual([]);
});
