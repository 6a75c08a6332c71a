/** Topics that keep the order of each publisher, on whole nodes in virtual time. */
import { describe, expect, test } from "vitest";
import type { Gap, HearsayNode, HistoryChoice, TopicMessage } from "../../src/index.ts";
import { createTestCluster, type TestClusterOptions } from "../../src/testing/index.ts";

const bytes: Pick<TestClusterOptions, "messages"> = { messages: "bytes" };

interface Heard {
  readonly messages: TopicMessage<unknown>[];
  readonly gaps: Gap[];
}

function listener(heard: Map<string, Heard>, history?: HistoryChoice) {
  return (node: HearsayNode) => {
    const topic = node.topic("t", { order: "fifo", ...(history && { history }) });
    const mine: Heard = { messages: [], gaps: [] };
    heard.set(node.name, mine);
    topic.subscribe((message) => mine.messages.push(message), {
      onGap: (gap) => mine.gaps.push(gap),
    });
    return topic;
  };
}

/** Fails unless the numbers of each publisher only grow. */
function expectOrder(messages: readonly TopicMessage<unknown>[] = []): void {
  const lasts = new Map<string, number>();
  for (const { dot } of messages) {
    expect(dot.seq).toBeGreaterThan(lasts.get(dot.origin) ?? 0);
    lasts.set(dot.origin, dot.seq);
  }
}

/** Messages and gaps together name every number from 1 to `count` of `origin` once. */
function expectAll(heard: Heard | undefined, origin: string, count: number): void {
  const messages = heard?.messages.filter(({ dot }) => dot.origin === origin) ?? [];
  const named = messages.map(({ dot }) => dot.seq);
  for (const gap of heard?.gaps ?? []) {
    for (const range of gap.ranges) {
      if (range.origin !== origin) continue;
      for (let seq = range.first; seq <= range.last; seq += 1) named.push(seq);
    }
  }
  named.sort((one, other) => one - other);
  expect(named).toEqual(Array.from({ length: count }, (_, at) => at + 1));
}

describe("a topic in order", () => {
  test.each([1, 2, 3])(
    "of each publisher, over a network that shuffles (seed %i)",
    async (seed) => {
      const heard = new Map<string, Heard>();
      const setup = listener(heard);
      await using cluster = await createTestCluster({ ...bytes, nodes: 5, seed, setup });
      cluster.reorder(0.5, 200);
      cluster.lose(0.1);
      for (let round = 0; round < 40; round += 1) {
        for (const name of ["n1", "n2"]) await cluster.run(cluster.app(name).publish(round));
        await cluster.runForMs(10);
      }
      await cluster.runForMs(20_000);
      for (const name of cluster.names) {
        expectOrder(heard.get(name)?.messages);
        expect(heard.get(name)?.messages).toHaveLength(80);
        expect(heard.get(name)?.gaps).toEqual([]);
      }
    },
  );

  test("goes on after a bounded time when what is missing never comes", async () => {
    const heard = new Map<string, Heard>();
    const setup = listener(heard);
    await using cluster = await createTestCluster({ ...bytes, nodes: 2, setup });
    const publish = (value: string) => cluster.run(cluster.app("n1").publish(value));
    await publish("before");
    await cluster.runForMs(1_000);
    cluster.cut("n1", "n2");
    await publish("lost");
    await cluster.runForMs(40_000);
    cluster.heal();
    await cluster.until(() => cluster.node("n2").members.get("n1")?.status === "alive");
    await cluster.runForMs(2_000);
    await publish("after");
    await cluster.runForMs(500);
    expect(heard.get("n2")?.messages.map(({ value }) => value)).toEqual(["before"]);
    await cluster.runForMs(1_000);
    expect(heard.get("n2")?.messages.map(({ value }) => value)).toEqual(["before", "after"]);
    const origin = cluster.node("n1").origin;
    expect(heard.get("n2")?.gaps).toEqual([
      { tag: "t", count: 1, ranges: [{ origin, first: 2, last: 2 }] },
    ]);
  });

  test("with a history gets all of both sides after a partition, in order", async () => {
    const heard = new Map<string, Heard>();
    const setup = listener(heard, {});
    await using cluster = await createTestCluster({ ...bytes, nodes: 4, seed: 5, setup });
    cluster.lose(0.3);
    for (let at = 0; at < 60; at += 1) {
      if (at === 20) cluster.partition(["n1", "n2"], ["n3", "n4"]);
      if (at === 40) cluster.heal();
      await cluster.run(cluster.app("n1").publish(at));
      await cluster.run(cluster.app("n3").publish(at));
      await cluster.runForMs(50);
    }
    await cluster.runForMs(30_000);
    for (const name of cluster.names) {
      expectOrder(heard.get(name)?.messages);
      expect(heard.get(name)?.messages).toHaveLength(120);
      expect(heard.get(name)?.gaps).toEqual([]);
    }
  });

  test("with a short history every message comes in order or is told as a gap", async () => {
    const heard = new Map<string, Heard>();
    const setup = listener(heard, { keptMaxCount: 10 });
    await using cluster = await createTestCluster({ ...bytes, nodes: 3, seed: 6, setup });
    cluster.partition(["n1", "n2"], ["n3"]);
    for (let at = 0; at < 40; at += 1) await cluster.run(cluster.app("n1").publish(at));
    await cluster.runForMs(60_000);
    cluster.heal();
    const origin = cluster.node("n1").origin;
    await cluster.until(() => heard.get("n3")?.messages.at(-1)?.dot.seq === 40);
    expectOrder(heard.get("n3")?.messages);
    expectAll(heard.get("n3"), origin, 40);
    expect(heard.get("n3")?.gaps.length).toBeGreaterThan(0);
  });

  test("read from the start it has no message twice, late or left out", async () => {
    const heard = new Map<string, Heard>();
    const setup = listener(heard, {});
    await using cluster = await createTestCluster({ ...bytes, nodes: 3, seed: 8, setup });
    cluster.reorder(0.5, 300);
    cluster.lose(0.3);
    const found: TopicMessage<unknown>[][] = [];
    for (let at = 0; at < 60; at += 1) {
      await cluster.run(cluster.app("n1").publish(at));
      await cluster.runForMs(20);
      if (at % 10 !== 0) continue;
      const mine: TopicMessage<unknown>[] = [];
      found.push(mine);
      cluster.app("n3").subscribe((message) => mine.push(message), { from: "start" });
    }
    await cluster.runForMs(20_000);
    for (const messages of found) {
      expect(messages.map(({ value }) => value)).toEqual(Array.from({ length: 60 }, (_, at) => at));
    }
  });

  test("a restarted node goes on where its disk left off", async () => {
    const heard = new Map<string, Heard>();
    const setup = listener(heard, {});
    await using cluster = await createTestCluster({ ...bytes, nodes: 3, seed: 9, setup });
    for (let at = 0; at < 10; at += 1) await cluster.run(cluster.app("n1").publish(at));
    await cluster.runForMs(3_000);
    cluster.crash("n3");
    for (let at = 10; at < 20; at += 1) await cluster.run(cluster.app("n1").publish(at));
    await cluster.restart("n3");
    await cluster.until(() => heard.get("n3")?.messages.length === 10);
    expect(heard.get("n3")?.messages.map(({ value }) => value)).toEqual(
      Array.from({ length: 10 }, (_, at) => at + 10),
    );
    const again: unknown[] = [];
    cluster.app("n3").subscribe(({ value }) => again.push(value), { from: "start" });
    expect(again).toEqual(Array.from({ length: 20 }, (_, at) => at));
  });
});
