/** The share of the ten million that fits into every run of the tests; the rest is the swarm's. */
import { describe, expect, it } from "vitest";
import { growthBytes } from "./memory-curve.ts";
import { runHostile, SLOW_MS, targetNames } from "./run-hostile.ts";

const COUNT = 200_000;
const SEED = 20_260_728;
/** What a run may hold more at its end than in its middle: caches that fill slowly. */
const GROWTH_MAX_BYTES = 4 * 2 ** 20;

describe("mutated packets and stream prefixes", () => {
  it(`do no harm, ${COUNT} of them`, { timeout: 120_000 }, async () => {
    const result = await runHostile({ count: COUNT, seed: SEED });
    expect(result.found).toEqual([]);
    expect(result.count).toBe(COUNT);
    expect(result.slowestMs).toBeLessThan(SLOW_MS);
    expect(growthBytes(result.memory)).toBeLessThan(GROWTH_MAX_BYTES);
    // Each kind of target got its share.
    for (const name of targetNames) expect(result.counts[name]).toBeGreaterThan(COUNT / 40);
  });
});
