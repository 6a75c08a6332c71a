/** Topics in causal order, on whole nodes in virtual time. */
import { describe, expect, test } from "vitest";
import type { TopicMessage, Via } from "../../src/index.ts";
import { createTestCluster } from "../../src/testing/index.ts";
import { CausalTown } from "./causal-town.ts";

const ways: readonly Via[] = ["piggyback", "plumtree", "rumor"];

function wayOf(name: string): Via {
  return ways[Number(name.slice(1)) % ways.length] ?? "piggyback";
}

describe("a causal group", () => {
  test.each([1, 2, 3, 4])(
    "with a past hears nothing before its cause, and all of it (seed %i)",
    async (seed) => {
      const town = await CausalTown.open({
        seed,
        nodesCount: 6,
        topics: { talk: { history: {} }, votes: { history: {} } },
        viaOf: wayOf,
      });
      await using cluster = town.cluster;
      cluster.lose(0.3);
      cluster.reorder(0.5, 300);
      cluster.duplicate(0.1);
      await town.talk(60);
      cluster.partition(["n1", "n2"], ["n3", "n4", "n5", "n6"]);
      await town.talk(40);
      cluster.heal();
      await cluster.runForMs(40_000);
      expect(town.outOfOrder()).toEqual([]);
      for (const name of cluster.names) {
        expect(town.missedBy(name)).toEqual([]);
        expect(cluster.app(name).gaps).toEqual([]);
      }
    },
  );

  test.each([1, 2, 3])(
    "without a past hears nothing before its cause, whoever takes part in what (seed %i)",
    async (seed) => {
      const town = await CausalTown.open({
        seed,
        nodesCount: 6,
        topics: { talk: {}, votes: {}, jokes: {} },
        takesPart: (name, tag) => (Number(name.slice(1)) + tag.length) % 3 !== 0,
        viaOf: wayOf,
      });
      await using cluster = town.cluster;
      cluster.reorder(0.5, 200);
      cluster.lose(0.1);
      await town.talk(120);
      await cluster.runForMs(5_000);
      expect(town.outOfOrder()).toEqual([]);
      for (const name of cluster.names) expect(town.missedBy(name)).toEqual([]);
      const waited = cluster.names.map((name) => town.metric(name, "topics.waited"));
      expect(Math.max(...waited)).toBeGreaterThan(0);
    },
  );

  test("who comes late begins where the others are, and is in order from then on", async () => {
    const town = await CausalTown.open({ seed: 5, nodesCount: 3, topics: { talk: {} } });
    await using cluster = town.cluster;
    await town.talk(30);
    await cluster.add("n4");
    await town.talk(40);
    await cluster.runForMs(5_000);
    const late = cluster.app("n4");
    expect(late.gaps).toEqual([]);
    expect(late.heard.length).toBeGreaterThan(30);
    expect(town.outOfOrder()).toEqual([]);
  });

  test("who comes late has a past in causal order from its start", async () => {
    const topics = { talk: { history: {} }, votes: { history: {} } };
    const town = await CausalTown.open({ seed: 6, nodesCount: 3, topics });
    await using cluster = town.cluster;
    // A clock far ahead: the order of time is not that of causes.
    cluster.skew("n2", 60_000);
    cluster.reorder(0.3, 100);
    await town.talk(60);
    await cluster.add("n4");
    await cluster.runForMs(20_000);
    expect(town.missedBy("n4")).toEqual([]);
    expect(town.outOfOrder()).toEqual([]);
    const read: number[] = [];
    cluster
      .app("n1")
      .topics.get("talk")
      ?.subscribe(({ value }) => void read.push(value), {
        from: "start",
      });
    expect(town.outOfOrderIn("n1 from the start", read)).toEqual([]);
    expect(read.length).toBeGreaterThan(20);
  });

  test("nodes that crash go on after what they had heard, with a disk and without", async () => {
    const topics = { talk: { history: {} }, votes: { history: {} } };
    const town = await CausalTown.open({ seed: 7, nodesCount: 4, topics, viaOf: wayOf });
    await using cluster = town.cluster;
    cluster.lose(0.1);
    await town.talk(40);
    await cluster.runForMs(5_000);
    for (const [name, disk] of [
      ["n1", "kept"],
      ["n2", "lost"],
    ] as const) {
      cluster.crash(name);
      await town.talk(20, ["n3", "n4"]);
      await cluster.restart(name, { disk });
      await town.talk(30);
    }
    await cluster.runForMs(40_000);
    expect(town.outOfOrder()).toEqual([]);
    expect(town.missedBy("n3")).toEqual([]);
    expect(town.missedBy("n2")).toEqual([]);
  });

  test("a cause that never comes is a gap, and holds nobody up for ever", async () => {
    const town = await CausalTown.open({ seed: 8, nodesCount: 4, topics: { talk: {}, votes: {} } });
    await using cluster = town.cluster;
    await town.talk(20);
    await cluster.runForMs(3_000);
    cluster.partition(["n1", "n2"], ["n3", "n4"]);
    await town.say("n1", "talk");
    await cluster.runForMs(1_000);
    cluster.crash("n1", "machine");
    await cluster.runForMs(60_000);
    cluster.heal();
    await cluster.until(() => cluster.node("n3").members.get("n2")?.status === "alive");
    await cluster.runForMs(2_000);
    await town.say("n2", "votes");
    const answer = town.saidCount - 1;
    await cluster.runForMs(900);
    expect(cluster.app("n3").heard).not.toContain(answer);
    await cluster.runForMs(1_000);
    for (const name of ["n3", "n4"]) {
      expect(cluster.app(name).heard.at(-1)).toBe(answer);
      expect(cluster.app(name).gaps).toMatchObject([{ tag: "talk", count: 1 }]);
    }
  });
});

test("an answer from within a subscriber comes to the others behind what it answers", async () => {
  await using cluster = await createTestCluster({
    nodes: 2,
    seed: 3,
    messages: "bytes",
    setup: (node) => {
      const heard: string[] = [];
      const topic = node.topic<string>("t", { order: "causal" });
      topic.subscribe(({ value }) => {
        if (value === "ping") void topic.publish(`pong of ${node.name}`);
      });
      topic.subscribe(({ value }) => void heard.push(value));
      return { heard, topic };
    },
  });
  await cluster.run(cluster.app("n1").topic.publish("ping"));
  await cluster.runForMs(2_000);
  for (const name of cluster.names) {
    const { heard } = cluster.app(name);
    expect([heard[0], heard.length]).toEqual(["ping", 3]);
  }
});

test("a message names what it came after, and its time is later", async () => {
  await using cluster = await createTestCluster({
    nodes: 2,
    messages: "bytes",
    setup: (node) => {
      const options = { order: "causal", causalGroup: "g", history: {}, via: "plumtree" } as const;
      const heard: TopicMessage<unknown>[] = [];
      const [talk, votes] = [node.topic("talk", options), node.topic("votes", options)];
      const hear = (message: TopicMessage<unknown>): void => void heard.push(message);
      talk.subscribe(hear);
      votes.subscribe(hear);
      return { heard, talk, votes };
    },
  });
  cluster.skew("n1", 3_000);
  const { dot } = await cluster.run(cluster.app("n1").talk.publish("shall we?"));
  await cluster.until(() => cluster.app("n2").heard.length === 1);
  await cluster.run(cluster.app("n2").votes.publish("yes"));
  await cluster.until(() => cluster.app("n1").heard.length === 2);
  const [question, answer] = cluster.app("n1").heard;
  expect(question?.after).toEqual([]);
  expect(answer?.after).toEqual([{ tag: "talk", ...dot }]);
  expect(answer?.clock.ms).toBeGreaterThanOrEqual(question?.clock.ms ?? Number.NaN);
});

test("readers that keep no order read those that do, and the other way round", async () => {
  await using cluster = await createTestCluster({
    nodes: 3,
    messages: "bytes",
    setup: (node) => {
      const orders = { n1: "causal", n2: "none", n3: "fifo" } as const;
      const order = orders[node.name as keyof typeof orders];
      const topic = node.topic<string>("t", { order, codec: "json" });
      const heard: string[] = [];
      topic.subscribe(({ value }) => void heard.push(value));
      return { topic, heard };
    },
  });
  for (const name of cluster.names) {
    await cluster.run(cluster.app(name).topic.publish(`of ${name}`));
    await cluster.runForMs(1_000);
  }
  for (const name of cluster.names) {
    expect(cluster.app(name).heard).toEqual(["of n1", "of n2", "of n3"]);
  }
});

test("a causal group goes with causal order only", async () => {
  await using cluster = await createTestCluster({ nodes: 1 });
  const node = cluster.node("n1");
  const refused = expect.objectContaining({ code: "CONFIG_OPTION" });
  expect(() => node.topic("t", { causalGroup: "g" })).toThrow(refused);
  expect(() => node.topic("t", { order: "causal", causalGroup: "" })).toThrow(refused);
  node.topic("t", { order: "causal", causalGroup: "g" });
  const conflict = expect.objectContaining({ code: "TOPIC_CONFLICT" });
  expect(() => node.topic("t", { order: "causal" })).toThrow(conflict);
});
