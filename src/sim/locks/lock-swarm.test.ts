import { expect, test } from "vitest";
import { runLockSwarm } from "./lock-swarm.ts";

test("no lock has two holders at one moment, and tokens grow, whatever happens", () => {
  let [heldCount, lostCount, expiredCount] = [0, 0, 0];
  for (let seed = 6; seed <= 10; seed += 1) {
    const report = runLockSwarm({ seed });
    expect(report.problem).toBeUndefined();
    heldCount += report.heldCount;
    lostCount += report.lostCount;
    expiredCount += report.expiredCount;
  }
  // Otherwise nothing was proven.
  expect(heldCount).toBeGreaterThan(100);
  expect(lostCount).toBeGreaterThan(2);
  expect(expiredCount).toBeGreaterThan(20);
});

test("holders that leave no margin for clocks that drift are found out", () => {
  const plant = { clockDriftRatio: -0.1 };
  const found = [1, 2, 3, 4, 5, 6].map((seed) => runLockSwarm({ seed, plant }).problem ?? "");
  expect(found.filter((problem) => / is held by \d and by \d/.test(problem))).not.toEqual([]);
});
