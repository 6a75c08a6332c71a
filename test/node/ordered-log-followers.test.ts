/** Nodes outside the group read its logs: they come by anti-entropy, and nobody waits for them. */
import { afterEach, describe, expect, it } from "vitest";
import { type OrderedEntry, raft } from "../../src/index.ts";
import type { TestCluster } from "../../src/testing/test-cluster/cluster-api.ts";
import { createTestCluster } from "../../src/testing/test-cluster/create-test-cluster.ts";

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.[Symbol.asyncDispose]();
  cluster = undefined;
});

const VOTERS = ["n1", "n2", "n3"];
const LIMITS = { limitMs: 240_000 };
const numbers = {
  trailingCount: 10,
  trimStepCount: 5,
  snapshotAfterCount: 20,
  reportIntervalMs: 200,
};
const words = {
  initial: "",
  apply: (before: string, { value }: OrderedEntry<string>) => `${before} ${value}`,
};

/** Three voters; n4 and n5 have no order. */
async function town(lossRatio = 0) {
  const orderer = raft({ voters: VOTERS });
  const made = await createTestCluster({
    nodes: 5,
    network: { lossRatio },
    options: (name) => (VOTERS.includes(name) ? { orderer } : {}),
  });
  cluster = made;
  await made.run(Promise.all(VOTERS.map((name) => made.node(name).order.ready())), LIMITS);
  // Numbers count where a log is opened before another node's event makes it.
  for (const name of VOTERS) made.node(name).orderedLog("orders", { numbers });
  return made;
}

function follow(made: TestCluster, name: string) {
  return made.node(name).orderedLog<string>("orders", { follow: "main", numbers });
}

function heard(made: TestCluster, name: string): string[] {
  const told: string[] = [];
  const onGap = ({ throughIndex }: { throughIndex: number }) => told.push(`gap ${throughIndex}`);
  const options = { from: "start", onGap } as const;
  follow(made, name).subscribe(({ index, value }) => told.push(`${index} ${value}`), options);
  return told;
}

async function append(made: TestCluster, count: number, by: readonly string[] = VOTERS) {
  for (let number = 1; number <= count; number += 1) {
    const name = by[number % by.length] ?? "";
    const log = made.node(name).orderedLog<string>("orders");
    await made.run(log.append(`v${number}`, { timeoutMs: 30_000 }), LIMITS);
  }
}

describe("a node outside the group", () => {
  it("is told what members are, over a bad network, while a voter is killed", async () => {
    const made = await town(0.05);
    const told = ["n4", "n5"].map((name) => heard(made, name));
    await append(made, 20);
    made.crash("n3", "machine");
    await append(made, 20, ["n1", "n2"]);
    await made.until(() => told.every((one) => one.length === 40), LIMITS);
    const member: string[] = [];
    const options = { from: "start" } as const;
    made
      .node("n1")
      .orderedLog<string>("orders")
      .subscribe(({ index, value }) => member.push(`${index} ${value}`), options);
    await made.until(() => member.length === 40);
    for (const one of told) expect(one).toEqual(member);
    expect(follow(made, "n4").status()).toMatchObject({
      follows: "main",
      appliedIndex: 40,
      lagCount: 0,
    });
  });

  it("goes on where it was when it was away, with its disk or without", async () => {
    const made = await town();
    const before = heard(made, "n4");
    const state = follow(made, "n5").fold("words", words);
    await append(made, 8);
    await made.until(() => before.length === 8 && state.index === 8, LIMITS);
    made.crash("n4", "machine");
    made.crash("n5", "machine");
    await append(made, 4);
    await made.restart("n4");
    await made.restart("n5", { disk: "lost" });
    const after = heard(made, "n4");
    const again = follow(made, "n5").fold("words", words);
    // What the disk held is there before anybody was asked.
    await made.until(() => after.length > 0 && again.index === 12, LIMITS);
    await made.until(() => after.length === 12, LIMITS);
    expect(after.slice(0, 8)).toEqual(before);
    expect(again.state).toBe(" v1 v2 v3 v4 v5 v6 v7 v8 v1 v2 v3 v4");
  });

  it("that was away too long begins with a member's state, or is told of a gap", async () => {
    const made = await town();
    const states = VOTERS.map((name) =>
      made.node(name).orderedLog<string>("orders").fold("words", words),
    );
    await append(made, 120);
    const trimmed = () => made.node("n1").orderedLog("orders").status().trimmedIndex;
    // Nobody waits for n4 and n5, which follow only now.
    await made.until(() => trimmed() > 50, LIMITS);
    const state = follow(made, "n4").fold("words", words);
    const told = heard(made, "n5");
    await made.until(() => state.index === 120 && told.at(-1) === "120 v120", LIMITS);
    expect(state.state).toBe(states[0]?.state);
    expect(told[0]).toMatch(/^gap \d+$/);
    const gap = Number(told[0]?.slice(4));
    expect(gap).toBeGreaterThanOrEqual(50);
    expect(told.slice(1)).toEqual(
      Array.from({ length: 120 - gap }, (_, at) => `${gap + at + 1} v${gap + at + 1}`),
    );
  });

  it("holds no member back, and only reads", async () => {
    const made = await town();
    const slow = follow(made, "n4").subscribe({ from: "start", queueMax: 1 });
    await append(made, 120);
    for (const name of VOTERS) made.node(name).orderedLog("orders").subscribe();
    const trimmed = () => made.node("n2").orderedLog("orders").status().trimmedIndex;
    await made.until(() => trimmed() > 50, LIMITS);
    await slow.return?.();
    await expect(made.run(follow(made, "n4").append("x"))).rejects.toThrow(
      /ORDER_REFUSED.*followed.*group "main"/,
    );
    await expect(made.run(follow(made, "n4").read())).rejects.toThrow(/ORDER_REFUSED/);
    expect(() => made.node("n1").orderedLog("other", { follow: "main" })).toThrow(/CONFIG_OPTION/);
    expect(() => made.node("n4").orderedLog("other", { follow: "" })).toThrow(/CONFIG_OPTION/);
    expect(() => made.node("n4").orderedLog("orders", { follow: "x" })).toThrow(/STORE_CONFLICT/);
    expect(() => made.node("n4").orderedLog("other")).toThrow(/CONFIG_OPTION.*follow/);
  });

  it("costs a group nothing where there is none", async () => {
    const made = await town();
    await append(made, 5);
    const rounds = () => VOTERS.map((name) => made.node(name).metrics()["antiEntropy.rounds"] ?? 0);
    expect(rounds()).toEqual([0, 0, 0]);
    const told = heard(made, "n4");
    await made.until(() => told.length === 5, LIMITS);
  });
});
