/**
 * A slice of the swarm of data: every data model on every exchange. CI goes on with 200 seeds, and
 * whoever has the time by `npm run swarm -- data --count N --seed S`.
 */
import { describe, expect, test } from "vitest";
import { cellSeedsCount, drawCase, pairs, runCase } from "./data-case.ts";
import { faultNames } from "./data-faults.ts";

const seeds = Array.from({ length: pairs.length }, (_, at) => at + 1);

describe("no promise is broken, whatever goes wrong", { timeout: 60_000 }, () => {
  test.each(seeds.map((seed) => [seed, drawCase(seed).name]))("seed %i: %s", async (seed) => {
    const again = `npm run swarm -- data --seed ${seed} --count 1`;
    expect(await runCase(drawCase(seed)), again).toEqual([]);
  });
});

test("the first seeds visit every data model on every exchange under every fault", () => {
  const visited = new Set<string>();
  for (let seed = 1; seed <= cellSeedsCount; seed += 1) {
    const { faults, pair } = drawCase(seed);
    for (const fault of faults) visited.add(`${pairs.indexOf(pair)} ${fault}`);
  }
  expect(visited.size).toBe(pairs.length * faultNames.length);
  expect(cellSeedsCount).toBeLessThanOrEqual(200);
});
