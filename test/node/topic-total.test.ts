import { afterEach, describe, expect, it } from "vitest";
import { raft } from "../../src/index.ts";
import type { TestCluster } from "../../src/testing/test-cluster/cluster-api.ts";
import { createTestCluster } from "../../src/testing/test-cluster/create-test-cluster.ts";

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.[Symbol.asyncDispose]();
  cluster = undefined;
});

const VOTERS = ["n1", "n2", "n3"];

async function group(nodes: number): Promise<TestCluster> {
  const made = await createTestCluster({ nodes, options: { orderer: raft({ voters: VOTERS }) } });
  cluster = made;
  await made.run(Promise.all(made.nodes.map((node) => node.order.ready())));
  return made;
}

describe('topics with order: "total"', () => {
  it("tell all nodes the same messages in the same order", async () => {
    const made = await group(4);
    const told = made.nodes.map((node) => {
      const texts: string[] = [];
      const topic = node.topic<{ number: number }>("Bid", { order: "total" });
      topic.subscribe(({ from, tag, value }) => texts.push(`${tag} ${from} ${value.number}`));
      return texts;
    });
    const bids = made.nodes.flatMap((node) => {
      const topic = node.topic<{ number: number }>("Bid", { order: "total" });
      return [1, 2, 3].map((number) => topic.publish({ number }));
    });
    for (const { dot } of await made.run(Promise.all(bids))) expect(dot.seq).toBeGreaterThan(0);
    await made.until(() => told.every((texts) => texts.length === 12));
    for (const texts of told) expect(texts).toEqual(told[0]);
    for (const { name } of made.nodes) {
      const own = (told[0] ?? []).filter((text) => text.includes(` ${name} `));
      expect(own).toEqual([1, 2, 3].map((number) => `Bid ${name} ${number}`));
    }
  });

  it("need an orderer, and keep neither a history nor another way", async () => {
    const made = await createTestCluster({ nodes: 1 });
    cluster = made;
    const node = made.node("n1");
    expect(() => node.topic("Bid", { order: "total" })).toThrow(/orderer/);
    expect(() => node.topic("Bid", { order: "total", history: {} })).toThrow(/history and via/);
    expect(() => node.topic("Bid", { order: "total", via: "plumtree" })).toThrow(/history and via/);
  });
});
