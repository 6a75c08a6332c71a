import { describe, expect, test } from "vitest";
import type { HearsayNode } from "../../node/api.ts";
import type { TestCluster, TestClusterOptions, TestLife } from "./cluster-api.ts";
import { createTestCluster } from "./create-test-cluster.ts";

/** Hears everything, and says something of its own now and then. */
class Chatter {
  readonly heard: string[] = [];
  readonly events: string[] = [];
  readonly loops: Promise<void>[];
  private readonly node: HearsayNode;
  private readonly life: TestLife;

  constructor(node: HearsayNode, life: TestLife) {
    this.node = node;
    this.life = life;
    this.loops = [this.listen(), this.watch()];
  }

  async talk(count: number): Promise<void> {
    const topic = this.node.topic<string>("chat");
    for (let at = 1; at <= count; at += 1) {
      await this.life.delay(100 + this.life.random() * 400);
      await topic.publish(`${this.life.name}:${at}`);
    }
  }

  private async listen(): Promise<void> {
    const messages = this.node.topic<string>("chat").subscribe();
    for await (const { value } of messages) this.heard.push(value);
  }

  private async watch(): Promise<void> {
    for await (const { kind, member } of this.node.members.events()) {
      this.events.push(`${Math.round(this.life.now())} ${kind} ${member.name}`);
    }
  }
}

const chatters = (options: TestClusterOptions<Chatter>): Promise<TestCluster<Chatter>> =>
  createTestCluster({ setup: (node, life) => new Chatter(node, life), ...options });

describe("a test cluster", () => {
  test("is formed of real nodes that hear each other", async () => {
    await using cluster = await chatters({ nodes: ["ann", "bob", "cid"] });
    expect(cluster.names).toEqual(["ann", "bob", "cid"]);
    expect(cluster.nodes.map(({ name }) => name)).toEqual(cluster.names);
    await cluster.run(cluster.node("ann").settled());
    const { dot } = await cluster.run(cluster.node("bob").topic<string>("chat").publish("hello"));
    expect(dot).toEqual({ origin: cluster.node("bob").origin, seq: 1 });
    await cluster.until(() => cluster.names.every((name) => cluster.app(name).heard.length === 1));
    expect(cluster.app("cid").heard).toEqual(["hello"]);
    expect(cluster.node("ann").view()).toMatchObject({ size: 2, peers: ["bob", "cid"] });
    expect(cluster.node("ann").metrics()).toMatchObject({ "swim.livingMembers": 3 });
    expect(cluster.node("ann").metrics()["host.packetsSent"]).toBeGreaterThan(3);
    expect(cluster.node("ann").metrics()["host.packetsReceived"]).toBeGreaterThan(0);
  });

  test("runs user code, events and Serf's queries in virtual time", async () => {
    await using cluster = await chatters({ nodes: 4, seed: 8 });
    cluster.node("n2").serf.onQuery((query) => query.respond("here"));
    const asked = cluster.node("n1").serf.query("where", "", { timeoutMs: 5_000 });
    const { answers } = await cluster.run(asked);
    expect(answers.map(({ from }) => from)).toEqual(["n2"]);
    await cluster.run(() => Promise.all(cluster.names.map((name) => cluster.app(name).talk(5))));
    const wanted = cluster.names.flatMap((name) => [1, 2, 3, 4, 5].map((at) => `${name}:${at}`));
    await cluster.until(() => cluster.app("n4").heard.length === wanted.length);
    expect([...cluster.app("n4").heard].sort()).toEqual(wanted.sort());
    // Longer than any test may take in real time.
    await cluster.runForMs(600_000);
    expect(cluster.nowMs).toBeGreaterThan(600_000);
  });

  test("a node that leaves is gone for the others, and for the cluster", async () => {
    await using cluster = await chatters({ nodes: 3 });
    const leaver = cluster.node("n3");
    await cluster.run(leaver.leave());
    expect(cluster.isRunning("n3")).toBe(false);
    expect(cluster.nodes).toHaveLength(2);
    await cluster.until(() => cluster.node("n1").members.get("n3")?.status === "left");
    expect(await leaver.closed).toBeUndefined();
    await Promise.all(cluster.app("n3").loops);
    expect(() => cluster.crash("n3")).toThrow("TEST_CLUSTER");
    expect(() => leaver.topic<string>("chat")).toThrow("NODE_STOPPED");
    await cluster.restart("n3");
    expect((await cluster.check({ kind: "converge", withinMs: 10_000 })).passed).toBe(true);
  });

  test("joins by the names of its machines, now and later", async () => {
    await using cluster = await createTestCluster({ nodes: 2, join: "none" });
    expect(cluster.nowMs).toBe(0);
    expect(await cluster.run(cluster.node("n1").join("n2"))).toBe(1);
    expect(await cluster.run(cluster.node("n1").join("n2", 7946))).toBe(1);
    const failed = cluster.run(cluster.node("n1").join("nobody"));
    await expect(failed).rejects.toThrow(/ADDRESS_INVALID.*"nobody"/);
    expect(cluster.node("n2").members.size).toBe(2);
    const third = await cluster.add();
    expect(third.name).toBe("n3");
    await expect(cluster.add("n1")).rejects.toThrow("TEST_CLUSTER");
  });

  test("a node added later finds the others", async () => {
    await using cluster = await chatters({ nodes: 2 });
    await cluster.add("late");
    expect((await cluster.check({ kind: "converge", withinMs: 10_000 })).passed).toBe(true);
    expect(cluster.node("n1").members.get("late")?.status).toBe("alive");
  });

  test("nodes have options of their own", async () => {
    const options = (name: string) => ({ tags: { role: name === "n1" ? "db" : "web" } });
    await using cluster = await createTestCluster({ nodes: 2, options });
    expect(cluster.node("n2").members.get("n1")?.tags).toEqual({ role: "db" });
    const wrong = createTestCluster({ nodes: 1, options: { swim: { probeIntervalMs: -1 } } });
    await expect(wrong).rejects.toThrow("CONFIG_OPTION");
    await expect(createTestCluster({ nodes: 1.5 })).rejects.toThrow("CONFIG_OPTION");
    expect(() => cluster.crash("n9")).toThrow(/MEMBER_UNKNOWN.*n1, n2/);
  });

  test("messages may travel as bytes, over a line of a certain speed", async () => {
    const network = { bandwidthBytesPerSecond: 100_000 };
    await using cluster = await chatters({ nodes: 4, messages: "bytes", network });
    await cluster.run(cluster.app("n1").talk(3));
    await cluster.until(() => cluster.app("n4").heard.length === 3);
    await cluster.run(cluster.node("n2").topic<string>("chat").publish("x".repeat(50_000)));
    const begunMs = cluster.nowMs;
    await cluster.until(() => cluster.app("n4").heard.length === 4);
    expect(cluster.nowMs - begunMs).toBeGreaterThan(500);
    const crashed = { kind: "detect", name: "n3", withinMs: 20_000 } as const;
    cluster.crash("n3");
    expect((await cluster.check(crashed)).passed).toBe(true);
  });

  test("a profile and a wire are taken as startNode takes them", async () => {
    const options = { wire: "memberlist", profile: "local" } as const;
    await using cluster = await createTestCluster({ nodes: 3, options });
    expect(() => cluster.node("n1").serf.event("x")).toThrow("CONFIG_OPTION");
    cluster.crash("n2");
    expect((await cluster.check({ kind: "detect", name: "n2", withinMs: 8_000 })).passed).toBe(
      true,
    );
  });
});

describe("waits", () => {
  test("run throws what the promise throws, and says when it does not settle", async () => {
    await using cluster = await createTestCluster({ nodes: 2, seed: 4 });
    await expect(cluster.run(Promise.reject(new Error("mine")))).rejects.toThrow("mine");
    const never = cluster.run(new Promise<void>(() => {}), { limitMs: 2_000 });
    await expect(never).rejects.toThrow(/waited 2,000 ms .* the promise to settle.*\nseed 4 /);
    expect(cluster.nowMs).toBeGreaterThan(2_000);
    const waited = cluster.run(cluster.node("n1").settled({ peersCount: 9, timeoutMs: 500 }));
    const outcome = await waited.then(
      () => "settled",
      (error: unknown) => String(error),
    );
    expect(outcome).toMatch(/^settled$|TIMEOUT/);
  });

  test("a deadline of a node runs by its virtual clock", async () => {
    await using cluster = await createTestCluster({ nodes: 2 });
    cluster.crash("n2", "machine");
    const begunMs = cluster.nowMs;
    const joining = cluster.run(cluster.node("n1").join("n2", { timeoutMs: 750 }));
    await expect(joining).rejects.toThrow("TIMEOUT");
    expect(cluster.nowMs - begunMs).toBeCloseTo(750, 3);
  });

  test("until says what it waited for, and the trace is there", async () => {
    await using cluster = await createTestCluster({ nodes: 2 });
    const lines: string[] = [];
    const stop = cluster.trace((line) => lines.push(line));
    const failure = cluster.until(() => false, { limitMs: 1_000, what: "pigs to fly" });
    await expect(failure).rejects.toMatchObject({ code: "ERR_ASSERTION", seed: 1 });
    stop();
    expect(lines.length).toBeGreaterThan(5);
    expect(cluster.lastTrace(3)).toEqual(lines.slice(-3));
    await cluster.runForMs(1_000);
    expect(cluster.lastTrace(1)).not.toEqual(lines.slice(-1));
  });

  test("only one may let time pass", async () => {
    await using cluster = await createTestCluster({ nodes: 2 });
    const first = cluster.runForMs(100);
    await expect(cluster.runForMs(100)).rejects.toThrow("TEST_CLUSTER");
    await first;
    let inner: unknown;
    cluster
      .node("n1")
      .topic<string>("x")
      .subscribe(async () => {
        await cluster.runForMs(1).catch((error: unknown) => {
          inner = error;
        });
      });
    await cluster.run(cluster.node("n2").topic<string>("x").publish("hi"));
    await cluster.runForMs(1_000);
    expect(inner).toMatchObject({ code: "TEST_CLUSTER" });
  });

  test("a duration that would never end is refused, and time can go on", async () => {
    await using cluster = await createTestCluster({ nodes: 1 });
    const began = cluster.nowMs;
    for (const ms of [Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(cluster.runForMs(ms)).rejects.toThrow(`this would wait until ${ms} ms`);
      await expect(cluster.until(() => false, { limitMs: ms })).rejects.toThrow("TEST_CLUSTER");
      expect(() => cluster.skew("n1", ms)).toThrow(`a wall clock cannot be ${ms} ms wrong`);
    }
    await cluster.runForMs(5);
    expect(cluster.nowMs).toBe(began + 5);
  });

  test("a loop that never lets time pass is told so", async () => {
    await using cluster = await createTestCluster({ nodes: 1 });
    let isOver = false;
    const spin = async (): Promise<void> => {
      while (!isOver) await cluster.delay(0);
    };
    const spinning = spin();
    await expect(cluster.runForMs(10)).rejects.toThrow("virtual time stands still");
    isOver = true;
    await cluster.runForMs(10);
    await spinning;
  });
});

describe("replay", () => {
  const wild = async (seed: number): Promise<string> => {
    const lines: string[] = [];
    const network = { lossRatio: 0.05, duplicateRatio: 0.02, reorderRatio: 0.02 };
    await using cluster = await chatters({ nodes: 5, seed, network });
    cluster.trace((line) => lines.push(line));
    const talks = cluster.names.slice(0, 4).map((name) => cluster.app(name).talk(10));
    await cluster.runForMs(500);
    cluster.crash("n5");
    cluster.partition(["n1", "n2"]);
    await cluster.runForMs(9_000);
    cluster.heal();
    await cluster.restart("n5", { disk: "lost" });
    cluster.latency({ kind: "lognormal", medianMs: 3, sigma: 1 });
    await cluster.run(Promise.all(talks));
    await cluster.run(Promise.all(cluster.nodes.map((node) => node.settled())));
    await cluster.run(cluster.node("n2").leave());
    for (const name of cluster.names) {
      const { events, heard } = cluster.app(name);
      lines.push(name, ...heard, ...events);
    }
    return lines.join("\n");
  };

  test("one seed, one run, byte for byte, with all that user code did in it", async () => {
    const first = await wild(11);
    expect(first.split("\n").length).toBeGreaterThan(1_000);
    expect(await wild(11)).toBe(first);
    expect(await wild(12)).not.toBe(first);
  });

  test("a virtual cluster needs no real timer, clock or dice", async () => {
    const { vi } = await import("vitest");
    const forbidden = () => {
      throw new Error("something real was asked");
    };
    vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "setImmediate", "Date"] });
    const spies = [
      vi.spyOn(Math, "random").mockImplementation(forbidden),
      vi.spyOn(performance, "now").mockImplementation(forbidden),
      vi.spyOn(Date, "now").mockImplementation(forbidden),
      vi.spyOn(globalThis, "setTimeout").mockImplementation(forbidden),
      vi.spyOn(globalThis.crypto, "getRandomValues").mockImplementation(forbidden),
    ];
    try {
      expect(await wild(11)).toContain("n1:10");
    } finally {
      for (const spy of spies) spy.mockRestore();
      vi.useRealTimers();
    }
  });
});
