import { afterEach, describe, expect, it } from "vitest";
import { raft } from "../../src/index.ts";
import type { OrderedEntry } from "../../src/node/api.ts";
import type { TestCluster } from "../../src/testing/test-cluster/cluster-api.ts";
import { createTestCluster } from "../../src/testing/test-cluster/create-test-cluster.ts";

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.[Symbol.asyncDispose]();
  cluster = undefined;
});

const VOTERS = ["n1", "n2", "n3"];

async function group(nodes: number) {
  const made = await createTestCluster({ nodes, options: { orderer: raft({ voters: VOTERS }) } });
  cluster = made;
  await made.run(Promise.all(made.nodes.map((node) => node.order.ready())));
  return made;
}

/** What a node's reader was told, as texts. */
function heard(made: TestCluster, name: string, from: "start" | "now" = "start"): string[] {
  const told: string[] = [];
  const log = made.node(name).orderedLog<string>("orders");
  log.subscribe(({ index, value }) => told.push(`${index} ${value}`), { from });
  return told;
}

describe("an ordered log on nodes", () => {
  it("tells all nodes the same in the same order, who appended it aside", async () => {
    const made = await group(5);
    const told = made.nodes.map(({ name }) => heard(made, name));
    const results = await made.run(
      Promise.all(
        made.nodes.flatMap((node) =>
          [1, 2, 3].map((number) =>
            node.orderedLog<string>("orders").append(`${node.name}/${number}`),
          ),
        ),
      ),
    );
    expect(results.map(({ index }) => index).sort((a = 0, b = 0) => a - b)).toEqual(
      Array.from({ length: 15 }, (_, at) => at + 1),
    );
    expect(results.every(({ durable }) => durable)).toBe(true);
    await made.until(() => told.every((one) => one.length === 15));
    for (const one of told) expect(one).toEqual(told[0]);
    // What a node wrote it wrote in its order.
    for (const { name } of made.nodes) {
      const own = (told[0] ?? []).filter((text) => text.includes(`${name}/`));
      expect(own.map((text) => text.at(-1))).toEqual(["1", "2", "3"]);
    }
  });

  it("reads what was appended before, anywhere, also after a leader was killed", async () => {
    const made = await group(3);
    const states = new Map(
      made.nodes.map((node) => {
        const log = node.orderedLog<number>("counts");
        const fold = {
          initial: 0,
          apply: (sum: number, { value }: OrderedEntry<number>) => sum + value,
        };
        return [node.name, { log, state: log.fold("sum", fold) }] as const;
      }),
    );
    const of = (name: string) => {
      const found = states.get(name);
      if (found === undefined) throw new Error(name);
      return found;
    };
    for (const name of VOTERS) {
      await made.run(of(name).log.append(10));
      for (const other of VOTERS) {
        const before = of(name).state.state;
        expect(await made.run(of(other).state.read())).toBeGreaterThanOrEqual(before);
      }
    }
    const leader = made.nodes.find((node) => node.order.status().isLeader)?.name ?? "";
    made.crash(leader, "machine");
    const [left = ""] = VOTERS.filter((name) => name !== leader);
    await made.run(of(left).log.append(5, { timeoutMs: 30_000 }), { limitMs: 60_000 });
    expect(await made.run(of(left).state.read())).toBe(35);
    await made.restart(leader);
    await made.run(made.node(leader).order.ready());
    const again = made.node(leader).orderedLog<number>("counts");
    const sum = again.fold("sum", {
      initial: 0,
      apply: (total: number, { value }: OrderedEntry<number>) => total + value,
    });
    expect(await made.run(sum.read())).toBe(35);
    expect(sum.index).toBe(4);
  });

  it("is the same after all of its nodes lost their power at once", async () => {
    const made = await group(3);
    const log = made.node("n1").orderedLog<string>("orders");
    for (const text of ["a", "b", "c"]) await made.run(log.append(text, { wait: "majority" }));
    await made.run(log.append("d"));
    for (const name of VOTERS) made.crash(name, "machine");
    for (const name of VOTERS) await made.restart(name);
    await made.run(Promise.all(made.nodes.map((node) => node.order.ready())));
    const told = VOTERS.map((name) => heard(made, name));
    await made.until(() => told.every((one) => one.length === 4));
    for (const one of told) expect(one).toEqual(["1 a", "2 b", "3 c", "4 d"]);
  });

  it("lets a slow reader wait, and loses nothing of it", async () => {
    const made = await group(3);
    const log = made.node("n1").orderedLog<number>("orders");
    const reader = log.subscribe({ from: "start", queueMax: 4 });
    const all = Array.from({ length: 1_500 }, (_, at) => at);
    await made.run(Promise.all(all.map((value) => log.append(value, { timeoutMs: 60_000 }))));
    const read: number[] = [];
    await made.run(async () => {
      for await (const { value } of reader) {
        read.push(value);
        if (read.length === all.length) break;
      }
    });
    expect(read).toEqual(all);
    expect(log.status().appliedIndex).toBe(1_500);
  });

  it("makes no state of what is left of it: elsewhere that is another one", async () => {
    const made = await group(3);
    const numbers = { trailingCount: 0, trimStepCount: 1, reportIntervalMs: 100 };
    const logs = made.nodes.map((node) => node.orderedLog<number>("orders", { numbers }));
    for (const log of logs) log.subscribe(() => {}, { from: "start" });
    const [log] = logs;
    if (log === undefined) throw new Error("three nodes");
    for (const value of [1, 2, 3]) await made.run(log.append(value));
    await made.until(() => log.status().trimmedIndex === 3);
    const add = {
      initial: 0,
      apply: (sum: number, { value }: OrderedEntry<number>) => sum + value,
    };
    const sum = log.fold("sum", add);
    await made.run(log.append(4));
    await expect(made.run(sum.read())).rejects.toThrow(/LOG_TRIMMED.*1 to 3/);
    expect(sum.state).toBe(0);
  });

  it("begins where its reader was, and judges values by its schema", async () => {
    const made = await group(3);
    const log = made.node("n2").orderedLog<string>("orders");
    for (const text of ["a", "b", "c"]) await made.run(log.append(text, { wait: "applied" }));
    const places: number[] = [];
    const first = log.subscribe({ from: "start" });
    await made.run(async () => {
      for await (const { place, value } of first) {
        places.push(place);
        if (value === "b") break;
      }
    });
    const rest: string[] = [];
    log.subscribe(({ value }) => rest.push(value), { after: places.at(-1) ?? 0 });
    await made.until(() => rest.length === 1);
    expect(rest).toEqual(["c"]);
    await expect(made.run(log.append("x".repeat(2_000_000)))).rejects.toThrow(/VALUE_TOO_LARGE/);
    expect(() => log.subscribe({ after: -1 })).toThrow(/CONFIG_OPTION/);
    expect(() => made.node("n2").orderedLog("orders", { codec: "json" })).toThrow(/STORE_CONFLICT/);
  });

  it("promises nothing without a majority", async () => {
    const made = await group(3);
    const log = made.node("n1").orderedLog<string>("orders");
    await made.run(log.append("a"));
    made.crash("n2", "machine");
    made.crash("n3", "machine");
    const local = await made.run(log.append("b", { wait: "durable" }));
    expect(local).toMatchObject({ durable: true, index: undefined });
    await expect(
      made.run(log.append("c", { timeoutMs: 3_000 }), { limitMs: 60_000 }),
    ).rejects.toThrow(/TIMEOUT/);
    expect(log.status().pendingCount).toBe(2);
    for (const name of ["n2", "n3"]) await made.restart(name);
    await made.until(() => log.status().orderedIndex === 3, { limitMs: 120_000 });
  });
});

describe("members of a group with logs", () => {
  it("change where it is known who has the data, and the new voter counts", async () => {
    const made = await group(4);
    const log = made.node("n1").orderedLog<string>("orders");
    for (const text of ["a", "b"]) await made.run(log.append(text));
    const leader = made.nodes.find((node) => node.order.status().isLeader)?.name ?? "";
    const other = VOTERS.find((name) => name !== leader) ?? "";
    await expect(made.run(made.node(other).order.promote("n4"))).rejects.toThrow(
      new RegExp(`only ${leader} knows`),
    );
    await made.run(made.node(leader).order.promote("n4"));
    await made.run(made.node(leader).order.remove(other));
    made.crash(other, "machine");
    const told = heard(made, "n4");
    await made.run(made.node("n4").orderedLog<string>("orders").append("c"));
    await made.until(() => told.length === 3);
    expect(told).toEqual(["1 a", "2 b", "3 c"]);
  });
});

describe("a node without an order", () => {
  it("has no ordered logs, and says how to have them", async () => {
    cluster = await createTestCluster({ nodes: 1 });
    expect(() => cluster?.node("n1").orderedLog("x")).toThrow(/CONFIG_OPTION.*raft/);
  });
});
