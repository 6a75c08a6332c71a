import { describe, expect, it } from "vitest";
import { Random } from "../../../core/random.ts";
import { oneSidedOf } from "./hyparview-table-1.ts";
import { HyParViewTown, type HyParViewTownOptions } from "./hyparview-town.ts";

const MINUTE_MS = 60_000;
const HALF = 40;

const halfOf = (index: number): number => (index < HALF ? 0 : 1);

function town(options: Partial<HyParViewTownOptions> = {}): HyParViewTown {
  return new HyParViewTown({ seed: 1, ...options });
}

/** Until all living nodes are one overlay; in minutes. */
function minutesUntilWhole(one: HyParViewTown, limit: number): number {
  for (let minutes = 0; minutes < limit; minutes += 1) {
    if (one.wholeness() === 1) return minutes;
    one.run(MINUTE_MS);
  }
  return limit;
}

function crossLinksOf(one: HyParViewTown): number {
  const { active } = one.graph();
  const ends = active.flatMap((peers, node) =>
    peers.filter((peer) => halfOf(peer) !== halfOf(node)),
  );
  return ends.length / 2;
}

function partition(one: HyParViewTown): void {
  const { simulator } = one;
  simulator.partition(simulator.nodes.filter(({ index }) => halfOf(index) === 0));
}

describe("islands", () => {
  it("that started apart are one soon after they can reach each other", () => {
    const apart = town({ seedsOf: () => [0, HALF] });
    // Machines are there before their nodes: the second half starts cut off from the first.
    apart.simulator.plan(0, () => partition(apart));
    apart.grow(1, 1);
    for (let count = 1; count < 2 * HALF; count += 1) {
      apart.grow(1, 1);
      partition(apart);
    }
    apart.run(5 * MINUTE_MS);
    expect(apart.wholeness()).toBe(0.5);
    expect(crossLinksOf(apart)).toBe(0);
    apart.simulator.heal();
    expect(minutesUntilWhole(apart, 10)).toBeLessThanOrEqual(3);
    apart.run(10 * MINUTE_MS);
    expect(apart.wholeness()).toBe(1);
    // No thread, but a weave: of 200 links, half would cross if all were drawn anew.
    expect(crossLinksOf(apart)).toBeGreaterThan(20);
    expect(oneSidedOf(apart.graph().active)).toBe(0);
  });

  it("that a partition made heal without seeds, as long as somebody remembers", () => {
    const one = town({ seedsOf: (index) => (index === 0 ? [] : [0]) });
    one.grow(2 * HALF, 20);
    one.run(3 * MINUTE_MS);
    expect(one.wholeness()).toBe(1);
    partition(one);
    one.run(30 * MINUTE_MS);
    expect(one.wholeness()).toBe(0.5);
    one.simulator.heal();
    expect(minutesUntilWhole(one, 15)).toBeLessThanOrEqual(5);
  });

  it("are one where a single node knows a single node of the other", () => {
    const apart = town({
      seedsOf: (index) => [halfOf(index) * HALF],
      rememberedBy: (index) => (index === HALF + 7 ? [3] : []),
      hyparview: { activeCount: 4, passiveCount: 60 },
    });
    apart.grow(2 * HALF, 20);
    expect(minutesUntilWhole(apart, 60)).toBeLessThan(60);
  });

  it("do not come of a root that dies, and nobody is stirred up by its successor", () => {
    const one = town();
    one.grow(2 * HALF, 20);
    one.run(5 * MINUTE_MS);
    const root = one.hyparviews[5]?.heardRoot;
    expect(one.hyparviews.every(({ heardRoot }) => heardRoot === root)).toBe(true);
    const before = one.count("hyparview.neighborsUp");
    const rootNode = one.simulator.nodes[Number(root)] ?? expect.fail("no root");
    one.simulator.crash(rootNode);
    one.run(10 * MINUTE_MS);
    const roots = new Set(one.graph().living.map((index) => one.hyparviews[index]?.heardRoot));
    expect(roots.size).toBe(1);
    expect(roots.has(root)).toBe(false);
    expect(one.count("hyparview.mergers")).toBe(0);
    expect(one.count("hyparview.neighborsUp") - before).toBeLessThan(30);
  });
});

describe("an overlay", () => {
  it("has nobody alone after all its seeds and half of its nodes died", () => {
    const one = town({ seedsOf: () => [0, 1] });
    one.grow(200, 20);
    one.run(2 * MINUTE_MS);
    one.kill(0.5, new Random(4));
    expect(minutesUntilWhole(one, 10)).toBeLessThanOrEqual(2);
    expect(oneSidedOf(one.graph().active)).toBe(0);
  });

  it("takes back a node that remembers others, though its seeds are dead", () => {
    const memory = [4, 9, 14];
    const one = town({ rememberedBy: (index) => (index === 19 ? memory : []) });
    one.grow(20, 20);
    one.run(MINUTE_MS);
    const [contact, again] = [one.simulator.nodes[0], one.simulator.nodes[19]];
    if (contact === undefined || again === undefined) return expect.fail();
    one.simulator.crash(contact);
    one.simulator.crash(again);
    one.run(MINUTE_MS);
    one.simulator.restart(again);
    one.run(5_000);
    expect(one.wholeness()).toBe(1);
  });

  it("stays symmetric, bounded and whole under churn, pauses and lost machines", () => {
    const one = town({ seedsOf: () => [0, 1, 2] });
    one.grow(100, 20);
    const random = new Random(9);
    const { nodes } = one.simulator;
    for (let round = 0; round < 60; round += 1) {
      const node = nodes[3 + random.below(97)] ?? expect.fail();
      const die = random.below(4);
      if (!node.isAlive) one.simulator.restart(node);
      else if (die === 0) one.simulator.crash(node, "process");
      else if (die === 1) one.simulator.crash(node, "machine");
      else if (die === 2) one.simulator.pause(node);
      else one.simulator.block(node);
      one.run(2_000);
      one.simulator.resume(node);
      one.simulator.unblock(node);
      for (const { index, isAlive } of nodes) {
        if (!isAlive) continue;
        const peers = one.hyparviews[index]?.worthKeeping() ?? [];
        expect(peers.length).toBeLessThanOrEqual(35);
        expect(new Set(peers.map(({ peer }) => peer)).size).toBe(peers.length);
        expect(peers.map(({ peer }) => Number(peer))).not.toContain(index);
      }
    }
    for (const node of nodes) if (!node.isAlive) one.simulator.restart(node);
    expect(minutesUntilWhole(one, 10)).toBeLessThanOrEqual(3);
    one.run(MINUTE_MS);
    expect(oneSidedOf(one.graph().active)).toBe(0);
  });
});
