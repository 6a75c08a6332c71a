/** Sessions of versions that go from node to node, across partitions and lives. */
import { expect, it } from "vitest";
import type { HearsayNode } from "../../src/index.ts";
import { createTestCluster } from "../../src/testing/index.ts";
import { contextOf, placesCount, valuesOf } from "./versions-rig.ts";

const open = (node: HearsayNode) => node.versions<number>("n");

it("a session reads nothing older than it has read: it waits, asks, or is told", async () => {
  await using cluster = await createTestCluster({ nodes: 3, seed: 11, setup: open });
  const stores = cluster.names.map((name) => cluster.app(name));
  const [one, two, three] = stores;
  if (one === undefined || two === undefined || three === undefined) throw new Error("no stores");
  const client = one.session();
  await cluster.run(client.put("k", 1));
  // The next node has not heard of the write yet: the call waits until it has.
  const hopped = two.session({ token: client.token() });
  const at = cluster.nowMs;
  expect(valuesOf(await cluster.run(hopped.get("k")))).toEqual([1]);
  expect(cluster.nowMs - at).toBeLessThan(500);
  await cluster.until(() => three.size === 1);
  cluster.partition(["n3"]);
  await cluster.run(hopped.put("k", 2));
  const far = three.session({ token: hopped.token() });
  const since = cluster.nowMs;
  const behind = await cluster.run(far.get("k"));
  expect(behind).toMatchObject({ status: "behind", missing: [{ from: "n2", count: 1 }] });
  expect(behind).toMatchObject({ hint: expect.stringContaining("1 of n2; try again") });
  expect(cluster.nowMs - since).toBeCloseTo(1_500);
  expect((await cluster.run(far.get("k", { waitMs: 0, pullMs: 0 }))).status).toBe("behind");
  // Somebody without a past is served what there is.
  expect(valuesOf(await cluster.run(three.session().get("k")))).toEqual([1]);
  const lax = three.session({ token: hopped.token(), guarantees: [] });
  expect(valuesOf(await cluster.run(lax.get("k")))).toEqual([1]);
  const waiting = far.get("k", { waitMs: 60_000 });
  await cluster.runForMs(1_000);
  cluster.heal();
  expect(valuesOf(await cluster.run(waiting))).toEqual([2]);
});

it("a node that is behind asks a replica that is known to have what is missing", async () => {
  // Rounds of its own come too late to help.
  const antiEntropy = { roundIntervalMs: 600_000 };
  const options = { antiEntropy };
  await using cluster = await createTestCluster({ nodes: 5, seed: 12, options, setup: open });
  const [one, other] = [cluster.app("n1"), cluster.app("n5")];
  await cluster.runForMs(1_000);
  for (const node of cluster.nodes)
    node
      .versions("n")
      .caughtUp()
      .catch(() => {});
  cluster.partition(["n5"]);
  const client = one.session();
  await cluster.run(client.put("k", 1));
  await cluster.runForMs(2_000);
  cluster.heal();
  const hopped = other.session({ token: client.token() });
  expect(valuesOf(await cluster.run(hopped.get("k", { waitMs: 100, pullMs: 5_000 })))).toEqual([1]);
  expect(placesCount(cluster.node("n5"), "n")).toBeGreaterThan(0);
});

it("a write that died with its node is told of as lost, and can be forgotten", async () => {
  await using cluster = await createTestCluster({ nodes: 3, seed: 13, setup: open });
  const [one, two] = [cluster.app("n1"), cluster.app("n2")];
  await cluster.run(two.session().put("k", 1));
  await cluster.until(() => one.size === 1);
  cluster.partition(["n1"]);
  const client = one.session();
  await cluster.run(client.get("k"));
  await cluster.run(client.put("k", 2));
  cluster.crash("n1", "machine");
  await cluster.runForMs(60_000);
  cluster.heal();
  await cluster.restart("n1", { disk: "lost" });
  const hopped = two.session({ token: client.token() });
  await cluster.until(
    () => cluster.node("n2").replicas.list("versions/n")[0]?.places[0]?.alive === true,
  );
  await cluster.runForMs(20_000);
  const behind = await cluster.run(hopped.get("k"));
  expect(behind).toMatchObject({
    hint: expect.stringMatching(/n1#\d+ will not come back.*forget/),
  });
  hopped.forget("k");
  expect(valuesOf(await cluster.run(hopped.get("k")))).toEqual([1]);
});

it("a session goes on after a restart with the disk, and so does its context", async () => {
  await using cluster = await createTestCluster({ nodes: 2, seed: 14, setup: open });
  const client = cluster.app("n1").session();
  await cluster.run(client.put("k", 1));
  const context = contextOf(await cluster.run(client.get("k")));
  const token = client.token();
  cluster.crash("n1");
  cluster.crash("n2");
  await cluster.restart("n1");
  const again = cluster.app("n1").session({ token });
  expect(valuesOf(await cluster.run(again.get("k")))).toEqual([1]);
  const written = await cluster.run(cluster.app("n1").session().put("k", 2, context));
  expect(written).toMatchObject({ status: "ok", durable: true });
  // What came after it is stale.
  const late = await cluster.run(cluster.app("n1").session().put("k", 3, context));
  expect(late).toMatchObject({ status: "stale", values: [2] });
  await cluster.restart("n2");
  await cluster.until(() => cluster.app("n2").size === 1);
});
