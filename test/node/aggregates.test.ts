import { describe, expect, it } from "vitest";
import type { Aggregate, CustomAggregate, HearsayNode } from "../../src/node/api.ts";
import { createTestCluster } from "../../src/testing/index.ts";

/** Ten seconds are twenty rounds. */
const MINUTE_MS = 60_000;

const loadOf = (name: string): number => Number(name.slice(1)) * 10;

interface App {
  load: number | undefined;
  readonly aggregate: Aggregate;
}

function appOn(node: HearsayNode): App {
  const app: { load: number | undefined; aggregate?: Aggregate } = { load: loadOf(node.name) };
  app.aggregate = node.aggregate("load", () => app.load, { range: [0, 1_000] });
  return app as App;
}

const cluster = (nodes: number) => {
  const setup = (node: HearsayNode): App => appOn(node);
  return createTestCluster({ nodes, messages: "bytes", setup, network: { lossRatio: 0.1 } });
};

describe("node.aggregate", () => {
  it("tells what all nodes' numbers come to, with an error bound that shrinks", async () => {
    await using five = await cluster(5);
    await five.runForMs(MINUTE_MS);
    for (const name of five.names) {
      const { aggregate } = five.app(name);
      expect(aggregate.average()?.value).toBeCloseTo(30, 4);
      expect(aggregate.variance()?.value).toBeCloseTo(200, 3);
      expect(aggregate.sum()?.value).toBeCloseTo(150, 3);
      expect(aggregate.count()?.value).toBeCloseTo(5, 4);
      expect(aggregate.min()).toMatchObject({ value: 10, errorBound: 0, stale: false });
      expect(aggregate.max()).toMatchObject({ value: 50, errorBound: 0, stale: false });
      expect(aggregate.average()?.errorBound).toBeLessThan(0.01);
      expect(aggregate.average()?.ageMs).toBeLessThan(3_000);
    }
  });

  it("follows what changes, who comes, who stops and who comes back", async () => {
    await using five = await cluster(5);
    await five.runForMs(MINUTE_MS);
    five.app("n5").load = 0;
    await five.runForMs(MINUTE_MS);
    const first = five.app("n1").aggregate;
    expect(first.max()?.value).toBe(40);
    expect(first.min()?.value).toBe(0);
    expect(first.average()?.value).toBeCloseTo(20, 3);
    five.crash("n4");
    await five.runForMs(2 * MINUTE_MS);
    expect(first.count()?.value).toBeCloseTo(4, 3);
    expect(first.max()?.value).toBe(30);
    expect(first.average()?.value).toBeCloseTo(15, 3);
    await five.restart("n4");
    await five.runForMs(2 * MINUTE_MS);
    expect(first.count()?.value).toBeCloseTo(5, 3);
    expect(first.max()?.value).toBe(40);
    expect(first.average()?.value).toBeCloseTo(20, 3);
    five.app("n2").aggregate.close();
    await five.runForMs(2 * MINUTE_MS);
    expect(first.count()?.value).toBeCloseTo(4, 3);
    expect(first.average()?.value).toBeCloseTo(20, 3);
  });

  it("knows its own side of a partition, and all again when it heals", async () => {
    await using five = await cluster(5);
    await five.runForMs(MINUTE_MS);
    five.partition(["n1", "n2"], ["n3", "n4", "n5"]);
    await five.runForMs(4 * MINUTE_MS);
    expect(five.app("n1").aggregate.sum()?.value).toBeCloseTo(30, 3);
    expect(five.app("n5").aggregate.sum()?.value).toBeCloseTo(120, 3);
    five.heal();
    await five.runForMs(3 * MINUTE_MS);
    for (const name of five.names) {
      expect(five.app(name).aggregate.sum()?.value).toBeCloseTo(150, 3);
    }
  });

  it("clamps what is out of range, and keeps the last number where there is none", async () => {
    await using two = await cluster(2);
    two.app("n1").load = 5_000;
    await two.runForMs(MINUTE_MS);
    expect(two.app("n2").aggregate.max()?.value).toBe(1_000);
    two.app("n1").load = Number.NaN;
    await two.runForMs(MINUTE_MS);
    expect(two.app("n2").aggregate.max()?.value).toBe(1_000);
    const metrics = two.node("n1").metrics();
    expect(metrics["aggregate.input.refused"]).toBeGreaterThan(0);
    expect(metrics["aggregate.input.clamped"]).toBeGreaterThan(0);
    expect(metrics["aggregate.value.load.max"]).toBe(1_000);
    two.app("n1").load = undefined;
    await two.runForMs(2 * MINUTE_MS);
    expect(two.app("n2").aggregate.count()?.value).toBeCloseTo(1, 4);
    expect(two.app("n2").aggregate.max()?.value).toBe(20);
  });

  it("gives quantiles of values, and of samples by sketches", async () => {
    await using five = await cluster(5);
    const { aggregate } = five.app("n1");
    expect(aggregate.quantile(0.5)).toMatchObject({ value: 10 });
    await five.runForMs(MINUTE_MS);
    expect(aggregate.quantile(0.5)).toMatchObject({ value: 30, errorBound: 0 });
    expect(aggregate.quantile(1)?.value).toBe(50);
    await Promise.all(five.names.map((name) => five.app(name).aggregate.ready()));
    for (const [index, name] of five.names.entries()) {
      for (let sample = 1; sample <= 1_000; sample += 1) {
        five.app(name).aggregate.observe(index * 1_000 + sample);
      }
    }
    await five.runForMs(MINUTE_MS);
    for (const name of five.names) {
      for (const p of [0, 0.1, 0.5, 0.9, 0.99, 1]) {
        const truth = 1 + Math.floor(p * 4_999);
        const estimate = five.app(name).aggregate.quantile(p);
        expect(Math.abs((estimate?.value ?? 0) - truth)).toBeLessThanOrEqual(truth * 0.0101);
      }
    }
  });

  it("counts items: the most frequent ones, and how many differ", async () => {
    await using five = await cluster(5);
    for (const [index, name] of five.names.entries()) {
      const { aggregate } = five.app(name);
      for (let item = 0; item < 1_000; item += 1) aggregate.hit(`${name}-${item}`);
      aggregate.hit("everywhere", 100);
      aggregate.hit("here and there", 10 + index);
    }
    const asked = five.app("n3").aggregate;
    asked.top(2);
    asked.distinct();
    await five.runForMs(MINUTE_MS);
    const top = asked.top(1)?.value[0];
    expect(top).toMatchObject({ item: "everywhere", certain: true });
    expect(top?.atLeast).toBeLessThanOrEqual(500);
    expect(top?.atMost).toBeGreaterThanOrEqual(500);
    const distinct = asked.distinct();
    expect(Math.abs((distinct?.value ?? 0) - 5_002)).toBeLessThan(distinct?.errorBound ?? 0);
  });

  it("merges as users say: on the way where that is harmless, else by origin", async () => {
    const tags: CustomAggregate<string[]> = {
      init: () => ["x"],
      merge: (one, other) => [...new Set([...one, ...other])].sort(),
      idempotent: true,
    };
    const product: CustomAggregate<number, string> = {
      init: () => 2,
      merge: (one, other) => one * other,
      finish: (merged) => `product ${merged}`,
      idempotent: false,
    };
    await using three = await createTestCluster({
      nodes: 3,
      messages: "bytes",
      setup: (node) => ({
        tags: node.aggregate("tags", { ...tags, init: () => [node.name] }),
        product: node.aggregate("product", product),
      }),
    });
    await three.runForMs(MINUTE_MS);
    for (const name of three.names) {
      expect(three.app(name).tags.read()?.value).toEqual(["n1", "n2", "n3"]);
      expect(three.app(name).product.read()?.value).toBe("product 8");
    }
    three.crash("n3");
    await three.runForMs(3 * MINUTE_MS);
    expect(three.app("n1").tags.read()?.value).toEqual(["n1", "n2"]);
    expect(three.app("n1").product.read()?.value).toBe("product 4");
  });

  it("refuses what makes no sense, and says how to mend it", async () => {
    await using one = await cluster(1);
    const node = one.node("n1");
    const { aggregate } = one.app("n1");
    expect(() => node.aggregate("load", () => 1)).toThrow(/"load" is open/);
    expect(() => node.aggregate("a#b", () => 1)).toThrow(/without #/);
    expect(() => node.aggregate("a", () => 1, { range: [2, 1] })).toThrow(/lower one first/);
    expect(() => node.aggregate("a", {} as never)).toThrow(/init/);
    expect(() => node.aggregate("a", 3 as never)).toThrow(/second argument/);
    expect(() => aggregate.quantile(2)).toThrow(/from 0/);
    expect(() => aggregate.hit("")).toThrow(/1 … 64/);
    expect(() => aggregate.top(0)).toThrow(/whole, from 1 on/);
    expect(aggregate.average()).toMatchObject({ value: 10, errorBound: 0, stale: false });
    expect(aggregate.count()?.value).toBe(1);
    expect(node.aggregates()).toMatchObject([{ name: "load", kind: "number", own: 10 }]);
    aggregate.close();
    expect(node.aggregates()).toEqual([]);
  });
});
