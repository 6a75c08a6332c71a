import { describe, expect, it } from "vitest";
import { type WatchNumbers, watchDefaults } from "./watch.options.ts";
import type { WatchDetectorName } from "./watch-detectors.ts";
import { THEORY_STEP_MS, watchTheory } from "./watch-theory.ts";
import { WARM_UP_MS, WatchTown } from "./watch-town.ts";

const SEEDS = 5;
/** In each town, one after another, when most that one made others do is over. */
const DEATHS = 4;
const BETWEEN_MS = 5_300;
const NODES = 24;

/** Means of all deaths. */
function measured(protocol: WatchDetectorName, given: Partial<WatchNumbers>, seconds: number) {
  const numbers = { ...watchDefaults, nodesCount: NODES, ...given };
  const sums = { firstSuspectedMs: 0, firstKnewMs: 0, halfKnewMs: 0, allKnewMs: 0 };
  const knewBySecond = new Array<number>(seconds + 1).fill(0);
  const weight = 1 / (SEEDS * DEATHS);
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const town = new WatchTown({ seed, protocol, numbers });
    for (let death = 0; death < DEATHS; death += 1) {
      town.advanceTo(death * BETWEEN_MS + (seed * 1_000) / SEEDS);
      town.act({ do: "kill", node: seed + 4 * death });
    }
    town.advanceTo(town.nowMs + seconds * 1_000);
    for (const death of town.course.deathsAt(town.nowMs)) {
      for (const name of Object.keys(sums) as (keyof typeof sums)[]) {
        expect(death[name], `${name} of seed ${seed}`).toBeGreaterThanOrEqual(0);
        sums[name] += death[name] * weight;
      }
      const living = death.knewMs.filter((_, node) => town.course.isAlive(node));
      for (const [second, sum] of knewBySecond.entries()) {
        const knew = living.filter((ms) => ms >= 0 && ms <= second * 1_000).length;
        knewBySecond[second] = sum + (knew / living.length) * weight;
      }
    }
  }
  return { means: sums, knewBySecond, theory: watchTheory(protocol, numbers, WARM_UP_MS) };
}

describe("theory of detection", () => {
  it.each([
    // Of a mean of 20 exponential waits of a second the deviation is 0.2 s.
    ["swim", {}, 16, 0.6],
    ["swimPlain", { lossRatio: 0.1, suspicionMultiplier: 2 }, 12, 0.6],
    ["swimSwift", {}, 10, 0.6],
    ["heartbeat", {}, 45, 1.5],
    ["heartbeat", { failAfterMs: 14_000, lossRatio: 0.1 }, 30, 1.5],
    ["phiDirect", {}, 10, 0.25],
  ] as const)("is what towns do, by %s with %o", (protocol, given, untilSeconds, seconds) => {
    const { knewBySecond, means, theory } = measured(protocol, given, untilSeconds);
    for (const name of ["firstSuspectedMs", "firstKnewMs", "halfKnewMs", "allKnewMs"] as const) {
      expect(Math.abs(means[name] - theory[name]), name).toBeLessThan(seconds * 1_000);
    }
    for (const [second, share] of knewBySecond.entries()) {
      const expected = theory.knewByStep[(second * 1_000) / THEORY_STEP_MS] ?? 1;
      expect(Math.abs(share - expected), `second ${second}`).toBeLessThan(0.25);
    }
  });

  it("is near for phi on gossiped heartbeats, whose means are of few times", () => {
    const { means, theory } = measured("phi", {}, 75);
    for (const name of ["firstSuspectedMs", "firstKnewMs", "halfKnewMs", "allKnewMs"] as const) {
      expect(Math.abs(means[name] / theory[name] - 1), name).toBeLessThan(0.2);
    }
  });

  it("grows as SWIM's suspicions do, with the logarithm of the town, and knows its limits", () => {
    const of = (nodesCount: number) => watchTheory("swim", { ...watchDefaults, nodesCount }, 0);
    expect(of(100).firstKnewMs - of(100).firstSuspectedMs).toBeCloseTo(8_000, 6);
    expect(of(10).firstKnewMs - of(10).firstSuspectedMs).toBeCloseTo(4_000, 6);
    // The last wait of a shuffled list: two nodes probe each other once a period.
    expect(of(2).firstSuspectedMs).toBeCloseTo(1_500, 6);
    const curve = of(64).knewByStep;
    expect(curve[0]).toBe(0);
    expect(curve.at(-1)).toBeCloseTo(1, 6);
    expect(curve).toEqual([...curve].sort((one, other) => one - other));
  });
});
