/** An order on nodes with sockets and disks, all in this process. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type HearsayNode, type OrderedEntry, raft, startNode } from "../../src/index.ts";

const nodes: HearsayNode[] = [];
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "hearsay-order-"));
  folders.push(made);
  return made;
}

async function start(name: string, dataDir: string, voters: readonly string[]) {
  const seeds = nodes.map(({ address }) => address);
  const node = await startNode({
    name,
    dataDir,
    bind: "127.0.0.1:0",
    profile: "local",
    join: seeds,
    orderer: raft({ voters }),
  });
  nodes.push(node);
  return node;
}

test("a node alone is a group, and its log is there in its next life", async () => {
  const dataDir = folder();
  const node = await start("p1", dataDir, ["p1"]);
  await node.order.ready();
  const log = node.orderedLog<number>("sums");
  const add = { initial: 0, apply: (sum: number, { value }: OrderedEntry<number>) => sum + value };
  const sum = log.fold("sum", add);
  const heard: number[] = [];
  sum.on((state) => heard.push(state));
  for (const value of [1, 2, 3]) {
    const { dot, durable, index } = await log.append(value, { wait: "applied" });
    expect([dot.origin, dot.seq, durable, index]).toEqual([node.origin, value, true, value]);
  }
  expect([sum.state, sum.index]).toEqual([6, 3]);
  expect(heard.at(-1)).toBe(6);
  expect(() => log.fold("sum", add)).toThrow(/STORE_CONFLICT/);
  expect(node.metrics()).toMatchObject({ "orderedLog.ordered": 3, "raft.isLeader": 1 });
  await node.stop();
  nodes.splice(0);
  const again = await start("p1", dataDir, ["p1", "somebody else, too late"]);
  await again.order.ready();
  expect(again.order.members().voters).toEqual(["p1"]);
  const next = again.orderedLog<number>("sums");
  expect(await next.fold("sum", add).read()).toBe(6);
  const { index } = await next.append(4);
  expect(index).toBe(4);
  await expect(next.read()).resolves.toEqual({ index: 4 });
});

test("a data directory keeps to its group: nothing begins anew under another name", async () => {
  const dataDir = folder();
  const node = await start("p1", dataDir, ["p1"]);
  await node.order.ready();
  await node.orderedLog<number>("sums").append(1);
  await node.stop();
  nodes.splice(0);
  const orderer = raft({ voters: ["p1"], group: "other" });
  const other = startNode({ name: "p1", dataDir, bind: "127.0.0.1:0", orderer });
  await expect(other).rejects.toThrow(/DATA_DIR.*"main" of raft, not "other" of raft/);
  const again = await start("p1", dataDir, ["p1"]);
  await expect(again.orderedLog<number>("sums").read()).resolves.toEqual({ index: 1 });
});

test("three nodes order what all of them append at once, with their disks", async () => {
  const voters = ["p1", "p2", "p3"];
  for (const name of voters) await start(name, folder(), voters);
  await Promise.all(nodes.map((node) => node.order.ready()));
  const logs = nodes.map((node) => node.orderedLog<string>("orders"));
  const readers = logs.map((log) => log.subscribe({ from: "start" }));
  const numbers = Array.from({ length: 40 }, (_, at) => at);
  await Promise.all(
    logs.flatMap((log, at) => numbers.map((number) => log.append(`p${at + 1}/${number}`))),
  );
  const told = await Promise.all(
    readers.map(async (reader) => {
      const all: string[] = [];
      for await (const { value } of reader) {
        all.push(value);
        if (all.length === 120) break;
      }
      return all;
    }),
  );
  expect(new Set(told[0]).size).toBe(120);
  for (const one of told) expect(one).toEqual(told[0]);
});

test("what cannot keep its promise is refused at the start", async () => {
  const orderer = raft({ voters: ["p1"] });
  const bind = "127.0.0.1:0";
  await expect(startNode({ name: "p1", bind, orderer })).rejects.toThrow(/no dataDir|dataDir/);
  const bad = raft({ voters: ["p1"], storage: "memory", options: { heartbeatIntervalMs: 5_000 } });
  await expect(startNode({ name: "p1", bind, orderer: bad })).rejects.toThrow(
    /heartbeatIntervalMs/,
  );
});

test("a group in memory works, and what it takes is not durable", async () => {
  const orderer = raft({ voters: ["p1"], storage: "memory" });
  const node = await startNode({ name: "p1", bind: "127.0.0.1:0", orderer });
  nodes.push(node);
  await node.order.ready();
  const log = node.orderedLog<string>("orders");
  expect(await log.append("a")).toMatchObject({ durable: false, index: 1 });
  const reader = log.subscribe();
  await node.stop();
  expect(await reader.next()).toMatchObject({ done: true });
  await expect(log.append("b")).rejects.toThrow(/NODE_STOPPED/);
});
