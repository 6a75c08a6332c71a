import { expect, it } from "vitest";
import type { RingChange } from "../../src/node/api.ts";
import { createTestCluster } from "../../src/testing/index.ts";

const KEYS = Array.from({ length: 300 }, (_, index) => `order-${index}`);

it("all nodes agree who minds which key, and only what must move moves", async () => {
  await using cluster = await createTestCluster({
    nodes: 5,
    setup: (node) => {
      const changes: RingChange[] = [];
      node.ring().on((change) => void changes.push(change));
      return changes;
    },
  });
  const ownersAt = (name: string) => KEYS.map((key) => cluster.node(name).ring().owner(key));
  const before = ownersAt("n1");
  for (const name of cluster.names) expect(ownersAt(name)).toEqual(before);
  expect(new Set(before)).toEqual(new Set(cluster.names));
  expect(cluster.node("n1").ring().members).toEqual(cluster.names);
  for (const name of cluster.names) cluster.app(name).length = 0;
  cluster.crash("n3");
  await cluster.runForMs(60_000);
  const living = ["n1", "n2", "n4", "n5"];
  const after = ownersAt("n1");
  for (const name of living) expect(ownersAt(name)).toEqual(after);
  for (const [index, owner] of before.entries()) {
    if (owner !== "n3") expect(after[index]).toBe(owner);
    else
      expect(after[index]).toBe(
        cluster
          .node("n1")
          .ring()
          .owners(KEYS[index] ?? "", 1)[0],
      );
  }
  expect(cluster.app("n1")).toEqual([expect.objectContaining({ joined: [], left: ["n3"] })]);
  await cluster.restart("n3");
  await cluster.runForMs(60_000);
  for (const name of cluster.names) expect(ownersAt(name)).toEqual(before);
  expect(KEYS.filter((key) => cluster.node("n1").ring().isOwn(key))).toEqual(
    KEYS.filter((_, index) => before[index] === "n1"),
  );
});

it("tells who is near, by network coordinates", async () => {
  await using cluster = await createTestCluster({
    nodes: 5,
    network: { latency: { kind: "constant", ms: 20 } },
  });
  await cluster.runForMs(120_000);
  const near = cluster.node("n1").members.near();
  expect(near.map(({ name }) => name).sort()).toEqual(["n2", "n3", "n4", "n5"]);
  for (const { errorRatio, measuredMs, rttMs } of near) {
    expect(measuredMs).toBeCloseTo(40, 0);
    expect(Math.abs((rttMs ?? 0) - 40)).toBeLessThan(12);
    expect(errorRatio).toBeLessThan(1.5);
  }
  const elsewhere = cluster.node("n1").members.near("n2");
  expect(elsewhere.map(({ name }) => name)).toContain("n1");
  expect(elsewhere[0]?.measuredMs).toBeUndefined();
  expect(elsewhere[0]?.rttMs).toBeGreaterThan(20);
  expect(cluster.node("n1").members.near("nobody")[0]?.rttMs).toBeUndefined();
});
