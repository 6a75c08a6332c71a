/** Operation logs of whole nodes: causes, orders, newcomers, evictions, disks; in virtual time. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { decodeBase64Url, encodeBase64Url } from "../../src/core/base64.ts";
import { decodeClientClock, encodeClientClock } from "../../src/data/operation-log/vector-bytes.ts";
import type { HearsayNode, OperationOrder, Operations } from "../../src/index.ts";
import { createTestCluster } from "../../src/testing/index.ts";

type Log = Operations<string, string, readonly string[]>;

const reducer = (state: readonly string[], operation: string): readonly string[] => [
  ...state,
  operation,
];
const initial: readonly string[] = [];

function logOf(order: OperationOrder = "causal", bounds = {}): (node: HearsayNode) => Log {
  return (node) => node.operations("chat", { reducer, initial, order, ...bounds });
}

function all(logs: readonly Log[], length: number): boolean {
  return logs.every(({ state, stats }) => state.length === length && stats.phase === "joined");
}

describe("operations in a cluster", () => {
  it("put a reply behind what it answers, on every node", async () => {
    await using cluster = await createTestCluster({ nodes: 4, seed: 1, setup: logOf() });
    const logs = cluster.nodes.map((node) => cluster.app(node.name));
    const [one, other] = [cluster.app("n1"), cluster.app("n3")];
    const post = await cluster.run(one.append("post"));
    expect(post).toMatchObject({ status: "written", durable: true, dot: { seq: 1 } });
    const read = await cluster.run(other.read({ after: post.after }));
    expect(read).toMatchObject({ status: "ok", state: ["post"] });
    await cluster.run(other.append("reply", { after: read.after }));
    await cluster.until(() => all(logs, 2));
    for (const { state } of logs) expect(state).toEqual(["post", "reply"]);
    const counts = cluster.node("n1").metrics();
    expect(counts).toMatchObject({ "operations.logs": 1, "operations.waiting": 0 });
  });

  it("are executed once, though a client submits them through several nodes", async () => {
    await using cluster = await createTestCluster({ nodes: 3, seed: 2, setup: logOf() });
    const logs = cluster.nodes.map((node) => cluster.app(node.name));
    cluster.partition(["n1"]);
    const pay = (name: string) => cluster.app(name).append("pay", { id: "p1" });
    const written = await cluster.run(Promise.all(["n1", "n2"].map(pay)));
    expect(written.map(({ status }) => status)).toEqual(["written", "written"]);
    cluster.heal();
    await cluster.until(() => logs.every(({ stats }) => stats.appliedCount === 2));
    for (const { state } of logs) expect(state).toEqual(["pay"]);
    const again = await cluster.run(cluster.app("n3").append("pay", { id: "p1" }));
    expect(again.status).toBe("known");
  });

  it("in total order are the same list everywhere, however concurrent", async () => {
    await using cluster = await createTestCluster({ nodes: 3, seed: 3, setup: logOf("total") });
    const logs = cluster.nodes.map((node) => cluster.app(node.name));
    const writes = logs.flatMap((log, who) =>
      [1, 2, 3, 4, 5].map((number) => log.append(`${who}.${number}`)),
    );
    await cluster.run(Promise.all(writes));
    await cluster.until(() => all(logs, 15));
    const [first] = logs;
    for (const { state } of logs) expect(state).toEqual(first?.state);
    const last = cluster.app("n1").append("last", { ack: "applied" });
    expect(await cluster.run(last)).toMatchObject({ status: "written" });
    expect(first?.state).toHaveLength(16);
  });

  it("give a newcomer state and tail in one piece, when the log is long gone", async () => {
    const setup = logOf();
    await using cluster = await createTestCluster({ nodes: 3, seed: 4, setup });
    const logs = cluster.nodes.map((node) => cluster.app(node.name));
    for (let number = 0; number < 30; number += 1) {
      await cluster.run(cluster.app("n1").append(`${number}`));
    }
    await cluster.until(() => logs.every(({ stats }) => stats.logCount === 0));
    await cluster.run(cluster.app("n2").append("tail"));
    const late = await cluster.add("late");
    const log = cluster.app(late.name);
    const mine = await cluster.run(log.append("mine"));
    await cluster.until(() => all([log], 32));
    expect(log.state.slice(0, 31)).toEqual(cluster.app("n1").state.slice(0, 31));
    await cluster.until(() => all(logs, 32));
    expect(await cluster.run(cluster.app("n3").read({ after: mine.after }))).toMatchObject({
      status: "ok",
    });
    expect(cluster.node("n1").metrics()["operations.snapshotsRefused"] ?? 0).toBe(0);
    await cluster.until(() => [log, ...logs].every(({ stats }) => stats.logCount === 0));
  });

  it("tell a reader who is ahead that this node is behind, and wait for it otherwise", async () => {
    await using cluster = await createTestCluster({ nodes: 3, seed: 5, setup: logOf() });
    const [one, other] = [cluster.app("n1"), cluster.app("n3")];
    await cluster.until(() => other.stats.phase === "joined");
    cluster.partition(["n3"]);
    const { after } = await cluster.run(one.append("x"));
    const behind = await cluster.run(other.read({ after, timeoutMs: 1_000 }));
    expect(behind).toMatchObject({ status: "behind", state: [] });
    const reading = cluster.run(other.read({ after, timeoutMs: 60_000 }));
    cluster.heal();
    expect(await reading).toMatchObject({ status: "ok", state: ["x"] });
    const from = await cluster.run(other.read());
    const queued = cluster.run(one.append("y", { after: from.after, ack: "majority" }));
    expect(await queued).toMatchObject({ status: "written" });
    await expect(cluster.run(one.read({ after: "garbage!" }))).rejects.toThrow(/TOKEN_INVALID/);
  });

  it("refuse a token of another log, and one that names what was never written", async () => {
    await using cluster = await createTestCluster({ nodes: 2, seed: 9, setup: logOf() });
    const one = cluster.app("n1");
    const other = cluster.node("n1").operations("other", { initial: 0, reducer: (count) => count });
    const foreign = await cluster.run(other.append("x"));
    await expect(cluster.run(one.append("y", { after: foreign.after }))).rejects.toThrow(
      /TOKEN_INVALID/,
    );
    await expect(cluster.run(one.read({ after: foreign.after }))).rejects.toThrow(/TOKEN_INVALID/);
    const { after } = await cluster.run(one.append("z"));
    const token = decodeBase64Url(after) ?? new Uint8Array();
    const clock = decodeClientClock(one.name, token);
    if (clock === undefined) throw new Error("a token of its own log");
    const prev = new Map([...clock.prev].map(([origin, upTo]) => [origin, upTo + 1]));
    const never = encodeBase64Url(encodeClientClock(one.name, { ...clock, prev }));
    await expect(cluster.run(one.append("y", { after: never }))).rejects.toThrow(/TOKEN_INVALID/);
    expect(one.state).toEqual(["z"]);
    expect(one.stats.waitingCount).toBe(0);
  });

  it("go on when a reducer throws, alike on all nodes", async () => {
    const careless = (state: number, by: number): number => {
      if (by < 0) throw new RangeError("no");
      return state + by;
    };
    const setup = (node: HearsayNode) =>
      node.operations("sum", { reducer: careless, initial: 0, schema: z.number() });
    await using cluster = await createTestCluster({ nodes: 3, seed: 6, setup });
    const logs = cluster.nodes.map((node) => cluster.app(node.name));
    for (const by of [1, -5, 2]) await cluster.run(cluster.app("n2").append(by));
    await cluster.until(() => logs.every(({ stats }) => stats.appliedCount === 3));
    for (const { state } of logs) expect(state).toBe(3);
    expect(cluster.node("n2").metrics()["operations.reducerErrors"]).toBe(1);
    await expect(cluster.run(cluster.app("n1").append("x" as never))).rejects.toThrow(/SCHEMA/);
  });

  it("come back from the disk, each once, and from others when there is none", async () => {
    const setup = logOf("causal", { checkpointAfterCount: 5 });
    await using cluster = await createTestCluster({ nodes: 3, seed: 7, setup });
    const words = Array.from({ length: 12 }, (_, at) => `${at}`);
    for (const word of words) {
      await cluster.run(cluster.app("n1").append(word, { id: `id${word}` }));
    }
    await cluster.until(() =>
      all(
        cluster.nodes.map(({ name }) => cluster.app(name)),
        12,
      ),
    );
    cluster.crash("n1");
    await cluster.run(cluster.app("n2").append("meanwhile"));
    await cluster.restart("n1");
    expect(cluster.app("n1").state.slice(0, 12)).toEqual(words);
    const again = await cluster.run(cluster.app("n1").append("3", { id: "id3" }));
    expect(again.status).toBe("known");
    await cluster.until(() => all([cluster.app("n1")], 13));
  });

  it("of one that leaves are with the others before it is gone", async () => {
    await using cluster = await createTestCluster({ nodes: 3, seed: 8, setup: logOf() });
    await cluster.until(() =>
      cluster.nodes.every(({ name }) => cluster.app(name).stats.phase === "joined"),
    );
    const goodbye = cluster.app("n3").append("goodbye");
    await cluster.run(Promise.all([goodbye, cluster.node("n3").leave()]));
    await cluster.until(() => all([cluster.app("n1"), cluster.app("n2")], 1));
  });

  it("of who is evicted do not hold up the rest, and it comes back as new", async () => {
    const setup = logOf("total");
    await using cluster = await createTestCluster({ nodes: 3, seed: 9, setup });
    const pair = [cluster.app("n1"), cluster.app("n2")];
    await cluster.run(Promise.all(pair.map((log) => log.append("before"))));
    await cluster.until(() =>
      all(
        cluster.nodes.map(({ name }) => cluster.app(name)),
        2,
      ),
    );
    // Time in which all three agree that they are three.
    await cluster.runForMs(3_000);
    cluster.partition(["n3"]);
    await cluster.run(cluster.app("n1").append("stuck"));
    await cluster.runForMs(5_000);
    expect(pair.map(({ state }) => state.length)).toEqual([2, 2]);
    cluster.node("n1").replicas.evict("operations/chat", "n3");
    await cluster.until(() => all(pair, 3));
    cluster.heal();
    await cluster.until(() => all([cluster.app("n3")], 3), { limitMs: 120_000 });
    const last = cluster.run(cluster.app("n3").append("again", { timeoutMs: 60_000 }));
    expect(await last).toMatchObject({ status: "written" });
    await cluster.until(() => all([...pair, cluster.app("n3")], 4));
  });

  it("are told to readers as they are executed, and options are checked", async () => {
    await using cluster = await createTestCluster({ nodes: 2, seed: 10, setup: logOf() });
    const [one, other] = [cluster.app("n1"), cluster.app("n2")];
    await cluster.until(() => other.stats.phase === "joined" && one.stats.phase === "joined");
    const reader = other.applied({ queueMax: 10 });
    await cluster.run(one.append("a"));
    await cluster.run(one.append("b"));
    const first = await cluster.run(reader.next());
    const second = await cluster.run(reader.next());
    expect([first.value, second.value]).toMatchObject([
      { operation: "a", from: "n1", order: "causal" },
      { operation: "b", from: "n1" },
    ]);
    reader.close();
    expect(() => other.applied({ nonsense: 1 } as never)).toThrow(/CONFIG_OPTION/);
  });

  it("of one name are opened one way", async () => {
    await using cluster = await createTestCluster({ nodes: 1, seed: 11, setup: logOf() });
    const node = cluster.node("n1");
    expect(logOf()(node)).toBe(cluster.app("n1"));
    expect(() => logOf("total")(node)).toThrow(/STORE_CONFLICT/);
    expect(() => node.operations("x", {} as never)).toThrow(/CONFIG_OPTION/);
    expect(() => node.operations("x", { reducer, initial, logMaxCount: -1 })).toThrow(/CONFIG/);
    const alone = await cluster.run(cluster.app("n1").append("x", { after: "nothing" }));
    expect(alone).toMatchObject({ dot: { seq: 1 } });
    expect(await cluster.run(cluster.app("n1").read())).toMatchObject({ state: ["x"] });
  });
});

it("a reducer cannot append: what it wrote would be lost where it ran", async () => {
  const refused: unknown[] = [];
  const setup = (node: HearsayNode): Log => {
    const log: Log = node.operations("chat", {
      initial,
      reducer: (state: readonly string[], operation: string) => {
        const note = (error: unknown): number => refused.push(error);
        if (operation === "ask") log.append("answer").catch(note);
        return [...state, operation];
      },
    });
    return log;
  };
  await using cluster = await createTestCluster({ nodes: 1, seed: 9, setup });
  const log = cluster.app("n1");
  await cluster.run(log.append("ask"));
  await cluster.run(log.append("on"));
  expect(log.state).toEqual(["ask", "on"]);
  expect(refused).toMatchObject([{ code: "CONFIG_OPTION" }]);
});
