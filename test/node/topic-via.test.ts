/** Topics by trees and by rumours, on whole nodes in virtual time. */
import { describe, expect, test } from "vitest";
import type { HearsayNode, TopicMessage, TopicOptions, Via } from "../../src/index.ts";
import { createTestCluster, type TestClusterOptions } from "../../src/testing/index.ts";

type Message = TopicMessage<unknown>;
type Options = TopicOptions<undefined>;

const bytes: Pick<TestClusterOptions, "messages"> = { messages: "bytes" };
const vias: readonly Via[] = ["piggyback", "plumtree", "rumor"];

/** Opens the topic on every node, and notes what its subscribers are told. */
function listener(heard: Map<string, Message[]>, options: Options | ((name: string) => Options)) {
  return (node: HearsayNode) => {
    const topic = node.topic("t", typeof options === "function" ? options(node.name) : options);
    const mine = heard.get(node.name) ?? [];
    heard.set(node.name, mine);
    topic.subscribe((message) => mine.push(message));
    return topic;
  };
}

const dots = (messages: readonly Message[] = []): string[] =>
  messages.map(({ dot }) => `${dot.origin}:${dot.seq}`).sort();

describe.each(vias)("a topic via %s", (via) => {
  test("gives each subscriber each message once, and its publisher too", async () => {
    const heard = new Map<string, Message[]>();
    const setup = listener(heard, { via });
    await using cluster = await createTestCluster({ ...bytes, nodes: 8, seed: 2, setup });
    for (let round = 0; round < 10; round += 1) {
      for (const name of cluster.names) {
        await cluster.run(cluster.app(name).publish(`${name} ${round}`));
      }
      await cluster.runForMs(100);
    }
    await cluster.runForMs(10_000);
    const all = dots(heard.get("n1"));
    expect(new Set(all).size).toBe(80);
    for (const name of cluster.names) expect(dots(heard.get(name))).toEqual(all);
  });

  test("with a history reaches all, whatever is lost, cut off, crashed or new", async () => {
    const heard = new Map<string, Message[]>();
    const setup = listener(heard, { via, history: {} });
    await using cluster = await createTestCluster({ ...bytes, nodes: 7, seed: 4, setup });
    cluster.lose(0.3);
    const publish = async (name: string, value: unknown) => {
      await cluster.run(cluster.app(name).publish(value));
      await cluster.runForMs(40);
    };
    for (let at = 0; at < 60; at += 1) {
      if (at === 10) cluster.partition(["n1", "n2", "n3"], ["n4", "n5", "n6", "n7"]);
      if (at === 30) cluster.heal();
      if (at === 35) cluster.crash("n2");
      if (at === 45) await cluster.restart("n2");
      if (at === 50) await cluster.add("late");
      await publish("n1", `a ${at}`);
      await publish("n5", `b ${at}`);
    }
    cluster.lose(0);
    await cluster.runForMs(60_000);
    const all = dots(heard.get("n1"));
    expect(all).toHaveLength(120);
    for (const name of cluster.names) {
      expect(new Set(dots(heard.get(name))).size).toBe(heard.get(name)?.length);
      expect(dots(heard.get(name))).toEqual(all);
    }
  });

  test("in order gives each publisher's messages in order", async () => {
    const heard = new Map<string, Message[]>();
    const setup = listener(heard, { via, order: "fifo", history: {} });
    await using cluster = await createTestCluster({ ...bytes, nodes: 6, seed: 5, setup });
    cluster.lose(0.2);
    cluster.reorder(0.3, 100);
    for (let at = 0; at < 50; at += 1) {
      await cluster.run(cluster.app("n1").publish(at));
      await cluster.run(cluster.app("n2").publish(at));
      await cluster.runForMs(20);
    }
    await cluster.runForMs(30_000);
    for (const name of cluster.names) {
      for (const from of ["n1", "n2"]) {
        const values = heard.get(name)?.filter((one) => one.from === from);
        expect(values?.map(({ value }) => value)).toEqual(
          Array.from({ length: 50 }, (_, at) => at),
        );
      }
    }
  });

  test("carries what fits no packet", async () => {
    const heard = new Map<string, Message[]>();
    const setup = listener(heard, { via, codec: "raw" });
    await using cluster = await createTestCluster({ ...bytes, nodes: 5, seed: 6, setup });
    await cluster.run(cluster.app("n1").publish(new Uint8Array(300_000).fill(7)));
    await cluster.until(() => cluster.names.every((name) => heard.get(name)?.length === 1));
    for (const name of cluster.names) {
      const value = heard.get(name)?.[0]?.value as Uint8Array;
      expect(value.length).toBe(300_000);
      expect(value.every((byte) => byte === 7)).toBe(true);
    }
  });

  test("passes on nothing that its schema refuses, and tells its publisher's name", async () => {
    const heard = new Map<string, Message[]>();
    const odd = (value: unknown) =>
      typeof value === "number" && value % 2 === 1
        ? { value }
        : { issues: [{ message: "is not odd" }] };
    const strict = { "~standard": { version: 1, vendor: "test", validate: odd } } as const;
    const setup = listener(heard, (name) =>
      name === "n1" ? { via } : ({ via, schema: strict } as unknown as Options),
    );
    await using cluster = await createTestCluster({ ...bytes, nodes: 5, seed: 7, setup });
    const rejections: string[] = [];
    cluster.app("n3").onRejected(({ from, reason }) => rejections.push(`${from} ${reason}`));
    for (const value of [1, 2, 3]) await cluster.run(cluster.app("n1").publish(value));
    await cluster.runForMs(5_000);
    for (const name of ["n2", "n3", "n4", "n5"]) {
      expect(heard.get(name)?.map(({ value }) => value)).toEqual([1, 3]);
    }
    expect(new Set(rejections)).toEqual(new Set(["n1 schema"]));
  });
});

describe.each(["plumtree", "rumor"] as const)("a topic via %s", (via) => {
  test("reaches all although most nodes never opened it", async () => {
    const heard = new Map<string, Message[]>();
    const open = listener(heard, { via });
    const members = ["n1", "n9", "n17"];
    await using cluster = await createTestCluster({
      ...bytes,
      nodes: 20,
      seed: 3,
      setup: (node) => (members.includes(node.name) ? open(node) : undefined),
    });
    for (let at = 0; at < 20; at += 1) {
      await cluster.run(cluster.app("n1")!.publish(at));
      await cluster.runForMs(50);
    }
    await cluster.runForMs(10_000);
    for (const name of members) expect(heard.get(name)).toHaveLength(20);
    expect(cluster.node("n2").metrics()["topics.relayed"]).toBe(1);
    // Who opens what it has only passed on is a subscriber from then on.
    const late = open(cluster.node("n2"));
    await cluster.run(late.publish("from the relay"));
    await cluster.run(cluster.app("n9")!.publish("to the relay"));
    await cluster.runForMs(10_000);
    expect(
      heard
        .get("n2")
        ?.map(({ value }) => value)
        .sort(),
    ).toEqual(["from the relay", "to the relay"]);
    expect(cluster.node("n2").metrics()["topics.relayed"]).toBe(0);
    for (const name of members) expect(heard.get(name)).toHaveLength(22);
  });

  test("counts what it cost and brought", async () => {
    const heard = new Map<string, Message[]>();
    const setup = listener(heard, { via });
    await using cluster = await createTestCluster({ ...bytes, nodes: 6, setup });
    for (let at = 0; at < 20; at += 1) {
      await cluster.run(cluster.app("n1").publish(at));
      await cluster.runForMs(200);
    }
    await cluster.runForMs(5_000);
    const sent = cluster.app("n1").statistics();
    expect(sent).toMatchObject({ published: 20, delivered: 20, rejected: 0 });
    expect(sent.payloadsSent).toBeGreaterThan(0);
    expect(sent.bytesSent).toBeGreaterThan(20);
    const got = cluster.app("n4").statistics();
    expect(got).toMatchObject({ published: 0, delivered: 20 });
    expect(got.payloadsReceived).toBe(20 + got.duplicates);
    expect(got.hops.mean).toBeGreaterThanOrEqual(1);
    if (via !== "plumtree") return;
    expect(got.hops.histogram.reduce((sum, count) => sum + count, 0)).toBe(20);
    expect(got.hops.max).toBeGreaterThanOrEqual(1);
    expect(got.controlSent + got.controlReceived).toBeGreaterThan(0);
  });
});

test("nodes that open a topic with different ways hear each other, each once", async () => {
  const heard = new Map<string, Message[]>();
  const order = ["piggyback", "plumtree", "rumor"] as const;
  const viaOf = (name: string): Via => order[Number(name.slice(1)) % 3] ?? "piggyback";
  const setup = listener(heard, (name) => ({ via: viaOf(name) }));
  await using cluster = await createTestCluster({ ...bytes, nodes: 9, seed: 8, setup });
  for (let at = 0; at < 10; at += 1) {
    for (const name of cluster.names) await cluster.run(cluster.app(name).publish(at));
    await cluster.runForMs(300);
  }
  await cluster.runForMs(20_000);
  for (const name of cluster.names) {
    expect(new Set(dots(heard.get(name))).size).toBe(90);
    expect(heard.get(name)).toHaveLength(90);
  }
  const others = cluster.nodes.map((node) => node.metrics()["topics.otherVia"] ?? 0);
  expect(Math.min(...others)).toBeGreaterThan(0);
});

test("a topic has one way on a node", async () => {
  await using cluster = await createTestCluster({ nodes: 1 });
  const node = cluster.node("n1");
  node.topic("t", { via: "plumtree" });
  expect(() => node.topic("t")).toThrow("TOPIC_CONFLICT");
  expect(() => node.topic("u", { via: "pigeon" as Via })).toThrow("CONFIG_OPTION");
});
