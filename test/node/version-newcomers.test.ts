/** Who has just opened a store, and nobody knows yet that it has (DESIGN section 2; spec §5). */
import { expect, it } from "vitest";
import type { HearsayNode } from "../../src/index.ts";
import { createTestCluster } from "../../src/testing/index.ts";
import { placesCount, valuesOf } from "./versions-rig.ts";

const MINUTE_MS = 60_000;
const options = { replicaSets: { upkeepIntervalMs: 1_000, evictAfterMs: 10 * MINUTE_MS } };
const open = (node: HearsayNode) => node.versions<number>("n");

/** Two nodes hold `old`; the third has just opened the store. */
async function withNewcomer() {
  const cluster = await createTestCluster({ nodes: 3, seed: 21, options, setup: () => {} });
  const [one, two] = [open(cluster.node("n1")), open(cluster.node("n2"))];
  await cluster.until(() => placesCount(cluster.node("n1"), "n") === 2);
  await cluster.run(one.session().put("old", 1));
  await cluster.until(() => two.size === 1);
  await cluster.runForMs(10_000);
  return { cluster, one, newcomer: open(cluster.node("n3")) };
}

async function remove(
  { cluster, one }: Pick<Awaited<ReturnType<typeof withNewcomer>>, "cluster" | "one">,
  key: string,
): Promise<void> {
  const session = one.session();
  expect(valuesOf(await cluster.run(session.get(key)))).toHaveLength(1);
  expect((await cluster.run(session.delete(key))).status).toBe("ok");
}

it.each([0, 2, 5, 10, 20, 50, 400])(
  "what was deleted while it was down does not come back, if it died after %i ms",
  async (livedMs) => {
    const given = await withNewcomer();
    await using cluster = given.cluster;
    await cluster.run(given.one.session().put("new", 2));
    await cluster.runForMs(livedMs);
    cluster.crash("n3");
    await remove(given, "new");
    await remove(given, "old");
    await cluster.runForMs(2 * MINUTE_MS);
    const back = open(await cluster.restart("n3"));
    await cluster.runForMs(2 * MINUTE_MS);
    expect(back.keys()).toEqual([]);
    expect(given.one.keys()).toEqual([]);
  },
);

it.each([0, 5, 20, 400])(
  "what it was told is on its disk is there for all, if it died after %i ms",
  async (livedMs) => {
    const given = await withNewcomer();
    await using cluster = given.cluster;
    const put = await cluster.run(given.newcomer.session().put("own", 3));
    expect(put).toMatchObject({ status: "ok", durable: true });
    await cluster.runForMs(livedMs);
    cluster.crash("n3");
    await cluster.runForMs(MINUTE_MS);
    const back = open(await cluster.restart("n3"));
    await cluster.until(() => given.one.keys().join() === "old,own");
    expect(back.keys()).toContain("own");
  },
);

it("is of one mind with the others about what it wrote and they may have deleted", async () => {
  const given = await withNewcomer();
  await using cluster = given.cluster;
  await cluster.run(given.newcomer.session().put("own", 3));
  await cluster.runForMs(6);
  cluster.crash("n3");
  await cluster.runForMs(5_000);
  // Whether the others heard of it before is a matter of luck; what counts is that all agree.
  if (given.one.keys().includes("own")) await remove(given, "own");
  await cluster.runForMs(2 * MINUTE_MS);
  const back = open(await cluster.restart("n3"));
  await cluster.runForMs(2 * MINUTE_MS);
  expect(back.keys()).toEqual(given.one.keys());
});

it("pushes its writes at once when another knows of it, however seldom nodes compare", async () => {
  const antiEntropy = { roundIntervalMs: 10 * MINUTE_MS };
  const slow = { ...options, antiEntropy };
  await using cluster = await createTestCluster({ nodes: 3, seed: 5, options: slow, setup: open });
  await cluster.run(cluster.app("n1").session().put("early", 1));
  await cluster.until(() => cluster.names.every((name) => cluster.app(name).size === 1));
  await cluster.runForMs(MINUTE_MS);
  await cluster.run(cluster.app("n2").session().put("late", 2));
  await cluster.until(() => cluster.names.every((name) => cluster.app(name).size === 2), {
    limitMs: 1_000,
  });
});

it("makes room for other stores that it passes on, when it opens one itself", async () => {
  const names = Array.from({ length: 17 }, (_, at) => `s${at}`);
  await using cluster = await createTestCluster({ nodes: 3, seed: 6, setup: () => {} });
  const put = async (name: string): Promise<void> => {
    await cluster.run(cluster.node("n1").versions(name).session().put(`${cluster.nowMs}`, 1));
    await cluster.runForMs(100);
  };
  const full = (): number => cluster.node("n2").metrics()["topics.relaysFull"] ?? 0;
  for (const name of names) for (const who of ["n1", "n3"]) cluster.node(who).versions(name);
  await cluster.runForMs(10_000);
  for (const name of names) await put(name);
  expect(full()).toBeGreaterThan(0);
  for (const name of names.slice(0, 16)) cluster.node("n2").versions(name);
  await cluster.runForMs(10_000);
  const before = full();
  await put("s16");
  await put("s16");
  expect(full()).toBe(before);
});
