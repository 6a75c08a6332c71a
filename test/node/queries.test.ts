/** Queries when the network and the members are not as they should be. */
import { afterEach, describe, expect, it } from "vitest";
import type { HearsayNode, QueryAnswer, QueryRun } from "../../src/index.ts";
import type { TestCluster } from "../../src/testing/test-cluster/cluster-api.ts";
// Loaded with this file: no limit of time of the first test is spent on it.
import "../../src/testing/test-cluster/running-cluster.ts";
import { createTestCluster } from "../../src/testing/test-cluster/create-test-cluster.ts";
import { memoryNetwork } from "../../src/transport/memory/memory.ts";
import { Cluster } from "./cluster.ts";

async function answersOf<Reply>(run: QueryRun<Reply>): Promise<QueryAnswer<Reply>[]> {
  const answers: QueryAnswer<Reply>[] = [];
  for await (const answer of run) answers.push(answer);
  return answers;
}

async function outcomesOf(cluster: TestCluster<unknown>, run: QueryRun) {
  const summary = await cluster.run(run.summary());
  const outcomes = Object.fromEntries(summary.members.map(({ name, outcome }) => [name, outcome]));
  return { ...outcomes, ended: summary.ended };
}

interface Work {
  readonly begun: string[];
  readonly aborted: string[];
  release(name: string): void;
}

/** Nodes that answer "work" when the test lets them. */
function working(nodes: number, options: object = {}) {
  const begun: string[] = [];
  const aborted: string[] = [];
  const waiting = new Map<string, () => void>();
  const made = createTestCluster({
    nodes,
    seed: 11,
    ...options,
    setup: (node) => {
      node.queries.define<undefined, string>("work").handle((_, { signal }) => {
        begun.push(node.name);
        signal.addEventListener("abort", () => aborted.push(node.name));
        return new Promise((resolve) => waiting.set(node.name, () => resolve(node.name)));
      });
    },
  });
  const release = (name: string): void => waiting.get(name)?.();
  const work: Work = { begun, aborted, release };
  return { made, work };
}

describe("queries in a cluster with faults", () => {
  it.each([1, 2])("lose and double nothing under loss (seed %i)", async (seed) => {
    const calls = new Map<string, number>();
    await using cluster = await createTestCluster({
      nodes: 6,
      seed,
      options: { queries: { directMaxCount: 3, fanoutCount: 3 } },
      setup: (node) => {
        node.queries.define("parts").handle(async function* () {
          calls.set(node.name, (calls.get(node.name) ?? 0) + 1);
          for (let part = 1; part <= 10; part += 1) yield part;
        });
      },
    });
    cluster.lose(0.2);
    cluster.reorder(0.2);
    cluster.duplicate(0.2);
    const run = cluster.node("n3").query("parts", undefined, { timeoutMs: 30_000, relayCount: 1 });
    const answers = await cluster.run(answersOf(run), { limitMs: 60_000 });
    const summary = await cluster.run(run.summary());
    expect(summary).toMatchObject({ ended: "complete", askedCount: 6, answersCount: 60 });
    for (const name of cluster.names) {
      const own = answers.filter(({ from }) => from === name);
      expect(own.map((one) => (one.kind === "answer" ? one.value : -1))).toEqual(
        Array.from({ length: 10 }, (_, i) => i + 1),
      );
    }
    expect([...calls.values()]).toEqual(Array.from({ length: 6 }, () => 1));
  });

  it("who is killed, who leaves and who joins meanwhile is told for what it is", async () => {
    const { made, work } = working(5);
    await using cluster = await made;
    const run = cluster.node("n1").query("work", undefined, { timeoutMs: 120_000 });
    await cluster.runForMs(500);
    expect([...work.begun].sort()).toEqual(["n1", "n2", "n3", "n4", "n5"]);
    cluster.crash("n2");
    await cluster.run(cluster.node("n3").leave());
    await cluster.add("n6");
    work.release("n1");
    work.release("n4");
    await cluster.runForMs(30_000);
    work.release("n5");
    expect(await outcomesOf(cluster, run)).toEqual({
      n1: "answered",
      n2: "died",
      n3: "left",
      n4: "answered",
      n5: "answered",
      n6: "joined",
      ended: "complete",
    });
    // Who left has ended what it was at.
    expect(work.aborted).toEqual(["n3"]);
  });

  it("a member that begins another life is asked again when it had said nothing", async () => {
    const { made, work } = working(3);
    await using cluster = await made;
    const run = cluster.node("n1").query("work", undefined, { nodes: ["n2"], timeoutMs: 60_000 });
    await cluster.runForMs(500);
    cluster.crash("n2");
    await cluster.restart("n2", { disk: "kept" });
    await cluster.runForMs(8_000);
    expect(work.begun).toEqual(["n2", "n2"]);
    work.release("n2");
    expect(await outcomesOf(cluster, run)).toEqual({ n2: "answered", ended: "complete" });
  });

  it("the acked and the silent are told apart", async () => {
    const { made, work } = working(4);
    await using cluster = await made;
    cluster.pause("n3");
    const wish = { nodes: ["n2", "n3"], timeoutMs: 2_000 };
    const run = cluster.node("n1").query("work", undefined, wish);
    await cluster.runForMs(1_000);
    expect(work.begun).toEqual(["n2"]);
    expect(await outcomesOf(cluster, run)).toEqual({
      n2: "acked",
      n3: "silent",
      ended: "deadline",
    });
  });

  it("relays get around a path that is cut", async () => {
    const { made, work } = working(4);
    await using cluster = await made;
    cluster.cut("n1", "n3");
    cluster.cut("n3", "n1");
    const wish = { nodes: ["n3"], timeoutMs: 4_000, relayCount: 2 };
    const run = cluster.node("n1").query("work", undefined, wish);
    await cluster.runForMs(100);
    expect(work.begun).toEqual(["n3"]);
    work.release("n3");
    expect(await outcomesOf(cluster, run)).toEqual({ n3: "answered", ended: "complete" });
    const carried = ["n2", "n4"].map((name) => cluster.node(name).metrics()["queries.passedOn"]);
    expect(carried.every((count) => (count ?? 0) > 0)).toBe(true);
  });

  it("what a partition ate is sent again when it has healed", async () => {
    const { made, work } = working(3);
    await using cluster = await made;
    const run = cluster.node("n1").query("work", undefined, { timeoutMs: 60_000 });
    await cluster.runForMs(500);
    cluster.partition(["n1", "n2"], ["n3"]);
    for (const name of ["n1", "n2", "n3"]) work.release(name);
    await cluster.runForMs(2_000);
    cluster.heal();
    const answers = await cluster.run(answersOf(run));
    expect(answers.map(({ from }) => from).sort()).toEqual(["n1", "n2", "n3"]);
    expect(work.begun.length).toBe(3);
  });

  it("more than a node can answer at a time is refused, and said so", async () => {
    const options = { queries: { answeringMaxCount: 2, answeringPerPeerMaxCount: 2 } };
    const { made } = working(2, { options });
    await using cluster = await made;
    const wish = { nodes: ["n2"], timeoutMs: 1_000 };
    const runs = [1, 2, 3].map(() => cluster.node("n1").query("work", undefined, wish));
    const outcomes = [];
    for (const run of runs) outcomes.push(await outcomesOf(cluster, run));
    expect(outcomes.map((one) => String("n2" in one ? one.n2 : "")).sort()).toEqual([
      "acked",
      "acked",
      "refused",
    ]);
  });

  it("more than a node may ask at a time is an error of the asker", async () => {
    const { made } = working(2, { options: { queries: { askedMaxCount: 2 } } });
    await using cluster = await made;
    const ask = () => cluster.node("n1").query("work", undefined, { timeoutMs: 1_000 });
    ask();
    ask();
    expect(ask).toThrow(/QUEUE_FULL/);
  });
});

describe("the summary is honest", () => {
  it("who has looked at too many filters is busy, and not of other tags", async () => {
    await using cluster = await createTestCluster({
      nodes: 2,
      options: { tags: { role: "db" }, queries: { tagFiltersPerSecondCount: 3 } },
      setup: (node) => node.queries.define("x").handle(() => 1),
    });
    const wish = { nodes: ["n2"], tags: { role: "^db", other: "" }, timeoutMs: 1_000 };
    const runs = [1, 2].map(() => cluster.node("n1").query("x", undefined, wish));
    const outcomes = [];
    for (const run of runs) outcomes.push(await outcomesOf(cluster, run));
    expect(outcomes).toEqual([
      { n2: "answered", ended: "complete" },
      { n2: "refused", ended: "complete" },
    ]);
  });

  it("whose answer nobody made room for is unfinished, and not asked again and again", async () => {
    await using cluster = await createTestCluster({
      nodes: 4,
      options: { queries: { waitingMaxCount: 2 } },
      setup: (node) => node.queries.define("x").handle(() => 1),
    });
    const run = cluster.node("n1").query("x", undefined, { timeoutMs: 20_000 });
    const { counts } = await cluster.run(run.summary(), { limitMs: 30_000 });
    expect(counts).toMatchObject({ answered: 2, unfinished: 2, acked: 0 });
    expect(cluster.node("n1").metrics()["queries.turnedAway"]).toBe(2);
  });

  it("who waits less long than the asker has given up, and has not died", async () => {
    const deadlines: number[] = [];
    await using cluster = await createTestCluster({
      nodes: 2,
      options: (name) => (name === "n2" ? { queries: { timeoutMaxMs: 1_000 } } : {}),
      setup: (node) =>
        node.queries.define("x").handle(async function* (_, { deadline }) {
          deadlines.push(deadline);
          yield 1;
          await new Promise(() => {});
        }),
    });
    const [, run] = [400, 30_000].map((timeoutMs) =>
      cluster.node("n1").query("x", undefined, { nodes: ["n2"], timeoutMs }),
    );
    if (run === undefined) return expect.fail("nothing was asked");
    expect(await outcomesOf(cluster, run)).toEqual({ n2: "unfinished", ended: "complete" });
    expect((deadlines[1] ?? 0) - (deadlines[0] ?? 0)).toBe(600);
  });

  it("with a signal that was aborted before nobody is asked", async () => {
    const { made, work } = working(2);
    await using cluster = await made;
    const run = cluster.node("n1").query("work", undefined, { signal: AbortSignal.abort() });
    expect(await cluster.run(run.summary())).toMatchObject({ ended: "aborted", askedCount: 0 });
    await cluster.runForMs(1_000);
    expect(work.begun).toEqual([]);
  });

  it("what an asker that came back had asked before ends at the members", async () => {
    let ended = 0;
    let goOn = (): void => {};
    await using cluster = await createTestCluster({
      nodes: 2,
      setup: (node) =>
        node.queries.define("x").handle(async function* (_, { signal }) {
          signal.addEventListener("abort", () => {
            ended += 1;
          });
          for (let number = 0; ; number += 1) {
            yield number;
            await new Promise<void>((resolve) => {
              goOn = resolve;
            });
          }
        }),
    });
    cluster.node("n1").query("x", undefined, { nodes: ["n2"], timeoutMs: 600_000 });
    await cluster.runForMs(50);
    cluster.crash("n1");
    await cluster.restart("n1");
    await cluster.runForMs(5_000);
    expect(ended).toBe(0);
    goOn();
    await cluster.runForMs(5_000);
    expect(ended).toBe(1);
  });
});

describe("queries of real nodes", () => {
  const clusters: Cluster[] = [];
  afterEach(async () => {
    for (const cluster of clusters.splice(0)) await cluster.stop();
  });

  it.each([
    ["over sockets", {}, false],
    ["in memory, on memberlist's wire", { wire: "memberlist" as const }, true],
  ])(
    "%s: answers of any size, and a reader told of the end of its node",
    async (_, options, isMemory) => {
      const cluster = new Cluster(isMemory ? memoryNetwork() : undefined);
      clusters.push(cluster);
      const nodes = await cluster.form(3, options);
      const [a, b] = nodes;
      if (a === undefined || b === undefined) return expect.fail("no nodes");
      const big = (node: HearsayNode) => node.queries.define<number, string>("big");
      for (const node of nodes) big(node).handle((count) => node.name.repeat(count));
      const run = a.query(big(a), 30_000, { via: "links" });
      const answers = await answersOf(run);
      expect(answers.map(({ from }) => from).sort()).toEqual(["p1", "p2", "p3"]);
      expect(answers.every((one) => one.kind === "answer" && one.value.length === 60_000)).toBe(
        true,
      );

      big(b);
      const endless = a.queries.define("endless");
      const waiting = answersOf(a.query(endless, 1, { nodes: ["p1"] }));
      expect(await waiting).toEqual([]);
      b.queries.define("slow").handle(() => new Promise(() => {}));
      const cut = a.query("slow", 1, { nodes: ["p2"], timeoutMs: 60_000 });
      const reading = expect(answersOf(cut)).rejects.toThrow(/NODE_STOPPED/);
      await a.stop();
      await reading;
      expect((await cut.summary()).ended).toBe("stopped");
      expect(() => a.query("slow")).toThrow(/NODE_STOPPED/);
    },
  );

  it("wrong options are the caller's errors, with the fix", async () => {
    const cluster = new Cluster(memoryNetwork());
    clusters.push(cluster);
    const [a] = await cluster.form(1);
    if (a === undefined) return expect.fail("no node");
    const bad: [object, RegExp][] = [
      [{ via: "pigeon" }, /via is "pigeon", but must be/],
      [{ relayCount: 99 }, /relayCount is 99, but must be a whole number from 0 to 8/],
      [{ nodes: "p1" }, /nodes must be a list/],
      [{ timeoutMs: -1 }, /timeoutMs is -1/],
      [{ tag: {} }, /tag is no option of a query; known: nodes/],
    ];
    for (const [options, message] of bad) expect(() => a.query("x", 1, options)).toThrow(message);
    expect(() => a.queries.define("_serf_x")).toThrow(/does not begin with _serf_/);
    a.queries.define("x");
    expect(() => a.queries.define("x", { codec: "json" })).toThrow(/another format/);
    const end = a.queries.define("x").handle(() => 1);
    expect(() => a.queries.define("x").handle(() => 2)).toThrow(/answered already/);
    end();
    a.queries.define("x").handle(() => 2);
    const [answer] = await answersOf(a.query("x"));
    expect(answer).toMatchObject({ value: 2, from: "p1" });
  });
});
