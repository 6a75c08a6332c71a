/** Infos and replica sets (DESIGN section 2): what all others have forgotten stays forgotten. */
import { expect, it } from "vitest";
import type { HearsayNode } from "../../src/index.ts";
import { createTestCluster } from "../../src/testing/index.ts";

const options = {
  infos: { tombstoneMinMs: 5_000 },
  replicaSets: { upkeepIntervalMs: 1_000 },
};

const tombstones = (node: HearsayNode): number => node.metrics()["infos.tombstones"] ?? 0;

it("who left and comes back with its disk does not hold what was deleted meanwhile", async () => {
  await using cluster = await createTestCluster({ nodes: 3, seed: 6, options });
  await cluster.run(cluster.node("n1").infos.set("k", "old"));
  await cluster.until(() => cluster.nodes.every((node) => node.infos.get("k") === "old"));
  await cluster.run(cluster.node("n3").leave());
  await cluster.run(cluster.node("n1").infos.delete("k"));
  const rest = [cluster.node("n1"), cluster.node("n2")];
  await cluster.until(() => rest.every((node) => node.infos.size === 0));
  await cluster.until(() => rest.every((node) => tombstones(node) === 0), { limitMs: 600_000 });
  const back = await cluster.restart("n3");
  await cluster.run(cluster.node("n1").infos.set("other", 1));
  await cluster.until(() => back.infos.get("other") === 1);
  await cluster.runForMs(60_000);
  expect(back.infos.get("k")).toBeUndefined();
});
