import { expect, it } from "vitest";
import { failedOf, runEtcdSeeds } from "./etcd-seeds.ts";

const SEEDS_COUNT = 30;

it("keeps one order and one leader, whatever happens to members, watches and leases", () => {
  const reports = runEtcdSeeds({ seed: 1, count: SEEDS_COUNT, write: () => {} });
  expect(failedOf(reports)).toEqual([]);
  // Whatever never happens is never tried.
  const counts = ["ordered", "uncertain", "refused", "terms", "states"] as const;
  for (const what of counts) {
    const sum = reports.reduce((before, report) => before + report[`${what}Count`], 0);
    expect(sum, what).toBeGreaterThan(SEEDS_COUNT);
  }
});
