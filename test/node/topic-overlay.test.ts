/** Trees over HyParView on whole nodes in virtual time. */
import { expect, test } from "vitest";
import type { HearsayNode, TopicMessage, TopicOptions } from "../../src/index.ts";
import {
  createTestCluster,
  type TestCluster,
  type TestClusterOptions,
} from "../../src/testing/index.ts";

type Message = TopicMessage<unknown>;

const hyparview = {
  messages: "bytes",
  options: { overlay: "hyparview" },
} as const satisfies Partial<TestClusterOptions>;
const withHistory: TopicOptions<undefined> = { via: "plumtree", history: {} };
const bare: TopicOptions<undefined> = { via: "plumtree" };

/** Opens the topic on every node, and notes what its subscribers are told. */
function listener(heard: Map<string, Message[]>, options: TopicOptions<undefined>) {
  return (node: HearsayNode) => {
    const topic = node.topic("t", options);
    const mine = heard.get(node.name) ?? [];
    heard.set(node.name, mine);
    topic.subscribe((message) => mine.push(message));
    return topic;
  };
}

type Topics = TestCluster<ReturnType<ReturnType<typeof listener>>>;

async function publish(cluster: Topics, name: string, value: unknown): Promise<void> {
  await cluster.run(cluster.app(name).publish(value));
}

const values = (messages: readonly Message[] = []): string[] =>
  messages.map(({ value }) => String(value)).sort();

const activeOf = (node: HearsayNode): readonly string[] => node.view().overlay?.active ?? [];

/** How many nodes those of `from` reach over neighbours, and whether all links are mutual. */
function reachOf(nodes: readonly HearsayNode[]): { reached: number; oneSided: string[] } {
  const neighbours = new Map(nodes.map((node) => [node.name, activeOf(node)]));
  const [first] = neighbours.keys();
  const reached = new Set(first === undefined ? [] : [first]);
  for (const name of reached) for (const peer of neighbours.get(name) ?? []) reached.add(peer);
  const oneSided = [...neighbours].flatMap(([name, peers]) =>
    peers
      .filter((peer) => neighbours.get(peer)?.includes(name) !== true)
      .map((to) => `${name}-${to}`),
  );
  return { reached: reached.size, oneSided };
}

function isWhole(cluster: Topics): boolean {
  const { oneSided, reached } = reachOf(cluster.nodes);
  return reached === cluster.nodes.length && oneSided.length === 0;
}

test("nodes on HyParView are one mutual overlay of few neighbours, and say so", async () => {
  const heard = new Map<string, Message[]>();
  const setup = listener(heard, bare);
  await using cluster = await createTestCluster({ ...hyparview, nodes: 20, seed: 1, setup });
  await cluster.until(() => isWhole(cluster), { what: "one overlay" });
  for (const node of cluster.nodes) {
    const overlay = node.view().overlay;
    expect(overlay?.protocol).toBe("hyparview");
    expect(overlay?.active.length).toBeGreaterThanOrEqual(1);
    expect(overlay?.active.length).toBeLessThanOrEqual(5);
  }
  for (let at = 0; at < 20; at += 1) await publish(cluster, `n${1 + at}`, at);
  await cluster.until(() => cluster.names.every((name) => heard.get(name)?.length === 20));
});

test("after a third has crashed, the rest hear all at once, without a history", async () => {
  const heard = new Map<string, Message[]>();
  const setup = listener(heard, bare);
  await using cluster = await createTestCluster({ ...hyparview, nodes: 18, seed: 2, setup });
  await cluster.until(() => isWhole(cluster), { what: "one overlay" });
  await publish(cluster, "n1", "before");
  await cluster.runForMs(2_000);
  for (let at = 13; at <= 18; at += 1)
    cluster.crash(`n${at}`, at % 2 === 0 ? "process" : "machine");
  await cluster.until(() => isWhole(cluster), { what: "one overlay of those left" });
  await publish(cluster, "n12", "after");
  const left = cluster.nodes.map(({ name }) => name);
  expect(left).toHaveLength(12);
  await cluster.until(() => left.every((name) => heard.get(name)?.length === 2), {
    limitMs: 5_000,
  });
});

test("halves that were apart are one overlay soon after they meet again", async () => {
  const heard = new Map<string, Message[]>();
  const setup = listener(heard, bare);
  await using cluster = await createTestCluster({ ...hyparview, nodes: 16, seed: 3, setup });
  await cluster.until(() => isWhole(cluster), { what: "one overlay" });
  const half = cluster.names.slice(0, 8);
  cluster.partition(half, cluster.names.slice(8));
  await cluster.runForMs(60_000);
  const [here, there] = [0, 8].map((from) => reachOf(cluster.nodes.slice(from, from + 8)));
  expect([here?.reached, there?.reached]).toEqual([8, 8]);
  cluster.heal();
  await cluster.until(() => isWhole(cluster), { what: "one overlay again", limitMs: 120_000 });
  await publish(cluster, "n1", "to all");
  await cluster.until(() => cluster.names.every((name) => heard.get(name)?.length === 1), {
    limitMs: 5_000,
  });
});

test("with a history all get all: loss, crashes, a partition, newcomers", async () => {
  const heard = new Map<string, Message[]>();
  const setup = listener(heard, withHistory);
  await using cluster = await createTestCluster({ ...hyparview, nodes: 12, seed: 4, setup });
  cluster.lose(0.2);
  for (let at = 0; at < 60; at += 1) {
    if (at === 10) cluster.partition(cluster.names.slice(0, 5), cluster.names.slice(5));
    if (at === 30) cluster.heal();
    if (at === 35) for (const name of ["n2", "n3", "n9", "n10"]) cluster.crash(name);
    if (at === 45) await cluster.restart("n2");
    if (at === 50) await cluster.add("late");
    await publish(cluster, "n1", `a ${at}`);
    await publish(cluster, "n7", `b ${at}`);
    await cluster.runForMs(40);
  }
  cluster.lose(0);
  await cluster.runForMs(60_000);
  const all = values(heard.get("n1"));
  expect(all).toHaveLength(120);
  for (const { name } of cluster.nodes) {
    // What its disk had not taken when it crashed, n2 is told again.
    const told = values(heard.get(name));
    expect([name, name === "n2" ? [...new Set(told)] : told]).toEqual([name, all]);
  }
  expect(isWhole(cluster)).toBe(true);
});

test("among nodes on rings nobody is cut off, and neighbours are mutual", async () => {
  const heard = new Map<string, Message[]>();
  const setup = listener(heard, bare);
  const choices = (name: string) =>
    ({ overlay: Number(name.slice(1)) % 3 === 0 ? "rings" : "hyparview" }) as const;
  await using cluster = await createTestCluster({
    messages: "bytes",
    nodes: 15,
    seed: 5,
    setup,
    options: choices,
  });
  await cluster.until(() => isWhole(cluster), { what: "one overlay" });
  const protocols = cluster.nodes.map((node) => node.view().overlay?.protocol);
  expect(new Set(protocols)).toEqual(new Set(["rings", "hyparview"]));
  for (const name of cluster.names) await publish(cluster, name, name);
  await cluster.until(() => cluster.names.every((name) => heard.get(name)?.length === 15), {
    limitMs: 10_000,
  });
});

test.each([1, 14])("%i on HyParView among 15 nodes hear and are heard", async (count) => {
  const heard = new Map<string, Message[]>();
  const setup = listener(heard, bare);
  const options = (name: string) =>
    ({ overlay: Number(name.slice(1)) <= count ? "hyparview" : "rings" }) as const;
  const mixed = { messages: "bytes", nodes: 15, seed: 6, setup, options } as const;
  await using cluster = await createTestCluster(mixed);
  await cluster.until(() => isWhole(cluster), { what: "one overlay" });
  for (const name of ["n1", "n15"]) await publish(cluster, name, name);
  await cluster.until(() => cluster.names.every((name) => heard.get(name)?.length === 2), {
    limitMs: 10_000,
  });
});

test("a restarted node comes back by its disk into the overlay", async () => {
  const heard = new Map<string, Message[]>();
  const setup = listener(heard, bare);
  await using cluster = await createTestCluster({ ...hyparview, nodes: 12, seed: 7, setup });
  await cluster.until(() => isWhole(cluster), { what: "one overlay" });
  // Later than the first save of members.json.
  await cluster.runForMs(120_000);
  // All seeds that n9 is told of are gone: only its disk knows the others.
  for (const name of ["n9", "n1", "n2", "n3", "n4"]) cluster.crash(name);
  await cluster.runForMs(30_000);
  await cluster.restart("n9");
  await cluster.until(() => isWhole(cluster), { what: "n9 in the overlay" });
  await publish(cluster, "n9", "back");
  await cluster.until(() =>
    cluster.nodes.every(({ name }) => values(heard.get(name)).includes("back")),
  );
});

test("a node that was cut off for long comes back, and others may leave meanwhile", async () => {
  const heard = new Map<string, Message[]>();
  const setup = listener(heard, bare);
  await using cluster = await createTestCluster({ ...hyparview, nodes: 12, seed: 8, setup });
  await cluster.until(() => isWhole(cluster), { what: "one overlay" });
  cluster.partition(["n12"]);
  await cluster.runForMs(300_000);
  expect(activeOf(cluster.node("n12"))).toEqual([]);
  const others = cluster.nodes.filter(({ name }) => name !== "n12");
  expect(reachOf(others)).toEqual({ reached: 11, oneSided: [] });
  await cluster.run(cluster.node("n5").leave());
  const left = others.filter(({ name }) => name !== "n5");
  await cluster.until(() => reachOf(left).reached === 10, { limitMs: 5_000 });
  cluster.heal();
  await cluster.until(() => isWhole(cluster), { what: "n12 in the overlay", limitMs: 120_000 });
  await publish(cluster, "n12", "back");
  await cluster.until(() => cluster.nodes.every(({ name }) => heard.get(name)?.length === 1), {
    limitMs: 5_000,
  });
});
