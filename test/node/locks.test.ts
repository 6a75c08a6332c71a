import { afterEach, describe, expect, it } from "vitest";
import { raft } from "../../src/index.ts";
import type { LeaderEvent } from "../../src/node/api.ts";
import type { TestCluster } from "../../src/testing/test-cluster/cluster-api.ts";
import { createTestCluster } from "../../src/testing/test-cluster/create-test-cluster.ts";

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.[Symbol.asyncDispose]();
  cluster = undefined;
});

const VOTERS = ["n1", "n2", "n3"];
const locks = { leaseMs: 4_000, renewIntervalMs: 1_000 };

async function group(nodes = 3) {
  const options = { orderer: raft({ voters: VOTERS }), locks };
  const made = await createTestCluster({ nodes, options });
  cluster = made;
  await made.run(Promise.all(made.nodes.map((node) => node.order.ready())));
  return made;
}

const leaderOf = (made: TestCluster): string =>
  made.nodes.find((node) => node.order.status().isLeader)?.name ?? "nobody";

describe("node.lock", () => {
  it("is held by one node at a time; who waits has it next, with a larger token", async () => {
    const made = await group(4);
    const first = await made.run(made.node("n1").lock("l").acquire());
    expect(first.isHeld).toBe(true);
    expect(await made.run(made.node("n2").lock("l").tryAcquire())).toBeUndefined();
    const waiting = made.node("n4").lock("l").acquire();
    await made.until(() => made.node("n2").lock("l").status()?.waiting.length === 1);
    expect(made.node("n2").lock("l").status()).toEqual({
      ...{ kind: "lock", name: "l", holder: "n1" },
      ...{ token: first.token, waiting: ["n4"] },
    });
    await made.run(first.release());
    const second = await made.run(waiting);
    expect(second.token).toBeGreaterThan(first.token);
    expect(first.isHeld).toBe(false);
    expect(first.signal.aborted).toBe(true);
    expect(made.node("n4").locks()).toMatchObject([{ name: "l", holder: "n4" }]);
  });

  it("is had at once by a node alone, also in memory", async () => {
    const orderer = raft({ voters: ["n1"], storage: "memory" });
    const made = await createTestCluster({ nodes: 1, options: { orderer, locks } });
    cluster = made;
    const node = made.node("n1");
    await made.run(node.order.ready());
    const held = await made.run(node.lock("l").acquire({ timeoutMs: 1_000 }));
    expect(await made.run(node.lock("l").tryAcquire({ timeoutMs: 1_000 }))).toBeUndefined();
    await made.run(held.release());
    const again = await made.run(node.lock("l").tryAcquire({ timeoutMs: 1_000 }));
    expect(again?.token).toBeGreaterThan(held.token);
    const term = await made.run(node.leader("office").elected({ timeoutMs: 1_000 }));
    expect(term.isHeld).toBe(true);
  });

  it("is given back by `await using`, and waiting ends by signal and by time", async () => {
    const made = await group();
    const lock = made.node("n1").lock("l");
    const other = made.node("n2").lock("l");
    const hold = async () => {
      await using held = await lock.acquire();
      expect(held.isHeld).toBe(true);
      await expect(other.acquire({ timeoutMs: 500 })).rejects.toThrow("TIMEOUT");
      const controller = new AbortController();
      const aborted = other.acquire({ signal: controller.signal });
      controller.abort();
      await expect(aborted).rejects.toThrow("ABORTED");
    };
    await made.run(hold());
    const held = await made.run(other.acquire());
    await made.run(held.release());
    await made.until(() => lock.status() === undefined);
  });

  it("of a dead node passes on after its lease, of one that comes back at once", async () => {
    const made = await group();
    const dying = VOTERS.find((name) => name !== leaderOf(made)) ?? "";
    const other = VOTERS.find((name) => name !== dying) ?? "";
    const held = await made.run(made.node(dying).lock("l").acquire());
    made.crash(dying);
    const next = await made.run(made.node(other).lock("l").acquire());
    expect(next.token).toBeGreaterThan(held.token);
    await made.restart(dying);
    await made.run(made.node(dying).order.ready());
    made.crash(other);
    await made.restart(other);
    await made.run(made.node(other).order.ready());
    const again = await made.run(made.node(other).lock("m").acquire());
    await made.until(() => made.node(dying).lock("l").status() === undefined);
    expect(again.isHeld).toBe(true);
  });

  it("is given up by a node that is cut off, before another has it", async () => {
    const made = await group();
    const cut = VOTERS.find((name) => name !== leaderOf(made)) ?? "";
    const other = VOTERS.find((name) => name !== cut) ?? "";
    const held = await made.run(made.node(cut).lock("l").acquire());
    let isLost = false;
    void held.lost.then(() => {
      isLost = true;
    });
    const next = made.node(other).lock("l").acquire();
    let hadBoth = false;
    void next.then(() => {
      hadBoth = held.isHeld;
    });
    made.partition([cut]);
    await made.until(() => made.node(other).lock("l").status()?.holder === other);
    expect((await made.run(next)).isHeld).toBe(true);
    expect([held.isHeld, held.signal.aborted, isLost, hadBoth]).toEqual([false, true, true, false]);
    made.heal();
    const back = made.node(cut).lock("l").acquire();
    await made.run((await next).release());
    expect((await made.run(back)).isHeld).toBe(true);
  });

  it("of a node that leaves is free at once", async () => {
    const made = await group(4);
    await made.run(made.node("n4").lock("l").acquire());
    const next = made.node("n1").lock("l").acquire();
    const before = made.nowMs;
    await made.run(made.node("n4").leave());
    await made.run(next);
    expect(made.nowMs - before).toBeLessThan(3_000);
  });

  it("asks for an order, and for a name", async () => {
    const made = await createTestCluster({ nodes: 1 });
    cluster = made;
    expect(() => made.node("n1").lock("l")).toThrow("CONFIG_OPTION");
    expect(() => made.node("n1").leader("l")).toThrow("CONFIG_OPTION");
    expect(() => made.node("n1").locks()).toThrow("CONFIG_OPTION");
    const others = await group();
    expect(() => others.node("n1").lock("")).toThrow("CONFIG_OPTION");
    expect(() => others.node("n1").lock("x".repeat(300))).toThrow("CONFIG_OPTION");
    // Half of a pair: to others it would be another name.
    expect(() => others.node("n1").lock("\ud800")).toThrow("CONFIG_OPTION");
    const noName: unknown = Symbol("l");
    expect(() => others.node("n1").lock(noName as string)).toThrow("CONFIG_OPTION");
    await made[Symbol.asyncDispose]();
  });
});

describe("node.leader", () => {
  it("elects one, another when that one dies, and again when one resigns", async () => {
    const made = await group();
    const events = new Map<string, LeaderEvent[]>();
    const stand = (name: string) => {
      const heard: LeaderEvent[] = [];
      events.set(name, heard);
      const leader = made.node(name).leader("cron");
      leader.on((event) => heard.push(event));
      return leader;
    };
    const offices = new Map(VOTERS.map((name) => [name, stand(name)]));
    const leading = () => VOTERS.filter((name) => offices.get(name)?.isLeader);
    await made.until(() => leading().length === 1);
    const [first = ""] = leading();
    const { token } = offices.get(first)?.current ?? { token: 0 };
    await made.until(() => VOTERS.every((name) => offices.get(name)?.current?.leader === first));
    made.crash(first);
    offices.delete(first);
    await made.until(() => leading().length === 1);
    const [second = ""] = leading();
    expect(second).not.toBe(first);
    expect(offices.get(second)?.term?.token).toBeGreaterThan(token);
    await made.run(offices.get(second)?.resign() ?? Promise.resolve());
    await made.until(() => leading().length === 1 && leading()[0] !== second);
    const kinds = events.get(second)?.map(({ kind }) => kind) ?? [];
    expect(kinds.filter((kind) => kind !== "changed")).toEqual(["elected", "lost"]);
    expect(kinds).toContain("changed");
  });

  it("hears who leads without standing, and stands no more once it has withdrawn", async () => {
    const made = await group();
    const observer = made.node("n3").leader("cron", { role: "observer" });
    const controller = new AbortController();
    const one = made.node("n1").leader("cron", { signal: controller.signal });
    const events = observer.events();
    const term = await made.run(one.elected());
    const { value } = await made.run(events.next());
    expect(value).toMatchObject({ kind: "changed", leader: "n1", token: term.token });
    const two = made.node("n2").leader("cron");
    controller.abort();
    expect((await made.run(two.elected())).token).toBeGreaterThan(term.token);
    await made.run(two.withdraw());
    await made.until(() => observer.current === undefined);
    expect([one.isLeader, two.isLeader, observer.isLeader]).toEqual([false, false, false]);
    expect(made.node("n2").leader("cron")).toBe(two);
  });

  it("does not keep an office that it withdrew from as it was elected", async () => {
    const made = await group();
    const leader = made.node("n1").leader("cron");
    leader.on(({ kind }) => {
      if (kind === "changed") void leader.withdraw();
    });
    await made.until(() => leader.current?.leader === "n1");
    await made.runForMs(1_000);
    expect([leader.isLeader, made.node("n2").locks()]).toEqual([false, []]);
  });
});
