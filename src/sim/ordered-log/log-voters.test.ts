import { describe, expect, it } from "vitest";
import { begin, expectAllTold, LONG_MS, leaderOf } from "../../testing/log-town-rig.ts";
import type { SimNode } from "../sim-node.ts";
import { runLogSwarm } from "./log-swarm.ts";

/* Voters that are not like the others: of another version, or without the log's state. */

describe("a group in which not all ask before they keep", () => {
  it("is led by those that ask, where they are most, and has its data on most disks", () => {
    const { town } = begin({ asks: ({ index }) => index !== 2 });
    for (let round = 0; round < 10; round += 1) {
      for (const server of town.servers) town.append(server, "ordered");
      town.simulator.runForMs(20);
    }
    expectAllTold(town, 30);
    const leader = leaderOf(town);
    const [unasked] = town.nodes.slice(2);
    // One that asks may be led by one that does not, by the rules of before.
    expect(leader.node === unasked ? [unasked.self] : leader.raft.unasked).toEqual([unasked?.self]);
  });

  it("comes to be led by one that does not ask, where those are most", () => {
    for (const seed of [1, 2, 3, 4]) {
      const { town } = begin({ seed, asks: ({ index }) => index === 0 });
      for (const server of town.servers) town.append(server, "majority");
      expectAllTold(town, 3);
      expect(leaderOf(town).node.index).not.toBe(0);
    }
  });

  it("goes on as it is upgraded, one after another", () => {
    const upgraded = new Set<number>();
    const { town } = begin({ asks: ({ index }) => upgraded.has(index) });
    let count = 0;
    for (const node of town.nodes) {
      upgraded.add(node.index);
      town.simulator.crash(node, "process");
      town.simulator.restart(node);
      town.simulator.runForMs(5_000);
      for (const server of town.servers) town.append(server, "ordered");
      count += town.servers.length;
      expectAllTold(town, count);
    }
    expect(leaderOf(town).raft.unasked).toEqual([]);
  });

  it("keeps its promises under faults", () => {
    for (let seed = 1; seed <= 6; seed += 1) {
      const most = seed % 2;
      const asks = ({ index }: SimNode) => (most === 1 ? index !== 1 : index === 1);
      const plant = { votersCount: 3, asks };
      expect(runLogSwarm({ seed, durationMs: 1_500, plant }).problem).toBeUndefined();
    }
    // Ten seconds of CPU: on a busy machine that takes longer.
  }, 60_000);
});

describe("voters that only carry a log", () => {
  const log = {
    ...{ trailingCount: 0, trimStepCount: 1, snapshotAfterCount: 20, snapshotChunkBytes: 8 },
    reportIntervalMs: 100,
  };

  it("keep and give on snapshots of who has its state, and drop what these stand for", () => {
    const applies = ({ index }: SimNode) => (index < 3 ? "carries" : "list");
    const { town, leader } = begin({ sparesCount: 2, log, applies });
    const { simulator } = town;
    town.raft.addSpare();
    simulator.runForMs(2_000);
    const [reader] = town.servers.slice(3);
    if (reader === undefined) throw new Error("the spare learns");
    for (let round = 0; round < 200; round += 1) {
      town.append(leader);
      simulator.runForMs(200);
    }
    simulator.runForMs(20_000);
    for (const { log: one } of town.servers.slice(0, 3)) {
      expect(one.status.trimmed.place).toBeGreaterThan(100);
      expect(one.status.heldCount).toBeLessThan(100);
      expect(one.status.snapshot.place).toBeGreaterThan(100);
    }
    // Nobody else has the state any more; a crash takes nothing of it from those who carry it.
    simulator.crash(reader.node, "machine");
    for (const node of town.nodes.slice(0, 3)) {
      simulator.crash(node, "machine");
      simulator.restart(node);
    }
    town.raft.addSpare();
    simulator.runUntil(() => (town.servers.at(-1)?.told.orderIndex ?? 0) >= 200, LONG_MS);
    expect(town.servers.at(-1)?.told.orderIndex).toBe(200);
    expect(town.watch.restoredCount).toBeGreaterThan(0);
    expect(town.watch.gapsCount).toBe(0);
  });

  it("keep everything where nobody has its state, and tell nobody of a gap", () => {
    const { town, leader } = begin({ log, applies: () => "carries" });
    for (let round = 0; round < 100; round += 1) {
      town.append(leader);
      town.simulator.runForMs(200);
    }
    town.simulator.runForMs(30_000);
    expect(leader.log.status).toMatchObject({ heldCount: 100, trimmed: { place: 0 } });
    expect(leader.counters.snapshot()["orderedLog.gaps"] ?? 0).toBe(0);
  });
});
