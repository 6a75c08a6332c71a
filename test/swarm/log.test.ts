import { expect, test } from "vitest";
import { runLogSeeds } from "./log-seeds.ts";

/*
 * A slice for every `npm test`; test/papers runs more, and `npm run swarm -- ordered` goes on from
 * there.
 */
test("ordered logs keep what they promise, 12 seeds", () => {
  const told: string[] = [];
  const failed = runLogSeeds({ seed: 2, count: 12, write: (line) => told.push(line) });
  expect(failed, told.join("\n")).toEqual([]);
  expect(told[0]).toBe("12 of 12 seeds, 0 failed");
});

test("and with every message as bytes, 6 seeds", () => {
  const told: string[] = [];
  const write = (line: string) => told.push(line);
  const failed = runLogSeeds({ seed: 5_001, count: 6, write, wire: "bytes" });
  expect(failed, told.join("\n")).toEqual([]);
  expect(told[0]).toBe("6 of 6 seeds, 0 failed");
});
