/**
 * How to test code that uses Hearsay: real nodes on a simulated network, in virtual time, with
 * faults; the same seed gives the same run. These are tests of node:test; with vitest it reads
 * `await expect(cluster).toDetectWithin("n1", 20_000)`.
 * Run: npx tsx examples/leadership-test.ts
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HearsayNode } from "hearsay";
import {
  assertConverges,
  assertDetects,
  assertHeals,
  createTestCluster,
  type TestLife,
} from "hearsay/testing";

/** The service under test: the first living node by name says now and then that it leads. */
class Leadership {
  readonly heard: string[] = [];
  private readonly node: HearsayNode;

  constructor(node: HearsayNode, life: Pick<TestLife, "delay" | "signal">) {
    this.node = node;
    node.topic<string>("leader").subscribe(({ value }) => this.heard.push(value));
    void this.announce(life);
  }

  get leader(): string {
    const alive = [...this.node.members].filter(({ status }) => status === "alive");
    return alive.map(({ name }) => name).sort()[0] ?? this.node.name;
  }

  /** The clock is handed in, so that a test may let an hour pass in a moment. */
  private async announce({ delay, signal }: Pick<TestLife, "delay" | "signal">): Promise<void> {
    while (!signal.aborted) {
      await delay(1_000);
      if (this.leader === this.node.name) {
        await this.node.topic<string>("leader").publish(this.node.name);
      }
    }
  }
}

const nodes = ["ann", "bob", "cid", "dan", "eve"];
const setup = (node: HearsayNode, life: TestLife) => new Leadership(node, life);

for (const seed of [1, 2, 3]) {
  void test(`bob leads when ann has crashed, seed ${seed}`, async () => {
    const network = { lossRatio: 0.05 };
    await using cluster = await createTestCluster({ nodes, seed, network, setup });
    assert.equal(cluster.app("eve").leader, "ann");
    cluster.crash("ann");
    await assertDetects(cluster, { name: "ann", withinMs: 30_000 });
    await cluster.until(() => cluster.app("eve").heard.at(-1) === "bob");

    await cluster.restart("ann", { disk: "lost" });
    // Gossip that is lost on the way to somebody is made good by the exchanges of all, each 30 s.
    await assertConverges(cluster, { withinMs: 60_000 });
    await cluster.until(() => cluster.app("eve").heard.at(-1) === "ann");
  });

  void test(`each side of a partition has its leader, until it heals, seed ${seed}`, async () => {
    await using cluster = await createTestCluster({ nodes, seed, setup });
    cluster.partition(["ann", "bob"], ["cid", "dan", "eve"]);
    await assertConverges(cluster, { withinMs: 60_000, among: ["cid", "dan", "eve"] });
    assert.equal(cluster.app("eve").leader, "cid");
    await cluster.runForMs(600_000); // ten minutes
    cluster.heal();
    await assertHeals(cluster, { withinMs: 300_000 });
    assert.equal(cluster.app("eve").leader, "ann");
  });
}
