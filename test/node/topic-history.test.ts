/** Topics with a past, on whole nodes in virtual time. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Gap, HearsayNode, TopicMessage } from "../../src/index.ts";
import { createTestCluster, type TestClusterOptions } from "../../src/testing/index.ts";

type Message = TopicMessage<unknown>;

/** Opens the topic on every node, and notes what its subscribers are told. */
function listener(heard: Map<string, Message[]>, history = {}) {
  return (node: HearsayNode) => {
    const topic = node.topic("Commit", { history });
    const mine = heard.get(node.name) ?? [];
    heard.set(node.name, mine);
    topic.subscribe((message) => mine.push(message));
    return topic;
  };
}

const dots = (messages: readonly Message[] = []): string[] =>
  messages.map(({ dot }) => `${dot.origin}:${dot.seq}`).sort();
const values = (messages: readonly Message[] = []): unknown[] =>
  messages.map(({ value }) => value).sort((a, b) => (String(a) < String(b) ? -1 : 1));

async function read(node: HearsayNode, count: number): Promise<Message[]> {
  const found: Message[] = [];
  if (count === 0) return found;
  for await (const message of node.topic("Commit", { history: {} }).subscribe({ from: "start" })) {
    found.push(message);
    if (found.length === count) return found;
  }
  return found;
}

const bytes: Pick<TestClusterOptions, "messages"> = { messages: "bytes" };

describe("a topic with a history", () => {
  test("gives each subscriber each message once, although half of all is lost", async () => {
    const heard = new Map<string, Message[]>();
    await using cluster = await createTestCluster({
      ...bytes,
      nodes: 6,
      seed: 3,
      setup: listener(heard),
    });
    cluster.lose(0.5);
    for (let round = 0; round < 10; round += 1) {
      for (const name of cluster.names) {
        const value = `${name} ${round}`;
        const written = await cluster.run(cluster.app(name).publish(value));
        expect(written.durable).toBe(true);
      }
    }
    cluster.lose(0);
    await cluster.runForMs(30_000);
    const all = dots(heard.get("n1"));
    expect(all.length).toBe(60);
    expect(new Set(all).size).toBe(60);
    for (const name of cluster.names) expect(dots(heard.get(name))).toEqual(all);
    expect(new Set(values(heard.get("n4"))).size).toBe(60);
  });

  test("brings those behind a partition what they missed, once", async () => {
    const heard = new Map<string, Message[]>();
    await using cluster = await createTestCluster({
      ...bytes,
      nodes: 4,
      setup: listener(heard),
    });
    cluster.partition(["n1", "n2"], ["n3", "n4"]);
    for (let at = 0; at < 20; at += 1) {
      await cluster.run(cluster.app("n1").publish(`left ${at}`));
      await cluster.run(cluster.app("n3").publish(`right ${at}`));
    }
    await cluster.runForMs(5_000);
    expect(heard.get("n2")?.length).toBe(20);
    cluster.heal();
    await cluster.until(() => heard.get("n4")?.length === 40 && heard.get("n2")?.length === 40);
    await cluster.runForMs(5_000);
    for (const name of cluster.names) expect(heard.get(name)?.length).toBe(40);
  });

  test("lets who comes late read from the start, and goes on live without doubles", async () => {
    const heard = new Map<string, Message[]>();
    await using cluster = await createTestCluster({ ...bytes, nodes: 3, setup: listener(heard) });
    for (let at = 0; at < 30; at += 1) await cluster.run(cluster.app("n1").publish(at));
    const late = await cluster.add("late");
    await cluster.until(() => heard.get("late")?.length === 30);
    const queue = late.topic("Commit", { history: {} }).subscribe({ from: "start", queueMax: 5 });
    await cluster.run(cluster.app("n2").publish("live"));
    await cluster.runForMs(1_000);
    const found: unknown[] = [];
    for await (const { value } of queue) {
      found.push(value);
      if (value === "live") break;
    }
    expect(found).toEqual([...Array.from({ length: 30 }, (_, at) => at), "live"]);
    const called: unknown[] = [];
    const again = late.topic("Commit", { history: {} });
    again.subscribe(({ value }) => called.push(value), { from: "start" });
    expect(called).toEqual(found);
  });

  test("names the messages that a bound dropped before they got there", async () => {
    const heard = new Map<string, Message[]>();
    const gaps: Gap[] = [];
    await using cluster = await createTestCluster({
      ...bytes,
      nodes: 2,
      setup: listener(heard, { keptMaxCount: 5 }),
    });
    for (let at = 0; at < 12; at += 1) await cluster.run(cluster.app("n1").publish(at));
    // Until no rumour of them is left.
    await cluster.runForMs(60_000);
    const late = await cluster.add("late");
    late.topic("Commit", { history: { keptMaxCount: 5 } }).subscribe(() => {}, {
      onGap: (gap) => gaps.push(gap),
    });
    await cluster.until(() => heard.get("late")?.length === 5);
    const origin = cluster.node("n1").origin;
    const gap = { tag: "Commit", count: 7, ranges: [{ origin, first: 1, last: 7 }] };
    expect(gaps).toEqual([gap]);
    const told: Gap[] = [];
    const start = { from: "start", onGap: (one: Gap) => told.push(one) } as const;
    const topic = late.topic("Commit", { history: { keptMaxCount: 5 } });
    const found: unknown[] = [];
    topic.subscribe(({ value }) => found.push(value), start);
    expect(told).toEqual([gap]);
    expect(found).toEqual([7, 8, 9, 10, 11]);
  });

  test("names the messages that are larger than its own bound", async () => {
    const heard = new Map<string, Message[]>();
    const gaps: Gap[] = [];
    await using cluster = await createTestCluster({ ...bytes, nodes: 1, setup: listener(heard) });
    const origin = cluster.node("n1").origin;
    const small = await cluster.add("small");
    const history = { payloadMaxBytes: 100 };
    const options = { onGap: (gap: Gap) => gaps.push(gap) };
    heard.set("small", []);
    small.topic("Other", { history }).subscribe((one) => heard.get("small")?.push(one), options);
    const topic = cluster.node("n1").topic("Other", { history: {} });
    await cluster.run(topic.publish("x".repeat(500)));
    await cluster.run(topic.publish("y"));
    await cluster.until(() => heard.get("small")?.length === 1 && gaps.length === 1);
    await cluster.runForMs(5_000);
    expect(values(heard.get("small"))).toEqual(["y"]);
    expect(gaps).toEqual([{ tag: "Other", count: 1, ranges: [{ origin, first: 1, last: 1 }] }]);
  });

  test("rejects what its schema refuses, and others still get it", async () => {
    const heard = new Map<string, unknown[]>();
    const rejected: string[] = [];
    await using cluster = await createTestCluster({
      ...bytes,
      nodes: 4,
      setup: (node) => {
        const isStrict = node.name === "n2";
        const schema = isStrict ? z.number() : z.union([z.number(), z.string()]);
        const topic = node.topic("Commit", { schema, history: {} });
        const mine: unknown[] = [];
        heard.set(node.name, mine);
        topic.subscribe(({ value }) => mine.push(value));
        topic.onRejected(({ from, reason }) => rejected.push(`${node.name} ${from} ${reason}`));
        return (value: number) => topic.publish(value);
      },
    });
    await cluster.run(cluster.app("n1")("text" as never));
    await cluster.run(cluster.app("n1")(7));
    await cluster.runForMs(20_000);
    expect(heard.get("n2")).toEqual([7]);
    for (const name of ["n1", "n3", "n4"]) expect(heard.get(name)).toEqual(["text", 7]);
    expect(rejected).toEqual(["n2 n1 schema"]);
    expect(cluster.node("n2").metrics()["topics.rejected"]).toBe(1);
    expect(cluster.node("n2").metrics()["broadcast.dropped.rejected"] ?? 0).toBeLessThan(2);
  });

  test("is not opened twice with other bounds, nor without one read from the start", async () => {
    await using cluster = await createTestCluster({ nodes: 1 });
    const node = cluster.node("n1");
    node.topic("t", { history: { keptMaxCount: 5 } });
    expect(() => node.topic("t")).toThrow(/TOPIC_CONFLICT.*history/);
    expect(() => node.topic("t", { history: {} })).toThrow(/TOPIC_CONFLICT/);
    expect(node.topic("t", { history: { keptMaxCount: 5 } }).tag).toBe("t");
    const large = { keptMaxCount: 500_001 };
    expect(() => node.topic("u", { history: large })).toThrow(/at most 500000/);
    expect(() => node.topic("u", { history: { keptMaxCont: 5 } as never })).toThrow(/keptMaxCount/);
    expect(() => node.topic("bare").subscribe({ from: "start" })).toThrow(/history: \{\}/);
  });

  test("sends nothing of anti-entropy while no topic has one", async () => {
    await using cluster = await createTestCluster({ nodes: 3 });
    cluster.node("n1").topic("t");
    await cluster.runForMs(10_000);
    for (const node of cluster.nodes) {
      const names = Object.keys(node.metrics()).filter((name) => name.startsWith("antiEntropy"));
      expect(names).toEqual([]);
    }
  });
});

describe("flow control", () => {
  test("refuses what is more than gossip carries, and says so", async () => {
    const antiEntropy = { flowControl: "aimd", flowStartPerSecond: 5, flowIncreasePerSecond: 0 };
    await using cluster = await createTestCluster({ nodes: 2, options: { antiEntropy } });
    const topic = cluster.node("n1").topic("t", { history: {}, onFull: "fail" });
    for (let at = 0; at < 5; at += 1) await cluster.run(topic.publish(at));
    await expect(topic.publish(5)).rejects.toThrow(/QUEUE_FULL.*gossip carries no more/);
    await cluster.runForMs(1_000);
    await cluster.run(topic.publish(5));
  });
});

describe("the disk of a node", () => {
  test("keeps the past over a crash, with torn writes, and nothing durable is lost", async () => {
    const heard = new Map<string, Message[]>();
    for (let seed = 1; seed <= 8; seed += 1) {
      await using cluster = await createTestCluster({ nodes: 1, seed, setup: listener(heard) });
      const durable: unknown[] = [];
      for (let at = 0; at < 20; at += 1) {
        void cluster
          .app("n1")
          .publish(at)
          .then(
            () => durable.push(at),
            () => {},
          );
        if (at % 3 === 0) await cluster.runForMs(0.7);
      }
      const before = [...durable];
      expect(before.length).toBeGreaterThan(0);
      expect(before.length).toBeLessThan(20);
      cluster.crash("n1", "machine");
      const node = await cluster.restart("n1");
      const kept = await cluster.run(read(node, before.length));
      expect(kept.map(({ value }) => value)).toEqual(before);
    }
  });

  test("is lost: it comes back as a new origin, and nothing it says is old news", async () => {
    const heard = new Map<string, Message[]>();
    await using cluster = await createTestCluster({ ...bytes, nodes: 3, setup: listener(heard) });
    for (let at = 0; at < 5; at += 1) await cluster.run(cluster.app("n3").publish(`old ${at}`));
    await cluster.until(() => heard.get("n1")?.length === 5);
    const former = cluster.node("n3").origin;
    cluster.crash("n3", "machine");
    // Its clock was set back as well: only the others know how high its boot was.
    cluster.skew("n3", -3_600_000);
    await cluster.restart("n3", { disk: "lost" });
    await cluster.runForMs(5_000);
    for (let at = 0; at < 5; at += 1) await cluster.run(cluster.app("n3").publish(`new ${at}`));
    await cluster.until(() => heard.get("n1")?.length === 10);
    expect(cluster.node("n3").origin).not.toBe(former);
    const news = heard.get("n1")?.slice(5) ?? [];
    expect(news.map(({ value }) => value)).toEqual([0, 1, 2, 3, 4].map((at) => `new ${at}`));
    expect(dots(news)).toEqual([1, 2, 3, 4, 5].map((seq) => `${cluster.node("n3").origin}:${seq}`));
    // And it got its former past back from the others.
    const own = await cluster.run(read(cluster.node("n3"), 10));
    expect(new Set(values(own)).size).toBe(10);
  });

  test("is kept: what was said while the node was away is all it is sent", async () => {
    const heard = new Map<string, Message[]>();
    await using cluster = await createTestCluster({ ...bytes, nodes: 3, setup: listener(heard) });
    for (let at = 0; at < 50; at += 1) await cluster.run(cluster.app("n1").publish(at));
    await cluster.until(() => heard.get("n3")?.length === 50);
    await cluster.runForMs(1_000);
    cluster.crash("n3");
    for (let at = 50; at < 55; at += 1) await cluster.run(cluster.app("n1").publish(at));
    heard.delete("n3");
    const node = await cluster.restart("n3");
    await cluster.until(() => heard.get("n3")?.length === 5);
    expect(node.metrics()["antiEntropy.news"] ?? 0).toBeLessThanOrEqual(5);
    expect((await cluster.run(read(node, 55))).map(({ value }) => value)).toEqual(
      Array.from({ length: 55 }, (_, at) => at),
    );
  });

  test("holds back what a step says until what it wrote is durable", async () => {
    const heard = new Map<string, Message[]>();
    await using cluster = await createTestCluster({ nodes: 2, setup: listener(heard) });
    void cluster
      .app("n1")
      .publish("never")
      .catch(() => {});
    // Published in a step, and gone before the disk was done.
    await cluster.runForMs(0.4);
    cluster.crash("n1", "machine");
    await cluster.runForMs(5_000);
    expect(heard.get("n2")).toEqual([]);
  });

  test("fails: the node stops with an error that names it, and promises nothing more", async () => {
    const heard = new Map<string, Message[]>();
    await using cluster = await createTestCluster({ nodes: 2, setup: listener(heard) });
    const node = cluster.node("n1");
    cluster.diskFaults("n1").errorRatio = 1;
    const outcome = await cluster.run(
      cluster
        .app("n1")
        .publish("x")
        .then(
          () => "durable",
          (error: Error) => error.message,
        ),
    );
    expect(outcome).toMatch(/WRITE_UNCERTAIN/);
    const cause = await cluster.run(node.closed);
    expect(cause?.message).toMatch(/DATA_DIR.*n1:journal/);
    await cluster.runForMs(2_000);
    expect(heard.get("n2")).toEqual([]);
  });
});

test("the same seed gives the same run, disks and all", async () => {
  const run = async (): Promise<string> => {
    const heard = new Map<string, Message[]>();
    await using cluster = await createTestCluster({ nodes: 3, seed: 9, setup: listener(heard) });
    const lines: string[] = [];
    cluster.trace((line) => lines.push(line));
    for (let at = 0; at < 5; at += 1) await cluster.run(cluster.app("n2").publish(at));
    cluster.crash("n2", "machine");
    await cluster.restart("n2");
    await cluster.runForMs(3_000);
    return lines.join("\n");
  };
  expect(await run()).toBe(await run());
});
