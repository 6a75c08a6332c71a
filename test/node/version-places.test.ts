/** Deleted keys of versions, and who still waits for them (DESIGN section 2; spec §5). */
import { describe, expect, it } from "vitest";
import type { HearsayNode } from "../../src/index.ts";
import { createTestCluster } from "../../src/testing/index.ts";
import { placesCount, valuesOf } from "./versions-rig.ts";

const MINUTE_MS = 60_000;
const options = { replicaSets: { upkeepIntervalMs: 1_000, evictAfterMs: 10 * MINUTE_MS } };
const open = (node: HearsayNode) => node.versions<number>("n");
const tombstones = (node: HearsayNode): number => node.metrics()["versions.tombstones"] ?? 0;

/** A cluster in which all hold `k`. */
async function holding(seed: number) {
  const cluster = await createTestCluster({ nodes: 3, seed, options, setup: open });
  await cluster.run(cluster.app("n1").session().put("k", 1));
  await cluster.until(() => cluster.names.every((name) => cluster.app(name).size === 1));
  // Who has not been heard to take part is waited for by nobody.
  await cluster.until(() => cluster.nodes.every((node) => placesCount(node, "n") === 3));
  return cluster;
}

type Holding = Awaited<ReturnType<typeof holding>>;

async function remove(cluster: Holding, name: string): Promise<void> {
  const session = cluster.app(name).session();
  await cluster.run(session.get("k"));
  expect((await cluster.run(session.delete("k"))).status).toBe("ok");
}

describe("a deleted key", () => {
  it("is forgotten once all have seen that it is deleted, and not before", async () => {
    await using cluster = await holding(21);
    await remove(cluster, "n2");
    await cluster.until(() => cluster.nodes.every((node) => tombstones(node) === 1));
    await cluster.until(() => cluster.nodes.every((node) => tombstones(node) === 0), {
      limitMs: 2 * MINUTE_MS,
    });
    expect(cluster.node("n1").metrics()["versions.keys"]).toBe(0);
    // And it can be written again.
    expect(await cluster.run(cluster.app("n3").session().put("k", 2))).toMatchObject({
      status: "ok",
    });
    await cluster.until(() => cluster.app("n1").size === 1);
  });

  it("is remembered while a replica is down, and stays deleted when that comes back", async () => {
    await using cluster = await holding(22);
    cluster.crash("n3");
    await remove(cluster, "n1");
    const rest = ["n1", "n2"].map((name) => cluster.node(name));
    await cluster.until(() => rest.every((node) => tombstones(node) === 1));
    await cluster.runForMs(8 * MINUTE_MS);
    expect(rest.map(tombstones)).toEqual([1, 1]);
    await cluster.restart("n3");
    await cluster.until(() => cluster.app("n3").size === 0);
    await cluster.until(() => cluster.nodes.every((node) => tombstones(node) === 0), {
      limitMs: 2 * MINUTE_MS,
    });
    expect(cluster.names.map((name) => cluster.app(name).size)).toEqual([0, 0, 0]);
  });

  it("is forgotten when who was down is evicted, and does not come back with it", async () => {
    await using cluster = await holding(23);
    cluster.crash("n3");
    await remove(cluster, "n1");
    const rest = ["n1", "n2"].map((name) => cluster.node(name));
    await cluster.until(() => rest.every((node) => tombstones(node) === 1));
    await cluster.until(() => rest.every((node) => tombstones(node) === 0), {
      limitMs: 15 * MINUTE_MS,
    });
    expect(cluster.nowMs).toBeGreaterThan(10 * MINUTE_MS);
    // Its disk still has the key; what is not known to be deleted any more must not tell.
    const back = await cluster.restart("n3");
    await cluster.run(cluster.app("n1").session().put("other", 1));
    await cluster.until(() => back.versions("n").keys().join() === "other", {
      limitMs: 2 * MINUTE_MS,
    });
    await cluster.runForMs(MINUTE_MS);
    expect(cluster.names.map((name) => cluster.app(name).keys())).toEqual([
      ["other"],
      ["other"],
      ["other"],
    ]);
    // The one that was evicted writes on under another life.
    await cluster.run(cluster.app("n3").session().put("third", 3));
    await cluster.until(() => cluster.app("n1").size === 2);
  });

  it.each([
    ["shorter", 2 * MINUTE_MS],
    ["longer", 25 * MINUTE_MS],
  ])("is not brought back by a partition %s than stability", async (_, partMs) => {
    await using cluster = await holding(24);
    cluster.partition(["n3"]);
    await remove(cluster, "n1");
    // The other side knows only the old value, and may write beside it.
    expect(valuesOf(await cluster.run(cluster.app("n3").session().get("k")))).toEqual([1]);
    await cluster.runForMs(partMs);
    cluster.heal();
    await cluster.until(() => cluster.names.every((name) => cluster.app(name).size === 0), {
      limitMs: 5 * MINUTE_MS,
    });
    await cluster.until(() => cluster.nodes.every((node) => tombstones(node) === 0), {
      limitMs: 5 * MINUTE_MS,
    });
    await cluster.runForMs(2 * MINUTE_MS);
    expect(cluster.names.map((name) => cluster.app(name).size)).toEqual([0, 0, 0]);
  });

  it("is not known any more to who has lost its disk, and is fetched as it is", async () => {
    await using cluster = await holding(25);
    await remove(cluster, "n1");
    cluster.crash("n2");
    await cluster.restart("n2", { disk: "lost" });
    await cluster.runForMs(MINUTE_MS);
    expect(cluster.names.map((name) => cluster.app(name).size)).toEqual([0, 0, 0]);
    await cluster.run(cluster.app("n2").session().put("k", 5));
    await cluster.until(() => cluster.app("n3").size === 1);
  });
});
