import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { startNode } from "../../src/index.ts";
import { memoryNetwork } from "../../src/transport/memory/memory.ts";
import { Cluster, until } from "./cluster.ts";

let cluster = new Cluster();
afterEach(() => cluster.stop());

function inMemory(): Cluster {
  cluster = new Cluster(memoryNetwork());
  return cluster;
}

describe("starting", () => {
  test("what cannot work is refused before anything is bound", async () => {
    const refused = (options: object) => startNode(options).then(() => "started");
    await expect(refused({ bnid: "x" })).rejects.toMatchObject({ code: "CONFIG_OPTION" });
    await expect(refused({ bind: "x y" })).rejects.toMatchObject({ code: "ADDRESS_INVALID" });
    await expect(refused({ join: ["x y"] })).rejects.toMatchObject({ code: "ADDRESS_INVALID" });
    await expect(refused({ keys: ["x"] })).rejects.toMatchObject({ code: "KEY_INVALID" });
    await expect(refused({ tags: { _h: "x" } })).rejects.toMatchObject({ code: "TAG_RESERVED" });
    await expect(refused({ tags: { a: "x".repeat(600) } })).rejects.toMatchObject({
      code: "TAGS_TOO_LARGE",
    });
    await expect(refused({ swim: { gossip: 1 } })).rejects.toMatchObject({ code: "CONFIG_OPTION" });
    await expect(refused({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "ABORTED",
    });
  });

  test("an address that is taken is an error, and nothing stays behind", async () => {
    const first = await inMemory().start();
    const second = cluster.start({ bind: first.address });
    await expect(second).rejects.toMatchObject({ code: "BIND_FAILED" });
    await first.stop();
    const third = await cluster.start({ bind: first.address });
    expect(third.address).toBe(first.address);
  });

  test("bound to all addresses without keys it warns, and tells where it is found", async () => {
    cluster = new Cluster();
    const node = await cluster.start({ bind: "0.0.0.0:0", advertise: "127.0.0.1" });
    expect(node.address).toMatch(/^127\.0\.0\.1:[1-9]/);
    expect(cluster.log).toContainEqual({
      level: "warn",
      message: expect.stringMatching(/without keys.*keygen/),
    });
    await expect(cluster.start({ bind: "0.0.0.0:0", advertise: "0.0.0.0" })).rejects.toMatchObject({
      code: "ADVERTISE_INVALID",
    });
  });

  test("a data directory keeps the name and makes each life a new origin", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "hearsay-node-"));
    try {
      const first = await inMemory().start({ dataDir });
      await first.stop();
      const second = await cluster.start({ dataDir });
      expect(second.name).toBe(first.name);
      expect(second.origin).not.toBe(first.origin);
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});

describe("joining", () => {
  test("goes on until somebody is there", async () => {
    const network = memoryNetwork();
    cluster = new Cluster(network);
    const early = await cluster.start({
      name: "early",
      join: ["127.0.0.1:7001", "127.0.0.1:7002"],
    });
    await until("the first failure", () =>
      cluster.log.some(({ message }) => /join .* failed.*trying again/.test(message)),
    );
    const late = await cluster.start({ name: "late", bind: "127.0.0.1:7001" });
    await until("early to find late", () => early.members.get("late")?.status === "alive");
    await until("late to know early", () => late.members.get("early")?.status === "alive");
  });

  test("joinMin waits, and a signal ends the wait and the node", async () => {
    const controller = new AbortController();
    const waiting = inMemory().start({
      bind: "127.0.0.1:7005",
      join: ["127.0.0.1:7009"],
      joinMin: 1,
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 20);
    await expect(waiting).rejects.toMatchObject({ code: expect.stringMatching(/ABORTED|STOPPED/) });
    // The address is free again.
    await cluster.start({ bind: "127.0.0.1:7005" });
  });

  test("by hand: counts who answered, and says why nobody did", async () => {
    const a = await inMemory().start({ name: "a", bind: "127.0.0.1:7001" });
    const b = await cluster.start({ name: "b" });
    expect(await b.join("127.0.0.1", 7001)).toBe(1);
    expect(await a.join(b.address)).toBe(1);
    await expect(a.join("127.0.0.1:9")).rejects.toMatchObject({
      code: "JOIN_FAILED",
      message: expect.stringContaining("unreachable"),
    });
    await expect(a.join("no host")).rejects.toMatchObject({ code: "ADDRESS_INVALID" });
  });

  test("its own address in a list that is the same everywhere proves nothing", async () => {
    const join = ["127.0.0.1:7001", "127.0.0.1:7002"];
    const first = await inMemory().start({ name: "one", bind: "127.0.0.1:7001", join });
    const second = await cluster.start({ name: "two", bind: "127.0.0.1:7002", join, joinMin: 1 });
    await until("both to see both", () => first.members.size === 2 && second.members.size === 2);
  });
});

describe("the end", () => {
  test("stop ends every wait, queue and promise, and can be called again", async () => {
    const node = await inMemory().start({ name: "a" });
    const events = node.members.events();
    const messages = node.topic("t").subscribe();
    const settling = node.settled();
    const asking = node.serf.query("q", "", { timeoutMs: 60_000 });
    const ends = [
      expect(events.next()).resolves.toMatchObject({ done: true }),
      expect(messages.next()).resolves.toMatchObject({ done: true }),
      expect(settling).rejects.toMatchObject({ code: "NODE_STOPPED" }),
      expect(asking).rejects.toMatchObject({ code: "NODE_STOPPED" }),
      expect(node.closed).resolves.toBeUndefined(),
    ];
    await node.stop();
    await node.stop();
    await Promise.all(ends);
    expect(() => node.topic("t")).toThrow("NODE_STOPPED");
    await expect(node.join("127.0.0.1:1")).rejects.toMatchObject({ code: "NODE_STOPPED" });
    await expect(node.leave()).rejects.toMatchObject({ code: "NODE_STOPPED" });
    expect(() => node.serf.event("x")).toThrow("NODE_STOPPED");
    // What was known can still be looked at.
    expect(node.members.local.name).toBe("a");
  });

  test("await using and a signal both stop", async () => {
    const controller = new AbortController();
    inMemory();
    const network = memoryNetwork();
    let disposed: Promise<unknown> | undefined;
    {
      await using node = await startNode({ bind: "127.0.0.1:0", transport: network });
      disposed = node.closed;
    }
    await expect(disposed).resolves.toBeUndefined();
    const other = await startNode({
      bind: "127.0.0.1:0",
      transport: network,
      signal: controller.signal,
    });
    controller.abort();
    await expect(other.closed).resolves.toBeUndefined();
  });

  test("alone, a node leaves at once and settles after standing still", async () => {
    const node = await inMemory().start({ name: "alone" });
    await node.settled({ timeoutMs: 5_000 });
    await expect(node.settled({ timeoutMs: 10 })).rejects.toMatchObject({ code: "TIMEOUT" });
    await node.leave({ timeoutMs: 5_000 });
    await expect(node.closed).resolves.toBeUndefined();
  });
});

describe("topics between nodes", () => {
  test("what a receiver's schema refuses is reported there and passed on by nobody", async () => {
    const nodes = await inMemory().form(3);
    const [a, b, c] = nodes;
    if (a === undefined || b === undefined || c === undefined) throw new Error("three nodes");
    const reasons: string[] = [];
    for (const node of [b, c]) {
      const strict = node.topic("t", { schema: z.object({ n: z.number() }) });
      strict.subscribe(() => reasons.push("delivered"));
      strict.onRejected(({ from, reason }) => reasons.push(`${reason} from ${from}`));
    }
    await a.topic("t").publish({ n: "many" });
    await until("both to refuse", () => reasons.length === 2);
    expect(reasons).toEqual(["schema from p1", "schema from p1"]);
    expect(b.metrics()["broadcast.dropped.rejected"]).toBe(1);
    expect(b.metrics()["broadcast.transmissions"]).toBeUndefined();
  });

  test("a node that does not know the tag passes it on and counts it", async () => {
    const nodes = await inMemory().form(3);
    const [a, b, c] = nodes;
    if (a === undefined || b === undefined || c === undefined) throw new Error("three nodes");
    const queue = c.topic("t").subscribe();
    await a.topic("t").publish(1);
    expect((await queue.next()).value?.value).toBe(1);
    await until("b to count it", () => (b.metrics()["broadcast.unknownTag"] ?? 0) === 1);
  });

  test("a hundred messages in a row all arrive, once each", async () => {
    const nodes = await inMemory().form(3);
    const heard = nodes.map((node) => {
      const values: number[] = [];
      node.topic<number>("n").subscribe(({ value }) => values.push(value));
      return values;
    });
    const topic = nodes[1]?.topic<number>("n");
    for (let n = 0; n < 100; n += 1) await topic?.publish(n);
    await until("all to hear all", () => heard.every((values) => values.length === 100));
    const wanted = Array.from({ length: 100 }, (_, n) => n);
    for (const values of heard) expect([...values].sort((x, y) => x - y)).toEqual(wanted);
  });

  test("a member listener that throws is reported and hurts nobody", async () => {
    const first = await inMemory().start({ name: "first" });
    const seen: string[] = [];
    first.members.on(() => {
      throw new Error("mine");
    });
    const stop = first.members.on(({ kind, member }) => seen.push(`${kind} ${member.name}`));
    await cluster.start({ name: "second", join: [first.address], joinMin: 1 });
    await until("the event", () => seen.includes("join second"));
    expect(
      cluster.log.some(({ level, message }) => level === "error" && /mine/.test(message)),
    ).toBe(true);
    stop();
  });
});
