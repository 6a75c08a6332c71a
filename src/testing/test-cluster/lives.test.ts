import { describe, expect, test } from "vitest";
import { parseOrigin } from "../../core/peer.ts";
import type { TestLife } from "./cluster-api.ts";
import { createTestCluster } from "./create-test-cluster.ts";

const bootOf = (node: { origin: Parameters<typeof parseOrigin>[0] }): number =>
  parseOrigin(node.origin)?.boot ?? Number.NaN;

describe("lives", () => {
  test("boots grow from life to life, also when all happens in one instant", async () => {
    await using cluster = await createTestCluster({ nodes: 3 });
    const boots = [bootOf(cluster.node("n1"))];
    for (const disk of ["kept", "lost", "lost", "kept"] as const) {
      cluster.crash("n1");
      boots.push(bootOf(await cluster.restart("n1", { disk })));
    }
    expect(new Set(boots).size).toBe(5);
    expect(boots).toEqual([...boots].sort((a, b) => a - b));
  });

  test("a clock set back: the disk knows the last boot, and without it the others do", async () => {
    await using cluster = await createTestCluster({ nodes: 3 });
    const first = bootOf(cluster.node("n1"));
    cluster.crash("n1");
    cluster.skew("n1", -86_400_000);
    const second = bootOf(await cluster.restart("n1"));
    expect(second).toBe(first + 1);
    await cluster.runForMs(2_000);
    cluster.crash("n1");
    const reborn = await cluster.restart("n1", { disk: "lost" });
    expect(bootOf(reborn)).toBeLessThan(first);
    await cluster.runForMs(2_000);
    expect(bootOf(reborn)).toBe(second + 1);
    // What the others told it is on its disk now.
    cluster.crash("n1");
    expect(bootOf(await cluster.restart("n1"))).toBe(second + 2);
  });

  test("a restart replaces the node, and runs setup again", async () => {
    const lives: TestLife[] = [];
    const setup = (_: unknown, life: TestLife) => {
      lives.push(life);
      return `${life.name} ${life.number}`;
    };
    await using cluster = await createTestCluster({ nodes: 2, setup });
    const before = cluster.node("n2");
    expect(cluster.app("n2")).toBe("n2 1");
    await expect(cluster.restart("n2")).rejects.toThrow(/TEST_CLUSTER.*crash it first/);
    cluster.crash("n2");
    expect(lives[1]?.signal.aborted).toBe(true);
    expect(await before.closed).toMatchObject({ code: "NODE_STOPPED" });
    expect(await cluster.restart("n2")).not.toBe(before);
    expect(cluster.node("n2")).not.toBe(before);
    expect(cluster.app("n2")).toBe("n2 2");
    expect(lives[2]?.signal.aborted).toBe(false);
    expect(lives[2]?.random()).not.toBe(lives[1]?.random());
  });

  test("an asynchronous setup is waited for, and time passes for it", async () => {
    const setup = async (_: unknown, life: TestLife) => {
      await life.delay(2_500);
      return life.now();
    };
    await using cluster = await createTestCluster({ nodes: 2, setup });
    expect(cluster.nowMs).toBeGreaterThanOrEqual(2_500);
    expect(cluster.app("n1")).toBe(2_500);
    cluster.crash("n1");
    const begunMs = cluster.nowMs;
    await cluster.restart("n1");
    expect(cluster.nowMs - begunMs).toBeCloseTo(2_500, 3);
    const failing = createTestCluster({ nodes: 1, setup: () => Promise.reject(new Error("mine")) });
    await expect(failing).rejects.toThrow("mine");
  });

  test("delays of a node wait while it is paused, and end with it", async () => {
    const done: string[] = [];
    const setup = (_: unknown, life: TestLife) => (what: string, ms: number) =>
      void life.delay(ms).then(() => done.push(what));
    await using cluster = await createTestCluster({ nodes: 3, setup });
    cluster.app("n1")("paused", 100);
    cluster.app("n2")("crashed", 100);
    cluster.app("n3")("running", 100);
    cluster.pause("n1");
    cluster.crash("n2");
    await cluster.runForMs(1_000);
    expect(done).toEqual(["running"]);
    cluster.resume("n1");
    await cluster.runForMs(1);
    expect(done).toEqual(["running", "paused"]);
    await cluster.restart("n2");
    await cluster.runForMs(1_000);
    expect(done).toHaveLength(2);
  });

  test("a blocked node is slow: what it says comes when it is unblocked", async () => {
    await using cluster = await createTestCluster({
      nodes: 3,
      setup: (node) => {
        const heard: string[] = [];
        node.topic<string>("x").subscribe(({ value }) => heard.push(value));
        return heard;
      },
    });
    cluster.block("n1");
    await cluster.run(cluster.node("n1").topic<string>("x").publish("late"));
    await cluster.runForMs(1_000);
    expect(cluster.app("n2")).toEqual([]);
    cluster.unblock("n1");
    await cluster.runForMs(1_000);
    expect(cluster.app("n2")).toEqual(["late"]);
  });

  test("one-way cuts, clogs, loss and doubles do to the network what they say", async () => {
    await using cluster = await createTestCluster({
      nodes: 2,
      setup: (node) => {
        const heard: string[] = [];
        node.topic<string>("x").subscribe(({ value }) => heard.push(value));
        return heard;
      },
    });
    const say = (name: string, word: string) =>
      cluster.run(cluster.node(name).topic<string>("x").publish(word));
    cluster.clog("n1", "n2", 500);
    await say("n1", "clogged");
    await cluster.runForMs(400);
    expect(cluster.app("n2")).toEqual([]);
    await cluster.runForMs(200);
    expect(cluster.app("n2")).toEqual(["clogged"]);
    cluster.cut("n1", "n2");
    await say("n1", "cut");
    await say("n2", "back");
    await cluster.runForMs(500);
    expect([cluster.app("n1").at(-1), cluster.app("n2").at(-1)]).toEqual(["back", "back"]);
    cluster.mend("n1", "n2");
    expect((await cluster.check({ kind: "heal", withinMs: 30_000 })).passed).toBe(true);
    cluster.lose(0.3);
    cluster.duplicate(0.3);
    cluster.reorder(0.3, 20);
    await say("n1", "through");
    await cluster.until(() => cluster.app("n2").includes("through"));
    await cluster.runForMs(2_000);
    expect(cluster.app("n2").filter((word) => word === "through")).toHaveLength(1);
  });
});

test("a disk remembers the others, so that a node told of nobody finds them again", async () => {
  await using cluster = await createTestCluster({ nodes: 3, join: "none" });
  await cluster.run(cluster.node("n1").join("n2"));
  await cluster.run(cluster.node("n3").join("n2"));
  await cluster.runForMs(120_000);
  cluster.crash("n3");
  expect((await cluster.check({ kind: "detect", name: "n3", withinMs: 30_000 })).passed).toBe(true);
  await cluster.restart("n3");
  expect((await cluster.check({ kind: "converge", withinMs: 60_000 })).passed).toBe(true);
  expect(cluster.node("n3").members.size).toBe(3);
});
