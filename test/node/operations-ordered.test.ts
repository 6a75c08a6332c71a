/** Operations in the order of an ordered log: alike on all nodes, whoever is away or dies. */
import { describe, expect, it, test } from "vitest";
import { Random } from "../../src/core/random.ts";
import { type HearsayNode, type OperationOrder, type Operations, raft } from "../../src/index.ts";
import type { TestCluster } from "../../src/testing/test-cluster/cluster-api.ts";
import { createTestCluster } from "../../src/testing/test-cluster/create-test-cluster.ts";

type Log = Operations<string, string, readonly string[]>;

const initial: readonly string[] = [];
const reducer = (state: readonly string[], word: string): readonly string[] => [...state, word];
const orderer = raft({ voters: ["n1", "n2", "n3"] });
/** What begins with a dot commutes with everything. */
const order = (word: string): OperationOrder => (word.startsWith(".") ? "causal" : "total");

function logOf(node: HearsayNode): Log {
  return node.operations("moves", { reducer, initial, order, total: "ordered" });
}

async function group(nodes: number, seed: number): Promise<TestCluster<Log>> {
  const cluster = await createTestCluster({ nodes, seed, options: { orderer }, setup: logOf });
  await cluster.run(Promise.all(cluster.nodes.map((node) => node.order.ready())));
  await cluster.until(() =>
    cluster.nodes.every(({ name }) => cluster.app(name).stats.phase === "joined"),
  );
  return cluster;
}

/** In one order, and without what may stand anywhere. */
function moves({ state }: Log): readonly string[] {
  return state.filter((word) => !word.startsWith("."));
}

describe('operations with total: "ordered"', () => {
  it("are the same list everywhere, however concurrent, each id once", async () => {
    await using cluster = await group(4, 1);
    const logs = cluster.nodes.map(({ name }) => cluster.app(name));
    const writes = logs.flatMap((log, who) => [1, 2, 3].map((at) => log.append(`${who}.${at}`)));
    const pays = logs.map((log) => log.append("pay", { id: "p1" }));
    await cluster.run(Promise.all([...writes, ...pays]));
    await cluster.until(() => logs.every(({ state }) => state.length === 13));
    for (const { state } of logs) expect(state).toEqual(logs[0]?.state);
    for (const who of [0, 1, 2, 3]) {
      const own = moves(cluster.app("n1")).filter((word) => word.startsWith(`${who}.`));
      expect(own).toEqual([1, 2, 3].map((at) => `${who}.${at}`));
    }
    const last = cluster.app("n4").append("last", { ack: "applied" });
    expect(await cluster.run(last)).toMatchObject({ status: "written", durable: true });
    expect(cluster.app("n4").state).toHaveLength(14);
  });

  it("stand behind what their author had seen, of whatever class, and reads wait", async () => {
    await using cluster = await group(3, 2);
    const [one, other] = [cluster.app("n1"), cluster.app("n3")];
    const post = await cluster.run(one.append(".post"));
    const move = await cluster.run(other.append("move", { after: post.after }));
    const reply = await cluster.run(one.append(".reply", { after: move.after }));
    for (const { name } of cluster.nodes) {
      const read = await cluster.run(cluster.app(name).read({ after: reply.after }));
      expect(read).toMatchObject({ status: "ok", state: [".post", "move", ".reply"] });
    }
  });

  it("go on while one member is dead, where times would wait for it", async () => {
    await using cluster = await group(3, 3);
    const timed = (name: string) => {
      return cluster.node(name).operations("timed", { reducer, initial, order: "total" });
    };
    for (const { name } of cluster.nodes) timed(name);
    await cluster.run(timed("n1").append("warm", { timeoutMs: 30_000 }));
    await cluster.until(() => cluster.names.every((name) => timed(name).state.length === 1));
    cluster.crash("n3");
    const done = cluster.app("n2").append("go", { ack: "applied", timeoutMs: 20_000 });
    expect(await cluster.run(done, { limitMs: 60_000 })).toMatchObject({ status: "written" });
    await cluster.until(() => cluster.app("n1").state.length === 1);
    const held = timed("n2").append("stay", { ack: "applied", timeoutMs: 20_000 });
    await expect(cluster.run(held, { limitMs: 60_000 })).rejects.toThrow(/TIMEOUT/);
    await cluster.restart("n3");
    await cluster.until(() => cluster.app("n3").state.length === 1);
  });

  it("wait in a minority, and get their place when it is over", async () => {
    await using cluster = await group(3, 4);
    cluster.partition(["n1"]);
    const cut = await cluster.run(cluster.app("n1").append("cut"));
    expect(cut.status).toBe("written");
    const free = cluster.app("n2").append("free", { ack: "applied", timeoutMs: 20_000 });
    await cluster.run(free, { limitMs: 60_000 });
    expect(cluster.app("n1").state).toEqual([]);
    cluster.heal();
    for (const { name } of cluster.nodes) {
      await cluster.until(() => cluster.app(name).state.length === 2, { limitMs: 120_000 });
      expect(cluster.app(name).state).toEqual(["free", "cut"]);
    }
  });

  it("give a newcomer the state and the rest", async () => {
    await using cluster = await group(3, 5);
    for (let number = 0; number < 20; number += 1) {
      await cluster.run(cluster.app("n1").append(`${number}`, { ack: "applied" }));
    }
    const { logCount } = cluster.app("n1").stats;
    expect(logCount).toBeLessThanOrEqual(20);
    const late = await cluster.add("late");
    await cluster.run(cluster.app("n2").append("after"));
    await cluster.until(() => cluster.app(late.name).state.length === 21, { limitMs: 60_000 });
    expect(cluster.app(late.name).state).toEqual(cluster.app("n1").state);
    await cluster.run(cluster.app(late.name).append("mine", { ack: "applied", timeoutMs: 20_000 }));
    await cluster.until(() => cluster.app("n3").state.at(-1) === "mine");
  });

  it("are there again after all nodes lost their power at once", async () => {
    await using cluster = await group(3, 6);
    for (const word of ["a", "b", "c"]) {
      await cluster.run(cluster.app("n1").append(word, { ack: "applied" }));
    }
    await cluster.run(cluster.app("n2").append("d"));
    const names = [...cluster.names];
    for (const name of names) cluster.crash(name, "machine");
    for (const name of names) await cluster.restart(name);
    for (const name of names) {
      await cluster.until(() => cluster.app(name).state.length === 4, { limitMs: 120_000 });
      expect(cluster.app(name).state).toEqual(["a", "b", "c", "d"]);
    }
    const more = cluster.app("n3").append("e", { ack: "applied", timeoutMs: 20_000 });
    await cluster.run(more, { limitMs: 60_000 });
    expect(cluster.app("n3").state).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("are refused where nodes choose differently, and without an order", async () => {
    await using cluster = await createTestCluster({ nodes: 2, seed: 7, options: { orderer } });
    const log = logOf(cluster.node("n1"));
    await cluster.until(() => log.stats.phase === "joined", { limitMs: 60_000 });
    const other = cluster.node("n2").operations("moves", { reducer, initial, order });
    await cluster.until(() => (cluster.node("n2").metrics()["operations.otherOrder"] ?? 0) > 0);
    await expect(cluster.run(other.append("x"))).rejects.toThrow(/STORE_CONFLICT.*"timestamp"/);
    await expect(cluster.run(other.read())).rejects.toThrow(/STORE_CONFLICT/);
    await using bare = await createTestCluster({ nodes: 1, seed: 7 });
    expect(() => logOf(bare.node("n1"))).toThrow(/orderer/);
    const wrong = { reducer, initial, total: "dice" as "ordered" };
    expect(() => bare.node("n1").operations("moves", wrong)).toThrow(/timestamp, ordered/);
  });
});

test.each([11, 12, 13])(
  "seed %i: all come to the same list, whatever dies, is cut off and comes back",
  async (seed) => {
    await using cluster = await group(4, seed);
    const dice = Random.derive(seed, "moves");
    const written: string[] = [];
    for (let number = 0; number < 60; number += 1) {
      const up = cluster.names.filter((name) => cluster.isRunning(name));
      const name = dice.pick(up) ?? "";
      const word = `${dice.chance(0.3) ? "." : ""}${name}/${number}`;
      await cluster.run(cluster.app(name).append(word, dice.chance(0.2) ? { id: word } : {}));
      written.push(word);
      const down = cluster.names.find((one) => !cluster.isRunning(one));
      if (dice.chance(0.1) && down !== undefined) await cluster.restart(down);
      else if (dice.chance(0.05) && down === undefined) cluster.crash(name, "machine");
      if (dice.chance(0.1)) cluster.partition([dice.pick(cluster.names) ?? ""]);
      if (dice.chance(0.2)) cluster.heal();
      await cluster.runForMs(dice.chance(0.3) ? 400 : 20);
    }
    cluster.heal();
    for (const name of cluster.names) if (!cluster.isRunning(name)) await cluster.restart(name);
    const logs = cluster.names.map((name) => cluster.app(name));
    await cluster.until(() => logs.every(({ state }) => state.length === written.length), {
      limitMs: 300_000,
    });
    for (const log of logs) {
      expect(moves(log)).toEqual(moves(cluster.app("n1")));
      expect([...log.state].sort()).toEqual([...written].sort());
    }
  },
);
