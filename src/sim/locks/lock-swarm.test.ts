import { expect, test } from "vitest";
import { runLockSwarm } from "./lock-swarm.ts";

test("no lock has two holders at one moment, and tokens grow, whatever happens", () => {
  let [heldCount, lostCount, expiredCount] = [0, 0, 0];
  for (let seed = 1; seed <= 15; seed += 1) {
    const report = runLockSwarm({ seed });
    expect(report.problem).toBeUndefined();
    heldCount += report.heldCount;
    lostCount += report.lostCount;
    expiredCount += report.expiredCount;
  }
  // Otherwise nothing was proven.
  expect(heldCount).toBeGreaterThan(300);
  expect(lostCount).toBeGreaterThan(5);
  expect(expiredCount).toBeGreaterThan(50);
});

test("holders that trust their renewals for too long are found out", () => {
  const found = [1, 3, 9].map((seed) => runLockSwarm({ seed, plant: { clockDriftRatio: -0.5 } }));
  expect(found.filter(({ problem }) => / is held by \d and by \d/.test(problem ?? ""))).not.toEqual(
    [],
  );
});
