/** Per-node state of whole nodes: in the simulator under faults, and on real sockets and disks. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { HearsayNode, StateNotice } from "../../src/index.ts";
import { startNode } from "../../src/index.ts";
import { createTestCluster } from "../../src/testing/index.ts";
import { realNodes } from "./real-nodes.ts";

const text = ({ key, kind, member, value }: StateNotice) =>
  `${member} ${kind} ${key}${kind === "set" ? ` ${JSON.stringify(value)}` : ""}`;

describe.each(["serf", "memberlist"] as const)("state in a cluster, %s wire", (wire) => {
  const options = { wire };

  it("is read everywhere by its owner's name, and what is deleted stays so", async () => {
    await using cluster = await createTestCluster({ nodes: 5, seed: 3, options });
    const n1 = cluster.node("n1");
    const large = "x".repeat(20_000);
    const { dot, durable } = await cluster.run(n1.state.set("role", "db"));
    expect([dot.seq, dot.origin, durable]).toEqual([1, n1.origin, true]);
    await cluster.run(n1.state.set("notes", large));
    await cluster.run(cluster.node("n2").state.set("role", { kind: "web", since: 7n }));
    const isKnown = (node: HearsayNode) =>
      node.members.get("n1")?.state.get("notes") === large &&
      node.members.get("n2")?.state.size === 1;
    await cluster.until(() => cluster.nodes.every(isKnown), { limitMs: 10_000 });
    for (const node of cluster.nodes) {
      expect(node.state.members()).toEqual(["n1", "n2"]);
      expect(node.state.of("n1").entry("role")).toEqual({
        key: "role",
        value: "db",
        member: "n1",
        dot,
      });
      expect(node.members.get("n2")?.state.get("role")).toEqual({ kind: "web", since: 7n });
      const [role] = node.members.get("n1")?.state.entries("ro*") ?? [];
      expect(role?.value).toBe("db");
    }
    await cluster.run(n1.state.delete("role"));
    expect(await cluster.run(n1.state.delete("role"))).toBeUndefined();
    const isGone = (node: HearsayNode) => node.state.of("n1").get("role") === undefined;
    await cluster.until(() => cluster.nodes.every(isGone), { limitMs: 10_000 });
  });

  it("heals after a partition in which both sides wrote", async () => {
    await using cluster = await createTestCluster({ nodes: 6, seed: 4, options });
    for (const node of cluster.nodes) await cluster.run(node.state.set("load", 0));
    cluster.partition(["n1", "n2", "n3"]);
    for (const node of cluster.nodes) await cluster.run(node.state.set("load", node.name));
    await cluster.run(cluster.node("n2").state.delete("load"));
    await cluster.runForMs(20_000);
    expect(cluster.node("n1").state.of("n5").get("load")).not.toBe("n5");
    cluster.heal();
    const isWhole = (node: HearsayNode) =>
      cluster.nodes.every(
        ({ name }) => node.state.of(name).get("load") === (name === "n2" ? undefined : name),
      );
    await cluster.until(() => cluster.nodes.every(isWhole), { limitMs: 120_000 });
  });
});

it("travels between nodes that ask in different ways", async () => {
  await using cluster = await createTestCluster({
    nodes: 4,
    seed: 2,
    network: { lossRatio: 0.1 },
    options: (name) => ({ state: name < "n3" ? { profile: "cassandra" } : {} }),
  });
  for (const node of cluster.nodes) await cluster.run(node.state.set("who", node.name));
  const knowsAll = ({ state }: HearsayNode) =>
    cluster.nodes.every(({ name }) => state.of(name).get("who") === name);
  await cluster.until(() => cluster.nodes.every(knowsAll), { limitMs: 60_000 });
});

describe("state and the lives of its owner", () => {
  it("survives a crash with the disk, and others read it without a gap", async () => {
    await using cluster = await createTestCluster({ nodes: 3, seed: 6 });
    const n1 = cluster.node("n1");
    await cluster.run(n1.state.set("role", "db"));
    await cluster.run(n1.state.set("passing", 1));
    await cluster.run(n1.state.delete("passing"));
    const watcher = cluster.node("n2");
    await cluster.until(() => watcher.state.of("n1").get("role") === "db");
    const before = watcher.state.of("n1").entry("role")?.dot;
    const told: string[] = [];
    watcher.state.watch("*", (notice) => told.push(text(notice)), { member: "n1" });
    cluster.crash("n1");
    await cluster.runForMs(2_000);
    await cluster.restart("n1");
    const again = cluster.node("n1");
    expect(again.state.get("role")).toBe("db");
    expect(again.state.get("passing")).toBeUndefined();
    await cluster.until(() => watcher.state.of("n1").entry("role")?.dot.origin === again.origin, {
      limitMs: 30_000,
    });
    expect(watcher.state.of("n1").entry("role")?.dot).not.toEqual(before);
    // Told when the watch began, and never again: it was there all the time.
    expect(told).toEqual(['n1 set role "db"']);
  });

  it("is gone for all when the owner comes back without its disk, whatever was known", async () => {
    await using cluster = await createTestCluster({ nodes: 3, seed: 7 });
    await cluster.run(cluster.node("n1").state.set("role", "db"));
    await cluster.run(cluster.node("n2").state.set("other", 1));
    const others = () => [cluster.node("n2"), cluster.node("n3")];
    await cluster.until(() => others().every((node) => node.state.of("n1").size === 1));
    cluster.crash("n1");
    await cluster.restart("n1", { disk: "lost" });
    await cluster.run(cluster.node("n1").state.set("color", "red"));
    await cluster.until(
      () =>
        others().every(
          ({ state }) => state.of("n1").get("color") === "red" && state.of("n1").size === 1,
        ),
      { limitMs: 30_000 },
    );
    await cluster.until(() => cluster.node("n1").state.of("n2").get("other") === 1);
  });

  it("goes when the owner has left, and when it is away for too long", async () => {
    const options = { state: { deadGraceMs: 60_000, leftGraceMs: 5_000 } };
    await using cluster = await createTestCluster({ nodes: 4, seed: 8, options });
    for (const node of cluster.nodes) await cluster.run(node.state.set("role", node.name));
    await cluster.until(() => cluster.nodes.every((node) => node.state.members().length === 4));
    const told: string[] = [];
    const n1 = cluster.node("n1");
    n1.state.watch("role", (notice) => told.push(text(notice)));
    told.length = 0;
    await cluster.run(cluster.node("n4").leave());
    cluster.crash("n3");
    await cluster.runForMs(20_000);
    expect(told).toEqual(["n4 delete role"]);
    expect(n1.state.of("n3").get("role")).toBe("n3");
    await cluster.runForMs(120_000);
    expect(n1.state.members()).toEqual(["n1", "n2"]);
    expect(cluster.node("n2").state.members()).toEqual(["n1", "n2"]);
  });
});

describe("a node's own state", () => {
  it("ends by itself after its time to live, for all", async () => {
    await using cluster = await createTestCluster({ nodes: 3, seed: 5 });
    const { state } = cluster.node("n1");
    await cluster.run(state.set("session", 1, { ttlMs: 5_000 }));
    await cluster.runForMs(3_000);
    expect(cluster.node("n3").state.of("n1").get("session")).toBe(1);
    expect(state.entry("session")?.expiresAt).toBeGreaterThan(0);
    await cluster.runForMs(3_000);
    expect(cluster.nodes.map((node) => node.state.of("n1").get("session"))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("is bounded, and says so", async () => {
    const options = { state: { keysMaxCount: 2, valueMaxBytes: 100, nodeMaxBytes: 150 } };
    await using cluster = await createTestCluster({ nodes: 1, seed: 5, options });
    const { state } = cluster.node("n1");
    await expect(state.set("k", "x".repeat(200))).rejects.toThrow(/VALUE_TOO_LARGE.*100/);
    await cluster.run(state.set("a", "x".repeat(90)));
    await expect(state.set("b", "x".repeat(90))).rejects.toThrow(/STORE_FULL/);
    await cluster.run(state.set("b", 1));
    await expect(state.set("c", 1)).rejects.toThrow(/STORE_FULL.*keysMaxCount \(2\)/);
    await expect(state.set("", 1)).rejects.toThrow(/CONFIG_OPTION/);
    await expect(state.set("\u0000gc", 1)).rejects.toThrow(/CONFIG_OPTION/);
    await expect(state.set("k", 1, { ttl: 5 } as never)).rejects.toThrow(/ttl is no option of set/);
    expect(cluster.node("n1").metrics()["state.keys"]).toBe(2);
  });

  it("is held to what gossip carries when that is wanted", async () => {
    const flow = (flowControl: "reject" | "delay") => ({
      state: { flowControl, flowStartPerSecond: 5 },
    });
    await using strict = await createTestCluster({ nodes: 1, options: flow("reject") });
    const { state } = strict.node("n1");
    const writes = Array.from({ length: 20 }, (_, at) => state.set("k", at));
    const settled = await strict.run(Promise.allSettled(writes));
    const refused = settled.filter(({ status }) => status === "rejected");
    expect(refused.length).toBeGreaterThan(10);
    expect(String((refused[0] as PromiseRejectedResult).reason)).toMatch(/QUEUE_FULL/);
    await using patient = await createTestCluster({ nodes: 1, options: flow("delay") });
    const begun = patient.nowMs;
    const delayed = Array.from({ length: 20 }, (_, at) => patient.node("n1").state.set("k", at));
    await patient.run(Promise.all(delayed));
    expect(patient.node("n1").state.get("k")).toBe(19);
    expect(patient.nowMs - begun).toBeGreaterThan(1_000);
    // A deletion waits behind the writes before it.
    const last = Array.from({ length: 20 }, (_, at) => patient.node("n1").state.set("late", at));
    await patient.run(Promise.all([...last, patient.node("n1").state.delete("late")]));
    expect(patient.node("n1").state.get("late")).toBeUndefined();
  });

  it("is judged by schemas, here and by those who read it", async () => {
    const strict = { state: { schemas: { "load:*": z.number().max(1) } } };
    await using cluster = await createTestCluster({
      nodes: ["careful", "careless"],
      seed: 7,
      options: (name) => (name === "careful" ? strict : {}),
    });
    const [careful, careless] = [cluster.node("careful"), cluster.node("careless")];
    await expect(careful.state.set("load:a", 2)).rejects.toThrow(/SCHEMA_INVALID. state load:a/);
    await cluster.run(careless.state.set("load:a", 2));
    await cluster.run(careless.state.set("load:b", 1));
    await cluster.until(() => careful.state.of("careless").get("load:b") === 1);
    expect(careful.state.of("careless").get("load:a")).toBeUndefined();
  });

  it("is watched by for await, and that ends with the node", async () => {
    await using cluster = await createTestCluster({ nodes: 1 });
    const { state } = cluster.node("n1");
    const watch = state.watch<number>("n:*");
    await cluster.run(state.set("n:1", 1));
    await cluster.run(state.set("m:1", 1));
    await cluster.run(state.delete("n:1"));
    expect(text((await watch.next()).value)).toBe("n1 set n:1 1");
    expect(text((await watch.next()).value)).toBe("n1 delete n:1");
    const end = watch.next();
    await cluster.run(cluster.node("n1").stop());
    expect(await end).toEqual({ done: true, value: undefined });
  });
});

describe("state of real nodes", () => {
  const { folder, start } = realNodes();

  it("travels, also what fills many packets, and is on disk when set has resolved", async () => {
    const dataDir = folder();
    const p1 = await start("p1", [], dataDir);
    const p2 = await start("p2", [p1.address]);
    const large = new Uint8Array(60_000).fill(7);
    const arrived = new Promise<unknown>((resolve) => {
      p2.state.watch("blob", ({ value }) => resolve(value), { member: "p1" });
    });
    expect((await p1.state.set("blob", large)).durable).toBe(true);
    expect(await arrived).toEqual(large);
    await p1.stop();
    const again = await start("p1", [p2.address], dataDir);
    expect(again.state.get("blob")).toEqual(large);
    expect(again.members.local.state.size).toBe(1);
    expect(JSON.stringify(again.members.local)).not.toContain("state");
  });

  it("says which option is wrong", async () => {
    const options = (state: object) => startNode({ bind: "127.0.0.1:0", state });
    await expect(options({ keysMaxCount: -1 })).rejects.toThrow(
      /CONFIG_OPTION.*state.keysMaxCount/,
    );
    await expect(options({ valueMaxBytes: 1e6 })).rejects.toThrow(/valueMaxBytes is 1000000/);
    await expect(options({ profile: "raft" })).rejects.toThrow(/CONFIG_OPTION.*state.profile/);
    await expect(options({ messageMaxBytes: 1e9 })).rejects.toThrow(/links.messageMaxBytes/);
    await expect(options({ schemas: null })).rejects.toThrow(/CONFIG_OPTION.*state.schemas/);
  });
});
