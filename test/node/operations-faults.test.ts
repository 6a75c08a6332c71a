/** Operation logs of whole nodes under loss, partitions, crashes with and without disk. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.ts";
import type { HearsayNode, OperationOrder, Operations } from "../../src/index.ts";
import { createTestCluster, type TestCluster } from "../../src/testing/index.ts";

type Log = Operations<string, string, readonly string[]>;

const reducer = (state: readonly string[], operation: string): readonly string[] => [
  ...state,
  operation,
];
const initial: readonly string[] = [];
const bounds = { checkpointAfterCount: 10 };

function logOf(order: OperationOrder): (node: HearsayNode) => Log {
  return (node) => node.operations("log", { reducer, initial, order, ...bounds });
}

/** Writes and faults, in the order that the seed gives; what was acknowledged. */
class Weather {
  readonly written: string[] = [];
  private readonly cluster: TestCluster<Log>;
  private readonly random: Random;
  private readonly down = new Set<string>();

  constructor(cluster: TestCluster<Log>, seed: number) {
    this.cluster = cluster;
    this.random = new Random(seed);
  }

  async blow(steps: number): Promise<void> {
    const { cluster, random } = this;
    cluster.lose(0.3);
    for (let step = 0; step < steps; step += 1) {
      const name = this.pick();
      const dice = random.real();
      if (dice < 0.6) await this.write(name, `${step}`);
      else if (dice < 0.75) cluster.partition([name]);
      else if (dice < 0.9) cluster.heal();
      else await this.crashOrRestart(name);
      await cluster.runForMs(random.below(400));
    }
  }

  async calm(): Promise<void> {
    this.cluster.heal();
    this.cluster.lose(0);
    for (const name of [...this.down]) await this.restart(name);
  }

  private async write(name: string, text: string): Promise<void> {
    if (this.down.has(name)) return;
    const { cluster } = this;
    // An id that a second node is given, too: it counts once.
    const given = { id: text, timeoutMs: 50 };
    const others = [name, this.pick()].filter((one) => !this.down.has(one));
    const asked = others.map((one) => cluster.app(one).append(text, given));
    const results = await cluster.run(Promise.allSettled(asked));
    if (results.some(({ status }) => status === "fulfilled")) this.written.push(text);
  }

  private async crashOrRestart(name: string): Promise<void> {
    if (this.down.has(name)) return this.restart(name);
    if (this.down.size > 0) return;
    this.cluster.crash(name);
    this.down.add(name);
  }

  private async restart(name: string): Promise<void> {
    this.down.delete(name);
    await this.cluster.restart(name);
  }

  private pick(): string {
    const { names } = this.cluster;
    return names[this.random.below(names.length)] ?? "n1";
  }
}

describe.each(["causal", "total"] as const)("operations in %s order", (order) => {
  it.each([1, 2, 3])(
    "survive weather %i: all that was acknowledged, once, everywhere",
    async (seed) => {
      await using cluster = await createTestCluster({ nodes: 4, seed, setup: logOf(order) });
      const weather = new Weather(cluster, seed);
      await cluster.runForMs(3_000);
      await weather.blow(60);
      await weather.calm();
      const logs = (): Log[] => cluster.names.map((name) => cluster.app(name));
      const isAll = (): boolean =>
        logs().every(({ state, stats }) => {
          const isWhole = weather.written.every((text) => state.includes(text));
          return isWhole && stats.waitingCount === 0;
        });
      await cluster.until(isAll, { limitMs: 180_000 });
      const lists = logs().map(({ state }) => state);
      for (const list of lists) expect(new Set(list).size).toBe(list.length);
      const shown = lists.map((list) => (order === "total" ? list : [...list].sort()).join());
      expect(new Set(shown).size).toBe(1);
      expect(weather.written.length).toBeGreaterThan(10);
      // Nobody is away: what all have is dropped.
      await cluster.until(() => logs().every(({ stats }) => stats.logCount === 0), {
        limitMs: 180_000,
      });
    },
  );
});

it("what only a lost disk had is gone; its node goes on with the state of the others", async () => {
  await using cluster = await createTestCluster({ nodes: 3, seed: 5, setup: logOf("causal") });
  await cluster.run(cluster.app("n1").append("kept", { ack: "majority", timeoutMs: 20_000 }));
  await cluster.until(() => cluster.names.every((name) => cluster.app(name).state.length === 1));
  cluster.partition(["n3"]);
  await cluster.run(cluster.app("n3").append("lost"));
  cluster.crash("n3", "machine");
  cluster.node("n1").replicas.evict("operations/log", "n3");
  await cluster.run(cluster.app("n2").append("later"));
  // Links break; else what waits in them comes through when the partition ends.
  await cluster.runForMs(60_000);
  cluster.heal();
  await cluster.restart("n3", { disk: "lost" });
  const isAlike = (): boolean =>
    cluster.names.every((name) => cluster.app(name).state.join() === "kept,later");
  await cluster.until(isAlike, { limitMs: 120_000 });
  await cluster.run(cluster.app("n3").append("again"));
  await cluster.until(() => cluster.app("n1").state.length === 3);
});
