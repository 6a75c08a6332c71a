import { expect, test } from "vitest";
import { runLockSeeds } from "./lock-seeds.ts";

/** A slice of what `npm run swarm -- locks` runs. */
const COUNT = 30;

test(`${COUNT} seeds of locks under faults`, { timeout: 120_000 }, () => {
  const lines: string[] = [];
  const failed = runLockSeeds({ seed: 1_000, count: COUNT, write: (line) => lines.push(line) });
  expect(failed, lines.join("\n")).toEqual([]);
});
