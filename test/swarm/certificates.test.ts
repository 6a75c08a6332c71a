import { expect, it } from "vitest";
import { runCertificateSeeds } from "./certificate-seeds.ts";

/** A slice of what `npm run swarm -- certificates` runs. */
const SEEDS_COUNT = 12;

it("no certificate is false, whatever happens to the network and the members", async () => {
  const reports = await runCertificateSeeds({ seed: 1, count: SEEDS_COUNT, write: () => {} });
  expect(reports.flatMap(({ failures, seed }) => failures.map((one) => `${seed}: ${one}`))).toEqual(
    [],
  );
  // Whatever never happens is never tried.
  const counts = ["certificates", "shortfalls", "gone", "checkedLives"] as const;
  for (const what of counts) {
    const sum = reports.reduce((before, report) => before + report[`${what}Count`], 0);
    expect(sum, what).toBeGreaterThan(SEEDS_COUNT / 2);
  }
});
