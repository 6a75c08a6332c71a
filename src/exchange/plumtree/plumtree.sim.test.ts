/** Trees in whole overlays: that they connect, hold no cycle, mend themselves and lose nothing. */
import { describe, expect, it } from "vitest";
import { at } from "../../core/collections/at.ts";
import { Random } from "../../core/random.ts";
import { eagerTree } from "../../sim/experiments/overlay/eager-tree.ts";
import { PlumtreeTown } from "../../sim/experiments/overlay/plumtree-town.ts";
import type { PlumtreeOptions } from "./plumtree.options.ts";
import { regularOverlay } from "./regular-overlay-rig.ts";

const NODES = 100;
const LATENCY_MS = 10;
const SETTLE_MS = 5_000;

function town(seed: number, plumtree: Partial<PlumtreeOptions> = {}): PlumtreeTown {
  const overlay = regularOverlay(NODES, 5, Random.derive(seed, "overlay"));
  return new PlumtreeTown({ seed, overlay, via: "plumtree", plumtree, latencyMs: LATENCY_MS });
}

describe("the checker of eager links", () => {
  const links = new Map([
    [1, [2]],
    [2, [3]],
    [3, []],
    [4, [1]],
  ]);
  it("finds what a tree is, a cycle and a part of its own", () => {
    const check = (nodes: number[], more: Record<number, number[]> = {}) =>
      eagerTree(nodes, (node) => [...(links.get(node) ?? []), ...(more[node] ?? [])]);
    expect(check([1, 2, 3, 4])).toEqual({ isConnected: true, cyclesCount: 0, linksCount: 3 });
    expect(check([1, 2, 3, 4], { 3: [4] })).toMatchObject({ isConnected: true, cyclesCount: 1 });
    expect(check([1, 3, 4])).toMatchObject({ isConnected: false, cyclesCount: 0 });
  });
});

describe.each(["shared", "per-root"] as const)("Plumtree with %s trees", (trees) => {
  it.each([1, 2, 3])("settles on a tree that connects all (seed %i)", (seed) => {
    const world = town(seed, { trees });
    for (let count = 0; count < 12; count += 1) world.broadcast((count % 3) * 7, SETTLE_MS);
    for (const node of [0, 7, 14]) {
      expect(world.tree(node)).toEqual({
        isConnected: true,
        cyclesCount: 0,
        linksCount: NODES - 1,
      });
    }
    expect(world.broadcast(7, SETTLE_MS).payloadsCount).toBe(NODES - 1);
  });

  it.each([1, 2, 3])("loses nothing when inner nodes die in mid-stream (seed %i)", (seed) => {
    const world = town(seed, { trees });
    const publisher = at(world.residents, 0);
    for (let count = 0; count < 4; count += 1) world.broadcast(0, SETTLE_MS);
    const random = Random.derive(seed, "deaths");
    // Twenty updates a second; every half second a node dies that others hear through.
    for (let count = 0; count < 100; count += 1) {
      world.simulator.plan(50 * count, () => {
        publisher.host.step(() => publisher.replica.publish(publisher.origin));
        if (count % 10 !== 5) return;
        const inner = world.living.filter(
          ({ host, plumtree }) =>
            host.index !== 0 && (plumtree?.branches("x", publisher.origin)?.eager.length ?? 0) >= 3,
        );
        const victim = random.pick(inner);
        if (victim !== undefined) world.kill(victim.host.index);
      });
    }
    world.simulator.runForMs(10_000);
    const { living } = world;
    expect(living.length).toBe(NODES - 10);
    for (const { replica } of living) expect(replica.seen.size).toBe(104);
    // Mended, and without cycles again.
    for (let count = 0; count < 5; count += 1) world.broadcast(0, SETTLE_MS);
    expect(world.tree(0)).toMatchObject({ isConnected: true, cyclesCount: 0 });
  });
});

describe("Plumtree with many publishers at once", () => {
  it.each(["shared", "per-root", "tolerant"] as const)("loses nothing with %s trees", (trees) => {
    const world = town(4, { trees, flushIntervalMs: 20, announceIntervalMs: 40 });
    for (let count = 0; count < 300; count += 1) {
      const { host, origin, replica } = at(world.residents, (count * 13) % NODES);
      world.simulator.plan(5 * count, () => host.step(() => replica.publish(origin)));
    }
    world.simulator.runForMs(15_000);
    for (const { replica } of world.residents) expect(replica.seen.size).toBe(300);
    let lost = 0;
    for (const { plumtree } of world.residents) lost += plumtree?.statistics("x")?.lostCount ?? 0;
    expect(lost).toBe(0);
  });
});
