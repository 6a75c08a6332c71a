/** Nodes die and come back while others append; snapshots are small, so newcomers need them. */
import { expect, test } from "vitest";
import { Random } from "../../src/core/random.ts";
import { type OrderedEntry, type OrderedState, raft } from "../../src/index.ts";
import type { TestCluster } from "../../src/testing/test-cluster/cluster-api.ts";
import { createTestCluster } from "../../src/testing/test-cluster/create-test-cluster.ts";

const APPENDS_COUNT = 120;
const orderer = raft({
  voters: ["n1", "n2", "n3"],
  options: { trailingEntriesCount: 20, snapshotAfterCount: 60 },
});
const numbers = {
  trailingCount: 10,
  trimStepCount: 5,
  snapshotAfterCount: 20,
  reportIntervalMs: 200,
};

type Words = readonly string[];

class Run {
  readonly certain: string[] = [];
  private readonly cluster: TestCluster;
  private readonly dice: Random;
  private readonly states = new Map<string, OrderedState<Words>>();

  constructor(cluster: TestCluster, seed: number) {
    this.cluster = cluster;
    this.dice = Random.derive(seed, "faults");
    for (const name of cluster.names) this.follow(name);
  }

  async appendAndKill(): Promise<void> {
    for (let number = 0; number < APPENDS_COUNT; number += 1) {
      await this.append(number);
      if (this.dice.chance(1 / 12)) await this.killOrRestart();
    }
    for (const name of this.cluster.names) {
      if (!this.cluster.isRunning(name)) await this.restart(name);
    }
  }

  async read(): Promise<readonly Words[]> {
    const all = [...this.states.values()].map((state) => state.read({ timeoutMs: 30_000 }));
    return this.cluster.run(Promise.all(all), { limitMs: 120_000 });
  }

  private async append(number: number): Promise<void> {
    const up = this.cluster.names.filter((name) => this.cluster.isRunning(name));
    const name = this.dice.pick(up) ?? "";
    const word = `${name}/${number}`;
    const appended = this.log(name).append(word, { timeoutMs: 8_000 });
    const isCertain = await this.cluster.run(
      appended.then(
        () => true,
        (error: Error) => {
          expect(error.message).toMatch(/TIMEOUT|ORDER_UNCERTAIN|ORDER_REFUSED/);
          return false;
        },
      ),
    );
    if (isCertain) this.certain.push(word);
  }

  private async killOrRestart(): Promise<void> {
    const { cluster, dice } = this;
    const down = cluster.names.find((name) => !cluster.isRunning(name));
    if (down !== undefined) return this.restart(down);
    cluster.crash(dice.pick(cluster.names) ?? "", dice.chance(0.5) ? "machine" : "process");
  }

  private async restart(name: string): Promise<void> {
    await this.cluster.restart(name);
    this.follow(name);
  }

  private follow(name: string): void {
    const apply = (words: Words, { value }: OrderedEntry<string>): Words => [...words, value];
    this.states.set(name, this.log(name).fold<Words>("all", { initial: [], apply }));
  }

  private log(name: string) {
    return this.cluster.node(name).orderedLog<string>("orders", { numbers });
  }
}

test.each([3, 9])(
  "seed %i: all nodes come to the same, with all that was certain",
  async (seed) => {
    await using cluster = await createTestCluster({ nodes: 5, seed, options: { orderer } });
    await cluster.run(Promise.all(cluster.nodes.map((node) => node.order.ready())));
    const run = new Run(cluster, seed);
    await run.appendAndKill();
    const [first = [], ...others] = await run.read();
    for (const other of others) expect(other).toEqual(first);
    expect(new Set(first).size).toBe(first.length);
    expect(first).toEqual(expect.arrayContaining(run.certain));
    expect(run.certain.length).toBeGreaterThan(APPENDS_COUNT / 2);
    const log = cluster.node("n1").orderedLog("orders");
    // A newly elected leader hears first how far all others are.
    await cluster.until(() => log.status().trimmedIndex > APPENDS_COUNT / 4, { limitMs: 10_000 });
  },
);
