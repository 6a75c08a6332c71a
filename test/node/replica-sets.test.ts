/** The rules of replica sets (DESIGN section 2), on whole nodes in virtual time. */
import { describe, expect, test } from "vitest";
import type { HearsayNode, ReplicaEvent, TopicMessage } from "../../src/index.ts";
import { createTestCluster, type TestClusterOptions } from "../../src/testing/index.ts";

const MINUTE_MS = 60_000;
/** A short day: what counts is who is away for longer than that. */
const evictAfterMs = 3 * MINUTE_MS;
const options = { replicaSets: { evictAfterMs, upkeepIntervalMs: 1_000 } };

interface Told {
  readonly messages: TopicMessage<unknown>[];
  readonly events: ReplicaEvent[];
}

/** Opens the topic on every node, and notes what its users are told, over all their lives. */
function town(told: Map<string, Told>) {
  return {
    options,
    messages: "bytes",
    setup: (node: HearsayNode) => {
      const mine = told.get(node.name) ?? { messages: [], events: [] };
      told.set(node.name, mine);
      const topic = node.topic("Commit", { history: {} });
      topic.subscribe((message) => mine.messages.push(message));
      node.replicas.on((event) => mine.events.push(event));
      return topic;
    },
  } satisfies Partial<TestClusterOptions<unknown>>;
}

const values = (messages: readonly TopicMessage<unknown>[] = []): unknown[] =>
  messages.map(({ value }) => value).sort((a, b) => (String(a) < String(b) ? -1 : 1));

/** What a node keeps of the topic, sorted. */
function kept(node: HearsayNode): unknown[] {
  const found: TopicMessage<unknown>[] = [];
  node.topic("Commit", { history: {} }).subscribe((one) => found.push(one), { from: "start" });
  return values(found);
}

const setOf = (node: HearsayNode) => node.replicas.list("Commit")[0];
const members = (node: HearsayNode): string[] =>
  (setOf(node)?.places ?? []).flatMap(({ name, standing }) => (standing === "member" ? name : []));
const standingOf = (node: HearsayNode, name: string) =>
  setOf(node)?.places.find((place) => place.name === name)?.standing;

describe("the replica set of a topic", () => {
  test("is those who opened it, and what all of them have seen is stable", async () => {
    const told = new Map<string, Told>();
    await using cluster = await createTestCluster({ nodes: 4, ...town(told) });
    for (let at = 0; at < 10; at += 1) await cluster.run(cluster.app("n1").publish(at));
    await cluster.runForMs(30_000);
    for (const node of cluster.nodes) {
      expect(members(node)).toEqual(["n1", "n2", "n3", "n4"]);
      expect(setOf(node)).toMatchObject({ seenCount: 10, stableCount: 10 });
    }
    // One is cut off: nothing that is said from now on is stable.
    cluster.partition(["n1", "n2", "n3"], ["n4"]);
    await cluster.run(cluster.app("n1").publish("more"));
    await cluster.runForMs(MINUTE_MS);
    expect(setOf(cluster.node("n1"))).toMatchObject({ seenCount: 11, stableCount: 10 });
    cluster.heal();
    await cluster.until(() => setOf(cluster.node("n1"))?.stableCount === 11);
  });

  test("does not wait for one that left; back, it takes up its disk again", async () => {
    const told = new Map<string, Told>();
    await using cluster = await createTestCluster({ nodes: 3, ...town(told) });
    await cluster.run(cluster.app("n3").publish("before"));
    await cluster.runForMs(10_000);
    await cluster.run(cluster.node("n3").leave());
    expect(standingOf(cluster.node("n1"), "n3")).toBe("left");
    await cluster.run(cluster.app("n1").publish("meanwhile"));
    await cluster.until(() => setOf(cluster.node("n1"))?.stableCount === 2);
    const back = await cluster.restart("n3");
    await cluster.until(() => kept(back).length === 2);
    await cluster.until(() => members(cluster.node("n1")).length === 3);
    expect(told.get("n3")?.events.map(({ kind }) => kind)).not.toContain("evicted");
    expect(values(told.get("n3")?.messages)).toEqual(["before", "meanwhile"]);
  });

  test("waits for one that is away for less than the bound, which keeps its place", async () => {
    const told = new Map<string, Told>();
    await using cluster = await createTestCluster({ nodes: 3, ...town(told) });
    await cluster.run(cluster.app("n3").publish("before"));
    await cluster.runForMs(10_000);
    cluster.crash("n3");
    await cluster.run(cluster.app("n1").publish("meanwhile"));
    await cluster.runForMs(evictAfterMs * 0.9);
    expect(standingOf(cluster.node("n1"), "n3")).toBe("member");
    expect(setOf(cluster.node("n1"))).toMatchObject({ seenCount: 2, stableCount: 1 });
    const back = await cluster.restart("n3");
    await cluster.until(() => kept(back).length === 2);
    await cluster.runForMs(2 * evictAfterMs);
    // Its former life was followed by this one, and nobody was evicted.
    for (const node of cluster.nodes) expect(members(node)).toEqual(["n1", "n2", "n3"]);
    for (const { events } of told.values()) {
      expect(events.map(({ kind }) => kind)).not.toContain("evict");
    }
    expect(setOf(cluster.node("n1"))?.stableCount).toBe(2);
  });

  test("puts out one that is away for longer: it is refused, and begins anew", async () => {
    const told = new Map<string, Told>();
    await using cluster = await createTestCluster({ nodes: 3, ...town(told) });
    await cluster.run(cluster.app("n3").publish("before"));
    await cluster.runForMs(10_000);
    const former = cluster.node("n3").origin;
    cluster.crash("n3");
    await cluster.run(cluster.app("n1").publish("meanwhile"));
    await cluster.runForMs(evictAfterMs + MINUTE_MS);
    expect(standingOf(cluster.node("n1"), "n3")).toBe("evicted");
    expect(setOf(cluster.node("n1"))).toMatchObject({ seenCount: 2, stableCount: 2 });
    const back = await cluster.restart("n3");
    const started = back.origin;
    await cluster.until(() => members(cluster.node("n1")).length === 3);
    await cluster.until(() => kept(back).length === 2);
    expect([former, started]).not.toContain(back.origin);
    const evicted = told.get("n3")?.events.find(({ kind }) => kind === "evicted");
    expect(evicted).toMatchObject({ origin: back.origin, error: { code: "EVICTED" } });
    // Its reader was told of each message once, although it came anew.
    expect(values(told.get("n3")?.messages)).toEqual(["before", "meanwhile"]);
    const { dot } = await cluster.run(cluster.app("n3").publish("after"));
    expect(dot).toEqual({ origin: back.origin, seq: 1 });
    await cluster.runForMs(30_000);
    for (const node of cluster.nodes) expect(kept(node)).toEqual(["after", "before", "meanwhile"]);
    expect(setOf(cluster.node("n1"))).toMatchObject({ seenCount: 3, stableCount: 3 });
  });

  test("takes nothing that an evicted life says for news, not even by broadcast", async () => {
    const told = new Map<string, Told>();
    await using cluster = await createTestCluster({ nodes: 3, ...town(told) });
    await cluster.runForMs(10_000);
    const away = cluster.node("n3").origin;
    cluster.partition(["n1", "n2"], ["n3"]);
    await cluster.run(cluster.app("n3").publish("said alone"));
    // Put out by command, long before its time.
    expect(cluster.node("n1").replicas.evict("Commit", "n3")).toMatchObject({
      origin: away,
      standing: "evicted",
    });
    await cluster.runForMs(MINUTE_MS);
    cluster.heal();
    await cluster.until(() => members(cluster.node("n1")).includes("n3"), { limitMs: 300_000 });
    await cluster.run(cluster.app("n3").publish("said again"));
    await cluster.runForMs(MINUTE_MS);
    for (const name of ["n1", "n2"]) {
      expect(values(told.get(name)?.messages)).toEqual(["said again"]);
      expect(kept(cluster.node(name))).toEqual(["said again"]);
    }
    expect(kept(cluster.node("n3"))).toEqual(["said again"]);
    expect(cluster.node("n3").origin).not.toBe(away);
  });

  test("gives the place of a lost disk to the next life, which begins with nothing", async () => {
    const told = new Map<string, Told>();
    await using cluster = await createTestCluster({ nodes: 3, ...town(told) });
    await cluster.run(cluster.app("n3").publish("before"));
    await cluster.runForMs(10_000);
    cluster.crash("n3", "machine");
    cluster.skew("n3", -3_600_000);
    const back = await cluster.restart("n3", { disk: "lost" });
    await cluster.until(() => kept(back).length === 1);
    await cluster.run(cluster.app("n3").publish("after"));
    await cluster.runForMs(MINUTE_MS);
    for (const node of cluster.nodes) {
      expect(members(node)).toEqual(["n1", "n2", "n3"]);
      expect(kept(node)).toEqual(["after", "before"]);
      expect(setOf(node)).toMatchObject({ seenCount: 2, stableCount: 2 });
    }
  });
});

describe("two sides of a partition that evict each other", () => {
  test("agree on what the larger one has, and all go on under new names", async () => {
    const told = new Map<string, Told>();
    await using cluster = await createTestCluster({ nodes: 5, ...town(told) });
    await cluster.run(cluster.app("n1").publish("before"));
    await cluster.runForMs(10_000);
    const former = cluster.nodes.map(({ origin }) => origin);
    cluster.partition(["n1", "n2", "n3"], ["n4", "n5"]);
    await cluster.run(cluster.app("n1").publish("of three"));
    await cluster.run(cluster.app("n4").publish("of two"));
    await cluster.runForMs(evictAfterMs + 2 * MINUTE_MS);
    expect(members(cluster.node("n1"))).toEqual(["n1", "n2", "n3"]);
    expect(members(cluster.node("n4"))).toEqual(["n4", "n5"]);
    cluster.heal();
    const areAllBack = () => cluster.nodes.every((node) => members(node).length === 5);
    await cluster.until(areAllBack, { limitMs: 300_000 });
    await cluster.runForMs(MINUTE_MS);
    for (const node of cluster.nodes) {
      expect(former).not.toContain(node.origin);
      expect(kept(node)).toEqual(["before", "of three"]);
    }
    const lost = [...told].flatMap(([name, { events }]) =>
      events.some(({ kind }) => kind === "evicted") ? [name] : [],
    );
    expect(lost).toEqual(["n4", "n5"]);
    // And they stay: nobody is driven on.
    const after = cluster.nodes.map(({ origin }) => origin);
    await cluster.runForMs(evictAfterMs);
    expect(cluster.nodes.map(({ origin }) => origin)).toEqual(after);
  });
});

describe("a goodbye", () => {
  test("ends when the node does, whoever has heard it", async () => {
    const told = new Map<string, Told>();
    await using cluster = await createTestCluster({ nodes: 2, ...town(told) });
    await cluster.runForMs(10_000);
    cluster.partition(["n1"], ["n2"]);
    const leaving = cluster.node("n1").leave();
    void cluster.node("n1").stop();
    await expect(cluster.run(leaving)).rejects.toThrow(/NODE_STOPPED/);
  });
});

describe("a catch-up", () => {
  test("is told of as it comes on", async () => {
    const told = new Map<string, Told>();
    const antiEntropy = { deltaMaxBytes: 1_000 };
    const all = { ...town(told), options: { ...options, antiEntropy } };
    await using cluster = await createTestCluster({ nodes: 2, ...all });
    for (let at = 0; at < 200; at += 1) await cluster.run(cluster.app("n1").publish(at));
    // Until no rumour of them is left.
    await cluster.runForMs(MINUTE_MS);
    const late = await cluster.add("late");
    await cluster.until(() => kept(late).length === 200);
    const steps = (told.get("late")?.events ?? []).flatMap((event) =>
      event.kind === "progress" ? [event] : [],
    );
    expect(steps.length).toBeGreaterThan(5);
    const held = steps.map(({ heldCount }) => heldCount);
    expect(held).toEqual([...held].sort((a, b) => a - b));
    expect(steps.at(-1)).toMatchObject({ replica: "topic:Commit", missingCount: 0 });
    expect(late.metrics()["replicas.missing"]).toBe(0);
  });
});

describe("an eviction by command", () => {
  test("names what is wrong", async () => {
    const told = new Map<string, Told>();
    await using cluster = await createTestCluster({ nodes: 2, ...town(told) });
    await cluster.runForMs(5_000);
    const { replicas } = cluster.node("n1");
    expect(() => replicas.evict("Doom", "n2")).toThrow(/REPLICA_UNKNOWN.*topic:Commit/);
    expect(() => replicas.evict("Commit", "n9")).toThrow(/MEMBER_UNKNOWN.*n1, n2/);
    expect(() => replicas.evict("Commit", "n1")).toThrow(/does not evict itself.*leave\(\)/);
  });
});
