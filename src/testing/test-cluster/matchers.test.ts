import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hearsayMatchers } from "../vitest.ts";
import type { TestCluster } from "./cluster-api.ts";
import { createTestCluster } from "./create-test-cluster.ts";

expect.extend(hearsayMatchers);

describe("matchers", () => {
  let cluster: TestCluster;

  beforeEach(async () => {
    cluster = await createTestCluster({ nodes: 5, seed: 5 });
  });

  afterEach(() => cluster.stop());

  test("a crash is detected, and the rest converges without it", async () => {
    cluster.crash("n3");
    await expect(cluster).not.toDetectWithin("n3", 500);
    await expect(cluster).toDetectWithin("n3", 20_000);
    await expect(cluster).toConvergeWithin(0);
  });

  test("a pause shorter than a suspicion is no failure", async () => {
    cluster.pause("n2");
    await cluster.runForMs(1_000);
    cluster.resume("n2");
    await expect(cluster).not.toDetectWithin("n2", 20_000);
    await expect(cluster).toConvergeWithin(0);
  });

  test("the sides of a partition converge each by itself, and heal together", async () => {
    cluster.partition(["n1", "n2"], ["n3", "n4", "n5"]);
    await expect(cluster).toConvergeWithin(30_000, { among: ["n1", "n2"] });
    await expect(cluster).toConvergeWithin(30_000, { among: ["n3", "n4", "n5"] });
    await expect(cluster).toDetectWithin("n1", 0, { by: ["n3", "n4", "n5"] });
    await expect(expect(cluster).toHealWithin(1)).rejects.toThrow(/TEST_CLUSTER.*heal\(\)/);
    cluster.heal();
    await expect(cluster).toHealWithin(60_000);
    await expect(cluster).toConvergeWithin(0);
  });

  test("time that passes after heal counts, and an agreement that came late is late", async () => {
    cluster.partition(["n1"]);
    await expect(cluster).toDetectWithin("n1", 30_000);
    cluster.heal();
    const { tookMs } = await cluster.check({ kind: "heal", withinMs: 60_000 });
    await cluster.runForMs(1_000);
    await expect(cluster).toHealWithin(tookMs);
    await expect(expect(cluster).toHealWithin(tookMs / 2)).rejects.toThrow("but only since");
  });

  test("a failure says who disagrees about whom, the seed and what happened last", async () => {
    cluster.crash("n3", "machine");
    const failure = expect(cluster).toConvergeWithin(100);
    await expect(failure).rejects.toThrow(
      /n3 \(crashed at \d+ ms\) is alive to n1, n2, n4, n5\n.*seed 5.*\n.*last 12 of/,
    );
  });

  test("what is no cluster is told so", async () => {
    await expect(expect({}).toConvergeWithin(1)).rejects.toThrow("createTestCluster");
  });
});
