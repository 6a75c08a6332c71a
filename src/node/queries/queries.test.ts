import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { TestCluster } from "../../testing/test-cluster/cluster-api.ts";
// Loaded with this file: no limit of time of the first test is spent on it.
import "../../testing/test-cluster/running-cluster.ts";
import { createTestCluster } from "../../testing/test-cluster/create-test-cluster.ts";
import type { HearsayNode, QueryAnswer, QueryRun } from "../api.ts";
import { branchesOf } from "./branches.ts";

const Wish = z.object({ path: z.string() });
const Free = z.object({ free: z.number() });

const diskFree = (node: HearsayNode) =>
  node.queries.define("disk-free", { schema: Wish, reply: Free });

async function answersOf<Reply>(run: QueryRun<Reply>): Promise<QueryAnswer<Reply>[]> {
  const answers: QueryAnswer<Reply>[] = [];
  for await (const answer of run) answers.push(answer);
  return answers;
}

const froms = (answers: readonly QueryAnswer[]): string[] => answers.map(({ from }) => from).sort();

async function outcomesOf(cluster: TestCluster<unknown>, run: QueryRun) {
  const summary = await cluster.run(run.summary());
  const outcomes = Object.fromEntries(summary.members.map(({ name, outcome }) => [name, outcome]));
  return { ...outcomes, ended: summary.ended };
}

function answering(count: number, options: object = {}) {
  return createTestCluster({
    nodes: count,
    seed: 7,
    ...options,
    setup: (node) => {
      diskFree(node).handle(({ path }) => ({ free: path.length + Number(node.name.slice(1)) }));
    },
  });
}

describe("queries over links", () => {
  it("reach every node, this one too, and end when all have answered", async () => {
    await using cluster = await answering(5);
    const node = cluster.node("n1");
    const run = node.query(diskFree(node), { path: "/" }, { timeoutMs: 30_000 });
    const answers = await cluster.run(answersOf(run));
    expect(froms(answers)).toEqual(["n1", "n2", "n3", "n4", "n5"]);
    const [of3] = answers.filter(({ from }) => from === "n3");
    expect(of3).toMatchObject({ kind: "answer", value: { free: 4 }, number: 1, via: "links" });
    const summary = await cluster.run(run.summary());
    expect(summary).toMatchObject({ ended: "complete", askedCount: 5, reachedCount: 5 });
    expect(summary.counts.answered).toBe(5);
    expect(summary.elapsedMs).toBeLessThan(1_000);
  });

  it("go by a tree to many, and each is asked once", async () => {
    const options = { queries: { directMaxCount: 3, fanoutCount: 2 } };
    const heard: string[] = [];
    await using cluster = await createTestCluster({
      nodes: 12,
      seed: 3,
      options,
      setup: (node) => {
        node.queries.define("who").handle(() => {
          heard.push(node.name);
          return node.name;
        });
      },
    });
    const run = cluster.node("n5").query("who");
    expect((await cluster.run(answersOf(run))).length).toBe(12);
    expect(new Set(heard).size).toBe(12);
    expect(heard.length).toBe(12);
    const { metrics } = cluster.node("n5");
    expect(metrics.call(cluster.node("n5"))["queries.repeated"] ?? 0).toBe(0);
  });

  it("ask only who is meant: by name, and by tags that each judges for itself", async () => {
    const options = (name: string) => ({ tags: { role: name === "n2" ? "db" : "web" } });
    await using cluster = await answering(4, { options });
    const node = cluster.node("n1");
    const byTag = node.query(diskFree(node), { path: "" }, { tags: { role: "^d" } });
    expect(froms(await cluster.run(answersOf(byTag)))).toEqual(["n2"]);
    expect(await outcomesOf(cluster, byTag)).toMatchObject({ n2: "answered", n3: "unmatched" });
    const byName = node.query(diskFree(node), { path: "" }, { nodes: ["n3", "nobody"] });
    expect(froms(await cluster.run(answersOf(byName)))).toEqual(["n3"]);
    expect(await outcomesOf(cluster, byName)).toEqual({
      n3: "answered",
      nobody: "unknown",
      ended: "complete",
    });
  });

  it("tell failures, refusals and values that do not fit apart from silence", async () => {
    await using cluster = await createTestCluster({
      nodes: 5,
      setup: (node) => {
        const query = node.queries.define("work");
        if (node.name === "n2") query.handle(() => Promise.reject(new Error("no disk")));
        if (node.name === "n3") query.handle(() => () => {});
        if (node.name === "n4") query.handle(() => new Promise(() => {}));
        if (node.name === "n5") query.handle(() => undefined);
      },
    });
    const acked: string[] = [];
    const options = { timeoutMs: 2_000, onAck: (from: string) => acked.push(from) };
    const run = cluster.node("n1").query("work", 1, options);
    const answers = await cluster.run(answersOf(run));
    expect(answers.find(({ from }) => from === "n2")).toMatchObject({
      kind: "failure",
      reason: "failed",
      detail: "no disk",
    });
    expect(answers.find(({ from }) => from === "n3")).toMatchObject({ reason: "badAnswer" });
    expect(answers.find(({ from }) => from === "n5")).toMatchObject({ value: undefined });
    expect(await outcomesOf(cluster, run)).toEqual({
      n1: "refused",
      n2: "failed",
      n3: "failed",
      n4: "acked",
      n5: "answered",
      ended: "deadline",
    });
    expect(acked.sort()).toEqual(["n1", "n2", "n3", "n4", "n5"]);
  });

  it("carry answers far larger than a packet", async () => {
    await using cluster = await createTestCluster({
      nodes: 3,
      setup: (node) => {
        node.queries.define("dump", { codec: "raw" }).handle(() => new Uint8Array(500_000).fill(7));
      },
    });
    const node = cluster.node("n1");
    const run = node.queries.define<Uint8Array, Uint8Array>("dump", { codec: "raw" });
    const answers = await cluster.run(answersOf(run.ask(new Uint8Array(0))));
    const sizes = answers.map((one) => (one.kind === "answer" ? one.value.length : 0));
    expect(sizes).toEqual([500_000, 500_000, 500_000]);
  });
});

describe("streams of answers", () => {
  function counting(options: object) {
    const given: number[] = [];
    const aborted: string[] = [];
    const made = createTestCluster({
      nodes: 2,
      ...options,
      setup: (node) => {
        node.queries.define("count").handle(async function* (value, { signal }) {
          signal.addEventListener("abort", () => aborted.push(node.name));
          for (let number = 1; number <= Number(value); number += 1) {
            given.push(number);
            yield number;
          }
        });
      },
    });
    return { made, given, aborted };
  }

  it("come in order, as many as a member yields", async () => {
    const { made } = counting({});
    await using cluster = await made;
    const run = cluster.node("n1").query<number>("count", 100, { nodes: ["n2"] });
    const answers = await cluster.run(answersOf(run));
    const values = answers.map((one) => (one.kind === "answer" ? one.value : -1));
    expect(values).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    expect(await outcomesOf(cluster, run)).toEqual({ n2: "answered", ended: "complete" });
  });

  it("wait for a slow reader, and lose nothing", async () => {
    const { given, made } = counting({ options: { queries: { waitingMaxCount: 10 } } });
    await using cluster = await made;
    const run = cluster.node("n1").query<number>("count", 200, { nodes: ["n2"] });
    await cluster.runForMs(3_000);
    expect(given.length).toBeLessThan(30);
    const values: number[] = [];
    const read = async (): Promise<void> => {
      for await (const one of run) if (one.kind === "answer") values.push(one.value);
    };
    await cluster.run(read());
    expect(values).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
  });

  it("of all queries together wait for slow readers, and lose nothing", async () => {
    const { given, made } = counting({ options: { queries: { waitingTotalMaxBytes: 20 } } });
    await using cluster = await made;
    const ask = () => cluster.node("n1").query<number>("count", 100, { nodes: ["n2"] });
    const runs = [ask(), ask(), ask(), ask()];
    await cluster.runForMs(3_000);
    // A byte each: 20 wait and one more a query, and of each 8 are under way and one is made.
    expect(given.length).toBeLessThanOrEqual(20 + 4 * 10);
    for (const run of runs) {
      const answers = await cluster.run(answersOf(run));
      const values = answers.map((one) => (one.kind === "answer" ? one.value : -1));
      expect(values).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    }
  });

  it("end at the members when the reader leaves, and when a signal says so", async () => {
    const { aborted, made } = counting({});
    await using cluster = await made;
    const endless = { nodes: ["n2"], timeoutMs: 60_000 };
    const left = cluster.node("n1").query<number>("count", 1e9, endless);
    const readSome = async (): Promise<void> => {
      for await (const one of left) if (one.kind === "answer" && one.value === 20) break;
    };
    await cluster.run(readSome());
    await cluster.runForMs(200);
    expect(aborted).toEqual(["n2"]);
    expect((await cluster.run(left.summary())).ended).toBe("closed");

    const controller = new AbortController();
    const wish = { ...endless, signal: controller.signal };
    const stopped = cluster.node("n1").query<number>("count", 1e9, wish);
    await cluster.runForMs(100);
    controller.abort();
    await cluster.runForMs(200);
    expect(aborted).toEqual(["n2", "n2"]);
    expect(await outcomesOf(cluster, stopped)).toEqual({ n2: "unfinished", ended: "aborted" });
  });

  it("break off at the deadline, at both ends", async () => {
    const { aborted, made } = counting({});
    await using cluster = await made;
    const run = cluster.node("n1").query("count", 1e9, { nodes: ["n2"], timeoutMs: 500 });
    const read = answersOf(run);
    await cluster.run(read);
    await cluster.runForMs(50);
    expect(aborted).toEqual(["n2"]);
    expect(await outcomesOf(cluster, run)).toEqual({ n2: "unfinished", ended: "deadline" });
  });
});

describe("queries on Serf's wire", () => {
  it("bring typed answers, failures and refusals, and end when all have spoken", async () => {
    await using cluster = await createTestCluster({
      nodes: 4,
      setup: (node) => {
        const query = diskFree(node);
        if (node.name === "n2") query.handle(() => Promise.reject(new Error("no disk")));
        else if (node.name !== "n3") query.handle(({ path }) => ({ free: path.length }));
      },
    });
    const node = cluster.node("n1");
    const run = node.query(diskFree(node), { path: "/x" }, { via: "serf" });
    const answers = await cluster.run(answersOf(run));
    expect(answers.find(({ from }) => from === "n4")).toMatchObject({
      kind: "answer",
      value: { free: 2 },
      via: "serf",
    });
    expect(answers.find(({ from }) => from === "n2")).toMatchObject({ detail: "no disk" });
    expect(await outcomesOf(cluster, run)).toEqual({
      n1: "answered",
      n2: "failed",
      n3: "refused",
      n4: "answered",
      ended: "complete",
    });
  });

  it("are told when an answer does not fit into a packet", async () => {
    await using cluster = await createTestCluster({
      nodes: 2,
      setup: (node) => void node.queries.define("dump").handle(() => "x".repeat(2_000)),
    });
    const run = cluster.node("n1").query("dump", undefined, { via: "serf", nodes: ["n2"] });
    const [answer] = await cluster.run(answersOf(run));
    expect(answer).toMatchObject({ kind: "failure", reason: "tooLarge", from: "n2" });
  });

  it("reach bare listeners, whose bare answers are read by the codec", async () => {
    await using cluster = await createTestCluster({
      nodes: 2,
      setup: (node) => {
        if (node.name === "n2") node.serf.onQuery((query) => query.respond('{"load":3}'));
      },
    });
    const load = cluster.node("n1").queries.define("load", { codec: "json" });
    const run = load.ask({ of: "cpu" }, { via: "serf", nodes: ["n2"] });
    const [answer] = await cluster.run(answersOf(run));
    expect(answer).toMatchObject({ kind: "answer", value: { load: 3 }, from: "n2" });
  });

  it.each([
    [0x48, 1],
    [0x48, 1, 0, 7, 9],
    [0x48, 1, 1, 0],
    [0x48, 1, 2, 0, 9],
  ])("reach bare listeners, whose bytes are not taken for a frame: %j", async (...given) => {
    await using cluster = await createTestCluster({
      nodes: 2,
      setup: (node) => {
        if (node.name === "n2")
          node.serf.onQuery((query) => query.respond(Uint8Array.of(...given)));
      },
    });
    const node = cluster.node("n1");
    const run = node.queries.define("dump", { codec: "raw" }).ask(Uint8Array.of(), { via: "serf" });
    const [answer] = await cluster.run(answersOf(run));
    expect(answer).toMatchObject({ kind: "answer", value: Uint8Array.of(...given), from: "n2" });
    const bare = await cluster.run(node.serf.query("dump"));
    expect(bare.answers.map(({ payload }) => [...payload])).toEqual([given]);
  });
});

it("a tree splits names evenly and loses none", () => {
  const names = Array.from({ length: 23 }, (_, i) => `n${i}`);
  const branches = branchesOf(names, 5);
  expect(branches.map(({ rest }) => rest.length + 1)).toEqual([4, 5, 4, 5, 5]);
  expect(branches.flatMap(({ head, rest }) => [head, ...rest])).toEqual(names);
  expect(branchesOf([], 5)).toEqual([]);
});
