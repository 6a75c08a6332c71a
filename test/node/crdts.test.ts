/** Counters, sets, registers and maps of whole nodes: partitions, lost disks, evictions. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { HearsayNode } from "../../src/index.ts";
import { createTestCluster } from "../../src/testing/index.ts";

const open = (node: HearsayNode) => node.crdts("shop");
const MINUTE_MS = 60_000;

describe("a counter", () => {
  it("loses no count, and counts none twice, whoever counts at once", async () => {
    await using cluster = await createTestCluster({ nodes: 4, seed: 31, setup: open });
    const counter = (name: string) => cluster.app(name).counter("visits");
    const value = () => cluster.names.map((name) => counter(name).value).join();
    await cluster.run(counter("n1").increment());
    await cluster.until(() => value() === "1,1,1,1");
    cluster.partition(["n1", "n2"]);
    for (const name of cluster.names) {
      for (let time = 0; time < 10; time += 1) await cluster.run(counter(name).add(2));
      await cluster.run(counter(name).decrement());
    }
    expect(counter("n1").value).toBeLessThan(77);
    cluster.heal();
    await cluster.until(() => value() === "77,77,77,77");
    const told: number[] = [];
    const end = counter("n3").watch((now) => told.push(now));
    expect((await cluster.run(counter("n1").add(-7))).durable).toBe(true);
    await cluster.until(() => value() === "70,70,70,70");
    end();
    expect(told).toEqual([77, 70]);
    await expect(counter("n1").add(0.5)).rejects.toThrow(/CONFIG_OPTION.*whole numbers/);
  });

  it("goes on in the next life, with a disk and without", async () => {
    await using cluster = await createTestCluster({ nodes: 3, seed: 32, setup: open });
    const counter = (name: string) => cluster.app(name).counter("c");
    const value = () => cluster.names.map((name) => counter(name).value).join();
    let expected = 0;
    for (let life = 0; life < 6; life += 1) {
      await cluster.run(counter("n2").add(5));
      expected += 5;
      await cluster.until(() => value() === [expected, expected, expected].join());
      cluster.crash("n2");
      await cluster.restart("n2", { disk: life % 2 === 0 ? "lost" : "kept" });
      // Also while it has not heard from anybody what it had counted before.
      await cluster.run(counter("n2").add(1));
      expected += 1;
    }
    await cluster.until(() => value() === [expected, expected, expected].join());
    expect(expected).toBe(36);
  });

  it("does not grow with the lives of a node that keeps its disk", async () => {
    await using cluster = await createTestCluster({ nodes: 2, seed: 33, setup: open });
    const sizes: number[] = [];
    for (let life = 0; life < 5; life += 1) {
      await cluster.run(cluster.app("n1").counter("c").increment());
      sizes.push(cluster.node("n1").metrics()["versions.bytes"] ?? 0);
      cluster.crash("n1");
      await cluster.restart("n1");
    }
    expect(cluster.app("n1").counter("c").value).toBe(5);
    // The context has one more origin for each life; the value has not.
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(5 * 40);
  });

  it("counts on after its node was evicted, and keeps what the others knew", async () => {
    const options = { replicaSets: { upkeepIntervalMs: 1_000, evictAfterMs: 3 * MINUTE_MS } };
    await using cluster = await createTestCluster({ nodes: 3, seed: 34, options, setup: open });
    const counter = (name: string) => cluster.app(name).counter("c");
    const value = () => cluster.names.map((name) => counter(name).value).join();
    await cluster.run(counter("n3").add(10));
    await cluster.until(() => value() === "10,10,10");
    const places = () => cluster.node("n1").replicas.list("crdts/shop")[0]?.places.length;
    await cluster.until(() => places() === 3);
    cluster.partition(["n3"]);
    await cluster.run(counter("n1").add(1));
    await cluster.runForMs(6 * MINUTE_MS);
    cluster.heal();
    await cluster.until(() => value() === "11,11,11", { limitMs: 5 * MINUTE_MS });
    await cluster.run(counter("n3").add(100));
    await cluster.until(() => value() === "111,111,111");
  });
});

describe("sets, registers and maps", () => {
  it("keep what was added or set while another node took it out", async () => {
    await using cluster = await createTestCluster({ nodes: 2, seed: 35, setup: open });
    const [one, two] = [cluster.app("n1"), cluster.app("n2")];
    await cluster.run(one.set("tags").add("red"));
    await cluster.run(one.map("stock").set("bread", 3));
    await cluster.until(() => two.set("tags").has("red") && two.map("stock").size === 1);
    cluster.partition(["n1"], ["n2"]);
    await cluster.run(one.set("tags").delete("red"));
    await cluster.run(two.set("tags").add("red"));
    await cluster.run(two.set("tags").add("blue"));
    await cluster.run(one.map("stock").delete("bread"));
    await cluster.run(two.map("stock").set("bread", 4));
    cluster.heal();
    for (const store of [one, two]) {
      await cluster.until(() => [...store.set("tags")].join() === "blue,red");
      await cluster.until(() => store.map("stock").get("bread") === 4);
    }
    await cluster.run(two.set("tags").delete("blue"));
    await cluster.until(() => !one.set("tags").has("blue"));
    expect(await cluster.run(two.set("tags").delete("blue"))).toBeUndefined();
    // Names do not run into each other.
    expect([one.set("tag").size, one.set("tags ").size, one.map("tags").size]).toEqual([0, 0, 0]);
  });

  it("come to the same value on all nodes, the one set last", async () => {
    await using cluster = await createTestCluster({ nodes: 3, seed: 36, setup: open });
    const title = (name: string) => cluster.app(name).register<string>("title");
    const entry = (name: string) => cluster.app(name).map<number>("numbers");
    cluster.partition(["n1"], ["n2"]);
    for (const [at, name] of cluster.names.entries()) {
      await cluster.run(title(name).set(`by ${name}`));
      await cluster.run(entry(name).set("k", at));
      await cluster.runForMs(5);
    }
    cluster.heal();
    await cluster.until(() => cluster.names.every((name) => entry(name).getAll("k").length === 3));
    for (const name of cluster.names) {
      await cluster.until(() => title(name).value === "by n3");
      expect([entry(name).get("k"), entry(name).getAll("k")]).toEqual([2, [0, 1, 2]]);
    }
    await cluster.run(title("n1").clear());
    await cluster.until(() => title("n3").value === undefined);
    const seen: unknown[] = [];
    entry("n2").watch(({ key, value }) => seen.push([key, value]));
    await cluster.run(entry("n1").set("k", 9));
    await cluster.until(() => entry("n2").get("k") === 9);
    await cluster.run(entry("n1").delete("k"));
    await cluster.until(() => entry("n2").size === 0);
    expect(seen).toEqual([
      ["k", 2],
      ["k", 9],
      ["k", undefined],
    ]);
  });

  it("take only what the schema takes, here and from others", async () => {
    await using cluster = await createTestCluster({ nodes: 2, seed: 37 });
    const strict = cluster
      .node("n1")
      .crdts("s")
      .map("m", { schema: z.number().max(9) });
    const lax = cluster.node("n2").crdts("s").map<number>("m");
    await expect(strict.set("k", 10)).rejects.toThrow(/SCHEMA_INVALID.*map m "k"/);
    await cluster.run(lax.set("k", 10));
    await cluster.run(lax.set("j", 9));
    await cluster.until(() => strict.size === 1);
    expect([...strict]).toEqual([["j", 9]]);
    const other = () => cluster.node("n1").crdts("s").map("m", { codec: "json" });
    expect(other).toThrow(/STORE_CONFLICT/);
    const tiny = cluster.node("n1").crdts("tiny", { keysMaxCount: 1 });
    tiny.register("a b 3 c");
    expect(() => tiny.register("d")).toThrow(/STORE_FULL.*registers and maps/);
    const title = cluster.node("n1").crdts("s").register("a 9 b", { schema: z.string() });
    await cluster.run(cluster.node("n2").crdts("s").register<number>("a 9 b").set(7));
    await cluster.run(cluster.node("n2").crdts("s").register<number>("a 9 c").set(7));
    await cluster.until(() => cluster.node("n1").crdts("s").register("a 9 c").value === 7);
    expect(title.value).toBeUndefined();
    expect(() => cluster.node("n1").crdts("s", { keysMaxCount: 1 })).toThrow(/STORE_CONFLICT/);
    await expect(strict.set("", 1)).rejects.toThrow(/CONFIG_OPTION/);
    expect(() => cluster.node("n1").crdts("s").counter("")).toThrow(/name of a counter/);
  });

  it("tell a set's watchers who comes and goes, each once", async () => {
    await using cluster = await createTestCluster({ nodes: 2, seed: 38, setup: open });
    const [one, two] = [cluster.app("n1").set("s"), cluster.app("n2").set("s")];
    await cluster.run(one.add("a"));
    await cluster.until(() => two.size === 1);
    const told: string[] = [];
    two.watch(({ kind, member }) => told.push(`${kind} ${member}`));
    await cluster.run(one.add("a"));
    await cluster.run(one.add("b"));
    await cluster.until(() => two.size === 2);
    await cluster.run(one.delete("a"));
    await cluster.until(() => two.size === 1);
    expect(told).toEqual(["add a", "add b", "delete a"]);
  });
});
