/** Infos of whole nodes: in the simulator under faults, and on real sockets and disks. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { InfoNotice } from "../../src/index.ts";
import { startNode } from "../../src/index.ts";
import { createTestCluster } from "../../src/testing/index.ts";
import { realNodes } from "./real-nodes.ts";

const options = { infos: {} };

describe("infos in a cluster", () => {
  it("are read everywhere, the latest write wins, and what is deleted stays so", async () => {
    await using cluster = await createTestCluster({ nodes: 5, seed: 3, options });
    const [n1, n5] = [cluster.node("n1"), cluster.node("n5")];
    expect((await cluster.run(n1.infos.set("load:n1", 0.5))).durable).toBe(true);
    await cluster.run(n5.infos.set("load:n5", { now: 2n }));
    await cluster.until(() => cluster.nodes.every((node) => node.infos.size === 2));
    for (const node of cluster.nodes) {
      expect([node.infos.get("load:n1"), node.infos.get("load:n5")]).toEqual([0.5, { now: 2n }]);
      expect(node.infos.keys("load:*")).toEqual(["load:n1", "load:n5"]);
    }
    expect(n1.infos.info("load:n5")).toMatchObject({ from: "n5", expiresAt: undefined });
    await cluster.run(n5.infos.delete("load:n1"));
    await cluster.until(() => cluster.nodes.every((node) => node.infos.size === 1));
    expect(await cluster.run(n1.infos.delete("load:n1"))).toBeUndefined();
  });

  it("reach also the nodes that never asked for any, soon", async () => {
    await using cluster = await createTestCluster({ nodes: 12, seed: 9 });
    await cluster.run(cluster.node("n1").infos.set("k", 1));
    const held = () => cluster.nodes.map((node) => node.metrics()["infos.held"] ?? 0);
    await cluster.until(() => held().every((count) => count === 1), { limitMs: 1_000 });
    expect(cluster.node("n12").infos.get("k")).toBe(1);
  });

  it("heal after a partition in which both sides wrote, also for who was away", async () => {
    await using cluster = await createTestCluster({ nodes: 6, seed: 4, options });
    await cluster.run(cluster.node("n1").infos.set("k", "before"));
    await cluster.until(() => cluster.nodes.every((node) => node.infos.get("k") === "before"));
    cluster.partition(["n1", "n2", "n3"]);
    await cluster.run(cluster.node("n1").infos.delete("k"));
    await cluster.runForMs(2_000);
    await cluster.run(cluster.node("n4").infos.set("k", "later"));
    await cluster.run(cluster.node("n5").infos.set("other", 1));
    await cluster.runForMs(20_000);
    cluster.heal();
    await cluster.until(() => cluster.nodes.every((node) => node.infos.get("k") === "later"), {
      limitMs: 120_000,
    });
    await cluster.until(() => cluster.nodes.every((node) => node.infos.get("other") === 1));
  });

  it("end by themselves, at the same time for all", async () => {
    await using cluster = await createTestCluster({ nodes: 3, seed: 5, options });
    const ended: string[] = [];
    for (const node of cluster.nodes) {
      node.infos.watch("session:*", ({ key, kind }) => ended.push(`${node.name} ${kind} ${key}`));
    }
    await cluster.run(cluster.node("n2").infos.set("session:7", "x", { ttlMs: 5_000 }));
    await cluster.runForMs(4_000);
    expect(cluster.nodes.map((node) => node.infos.get("session:7"))).toEqual(["x", "x", "x"]);
    await cluster.runForMs(1_500);
    expect(cluster.nodes.map((node) => node.infos.get("session:7"))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(ended.filter((text) => text.includes("expire"))).toHaveLength(3);
  });

  it("survive a crash with the disk, and without it come from the others", async () => {
    await using cluster = await createTestCluster({ nodes: 3, seed: 6, options });
    await cluster.run(cluster.node("n1").infos.set("k", "kept"));
    await cluster.until(() => cluster.nodes.every((node) => node.infos.get("k") === "kept"));
    cluster.crash("n1");
    await cluster.restart("n1");
    expect(cluster.node("n1").infos.get("k")).toBe("kept");
    cluster.crash("n2");
    await cluster.restart("n2", { disk: "lost" });
    expect(cluster.node("n2").infos.get("k")).toBeUndefined();
    await cluster.until(() => cluster.node("n2").infos.get("k") === "kept");
  });

  it("that a schema does not take are refused here and dropped when they come", async () => {
    const strict = { infos: { schemas: { "load:*": z.number().max(1) } } };
    await using cluster = await createTestCluster({
      nodes: ["careful", "careless"],
      seed: 7,
      options: (name) => (name === "careful" ? strict : options),
    });
    const [careful, careless] = cluster.nodes;
    await expect(careful?.infos.set("load:a", 2)).rejects.toThrow(/SCHEMA_INVALID/);
    await cluster.run(careless?.infos.set("load:a", 2) ?? Promise.reject(new Error("no node")));
    await cluster.run(careless?.infos.set("load:b", 1) ?? Promise.reject(new Error("no node")));
    await cluster.until(() => careful?.infos.get("load:b") === 1);
    expect(careful?.infos.get("load:a")).toBeUndefined();
    expect(careful?.metrics()["info.dropped.schema"]).toBe(1);
  });

  it("are forgotten for good once all have seen that they are deleted", async () => {
    const hasty = { infos: { tombstoneMinMs: 20_000 } };
    await using cluster = await createTestCluster({ nodes: 3, seed: 8, options: hasty });
    for (let at = 0; at < 20; at += 1)
      await cluster.run(cluster.node("n1").infos.set(`k${at}`, at));
    await cluster.until(() => cluster.nodes.every((node) => node.infos.size === 20));
    for (let at = 0; at < 20; at += 1) await cluster.run(cluster.node("n2").infos.delete(`k${at}`));
    const left = () => cluster.nodes.map((node) => node.metrics()["infos.tombstones"]);
    await cluster.until(() => left().every((count) => count === 20));
    await cluster.until(() => left().every((count) => count === 0), { limitMs: 120_000 });
  });
});

describe("a watch", () => {
  it("begins with what there is, then tells what happens, and can be resumed", async () => {
    await using cluster = await createTestCluster({ nodes: 1, options });
    const { infos } = cluster.node("n1");
    await cluster.run(infos.set("a", 1));
    const told: InfoNotice[] = [];
    const end = infos.watch("*", (notice) => told.push(notice));
    await cluster.run(infos.set("b", 2));
    await cluster.run(infos.set("b", 2));
    end();
    await cluster.run(infos.set("c", 3));
    await cluster.run(infos.delete("a"));
    const text = ({ key, kind, value }: InfoNotice) => `${kind} ${key} ${String(value)}`;
    expect(told.map(text)).toEqual(["set a 1", "set b 2"]);
    const later: InfoNotice[] = [];
    const after = told.at(-1)?.cursor ?? "";
    infos.watch("*", (notice) => later.push(notice), { after })();
    // The second writing of b came after the notice that was handled last.
    expect(later.map(text)).toEqual(["set b 2", "set c 3", "delete a undefined"]);
    const strange: InfoNotice[] = [];
    infos.watch("*", (notice) => strange.push(notice), { after: "n1#1:5" })();
    expect(strange.map(({ kind }) => kind)).toEqual(["reset", "set", "set"]);
  });

  it("is never called within itself, and misses nothing that it does itself", async () => {
    await using cluster = await createTestCluster({ nodes: 1, options });
    const { infos } = cluster.node("n1");
    await cluster.run(infos.set("a", 1));
    const told: string[] = [];
    let depth = 0;
    const listen = (name: string) => () =>
      infos.watch("*", ({ key }) => {
        depth += 1;
        told.push(`${name} ${key} ${depth}`);
        // Both while it is told what there is, and later.
        if (name === "first" && key === "a") void infos.set("b", 1);
        if (name === "first" && key === "b") void infos.set("c", 1);
        depth -= 1;
      });
    listen("first")();
    await cluster.runForMs(1);
    expect(told.splice(0)).toEqual(["first a 1", "first b 1", "first c 1"]);
    listen("second")();
    told.length = 0;
    await cluster.run(infos.set("b", 2));
    await cluster.run(infos.set("c", 2));
    // Each hears all in the order of the store.
    const heardBy = (name: string) => told.filter((text) => text.startsWith(name));
    expect(heardBy("first")).toEqual(["first b 1", "first c 1"]);
    expect(heardBy("second")).toEqual(["second b 1", "second c 1"]);
  });

  it("can be read with for await, and ends with the node", async () => {
    await using cluster = await createTestCluster({ nodes: 1, options });
    const { infos } = cluster.node("n1");
    const watch = infos.watch<number>("n:*");
    await cluster.run(infos.set("n:1", 1));
    await cluster.run(infos.set("m:1", 1));
    expect((await watch.next()).value).toMatchObject({ key: "n:1", value: 1 });
    const end = watch.next();
    await cluster.run(cluster.node("n1").stop());
    expect(await end).toEqual({ done: true, value: undefined });
  });
});

describe("infos of real nodes", () => {
  const { folder, start } = realNodes();

  it("travel, and are on disk when set has resolved", async () => {
    const dataDir = folder();
    const p1 = await start("p1", [], dataDir);
    const p2 = await start("p2", [p1.address]);
    const arrived = new Promise<unknown>((resolve) => {
      p2.infos.watch("k", ({ value }) => resolve(value));
    });
    expect((await p1.infos.set("k", new Uint8Array([1, 2]))).durable).toBe(true);
    expect(await arrived).toEqual(new Uint8Array([1, 2]));
    await p1.stop();
    const again = await start("p1", [p2.address], dataDir);
    expect(again.infos.get("k")).toEqual(new Uint8Array([1, 2]));
  });

  it("say which option is wrong", async () => {
    const wrong = startNode({ bind: "127.0.0.1:0", infos: { keysMaxCount: -1 } });
    await expect(wrong).rejects.toThrow(/CONFIG_OPTION.*infos.keysMaxCount/);
    const via = startNode({ bind: "127.0.0.1:0", infos: { via: "grpc" as never } });
    await expect(via).rejects.toThrow(/CONFIG_OPTION.*infos.nodeId/);
    const node = await start("p1", []);
    await expect(node.infos.set("k", 1, { ttlMs: 0 })).rejects.toThrow(/ttlMs is 0/);
    await expect(node.infos.set("", 1)).rejects.toThrow(/CONFIG_OPTION/);
    expect(() => node.infos.watch("")).toThrow(/pattern of keys/);
    const typo = node.infos.set("k", 1, { ttl: 5 } as never);
    await expect(typo).rejects.toThrow(/CONFIG_OPTION.*ttl is no option of set: ttlMs/);
    const watch = (options: unknown) => () => node.infos.watch("k", options as never);
    for (const wrong of [null, 5, { afer: "" }, { after: 5 }, { after: Symbol("x") }]) {
      expect(watch(wrong)).toThrow(/CONFIG_OPTION/);
    }
    expect(() => node.infos.watch(Symbol("k") as never, () => {})).toThrow(/pattern of keys/);
    await expect(node.infos.set(Symbol("k") as never, 1)).rejects.toThrow(/Symbol\(k\)/);
    const schemas = startNode({ bind: "127.0.0.1:0", infos: { schemas: null as never } });
    await expect(schemas).rejects.toThrow(/CONFIG_OPTION.*infos.schemas/);
    await node.stop();
    await expect(node.infos.set("k", 1)).rejects.toThrow(/NODE_STOPPED/);
  });
});
