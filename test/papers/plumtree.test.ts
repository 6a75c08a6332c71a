/**
 * Leitão, Pereira, Rodrigues, "Epidemic Broadcast Trees" (SRDS 2007; spec papers section 6): Table
 * 1 at its own size, as `hearsay sim plumtree-table-1` prints it, and how soon trees settle.
 */
import { describe, expect, it } from "vitest";
import { plumtreeChurn } from "../../src/sim/experiments/overlay/plumtree-churn.ts";
import { plumtreeTable1 } from "../../src/sim/experiments/overlay/plumtree-table-1.ts";
import { runExperiment } from "../../src/sim/experiments/run-experiment.ts";

describe("Plumtree under churn", () => {
  // As `hearsay sim plumtree-churn` runs it, for fewer cycles.
  it("reaches every living node while 50 of 10,000 die in each cycle", () => {
    const parameters = { ...plumtreeChurn.parameters, cyclesCount: 10, warmUpCount: 5 };
    const { values } = runExperiment(plumtreeChurn, { parameters });
    const means = new Map(values.map(({ mean, name }) => [name, mean]));
    expect(means.get("least reached (%)")).toBe(100);
    expect(means.get("payloads beyond one each, mean")).toBeLessThan(0.1);
  });
});

describe("Plumtree's Table 1", () => {
  it("is what 10,000 nodes receive: one payload each, and names on all other links", () => {
    const report = runExperiment(plumtreeTable1);
    const missed = report.values.filter(({ judgement }) => judgement?.verdict === "missed");
    expect(missed).toEqual([]);
    const held = report.values.filter(({ judgement }) => judgement?.verdict === "held");
    expect(held.length).toBeGreaterThanOrEqual(20);
    for (const { name, points } of report.curves) {
      const redundancy = points.map(([, y]) => y);
      if (name === "eager") {
        for (const one of redundancy) expect(one).toBeCloseTo(3, 2);
        continue;
      }
      // The first flood is as redundant as flooding; the tree stands after four broadcasts.
      expect(redundancy[0]).toBeCloseTo(name.endsWith("tolerant") ? 1 : 3, 0);
      if (!name.endsWith("tolerant")) expect(redundancy.slice(4)).toEqual([0, 0, 0, 0]);
    }
    const hops = new Map(report.values.map(({ mean, name }) => [name, mean]));
    expect(hops.get("last hop, one sender")).toBeLessThanOrEqual(10);
    expect(hops.get("last hop, many senders, a tree for each")).toBeLessThanOrEqual(10);
    expect(hops.get("last hop, many senders")).toBeLessThanOrEqual(20);
  });
});
