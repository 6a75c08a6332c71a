import { describe, expect, it } from "vitest";
import { at } from "../../core/collections/at.ts";
import { peerId } from "../../core/peer.ts";
import type { RaftServer } from "./raft-server.ts";
import { RaftTown, type RaftTownOptions } from "./raft-town.ts";

const LONG_MS = 20_000;

function begin(options: Partial<RaftTownOptions> = {}): { town: RaftTown; leader: RaftServer } {
  const town = new RaftTown({ seed: 3, votersCount: 3, ...options });
  const { simulator } = town;
  expect(simulator.runUntil(() => town.leader?.raft.isSettled === true, LONG_MS)).toBe(true);
  simulator.runForMs(500);
  return { town, leader: leaderOf(town) };
}

function leaderOf({ leader }: RaftTown): RaftServer {
  if (leader === undefined) throw new Error("there is no leader");
  return leader;
}

function write(town: RaftTown, value: string): void {
  const leader = leaderOf(town);
  town.call(leader, () => town.clients.call(leader, { kind: "write", key: "a", value }));
}

function comesTrue(town: RaftTown, holds: () => boolean): void {
  expect(town.simulator.runUntil(holds, LONG_MS)).toBe(true);
}

describe("members", () => {
  it("a newcomer joins as a learner, gets a snapshot in pieces, and becomes a voter", () => {
    const { town, leader } = begin({
      sparesCount: 1,
      snapshotAfterCount: 10,
      raft: { trailingEntriesCount: 2, snapshotChunkBytes: 50 },
    });
    for (let count = 0; count < 45; count += 1) write(town, String(count));
    town.simulator.runForMs(500);
    expect(leader.raft.state.log.baseIndex).toBeGreaterThan(20);
    let chunksCount = 0;
    town.onLeave = (_from, _to, { kind }) => {
      if (kind === "chunk") chunksCount += 1;
    };
    town.addSpare();
    const spare = at(town.nodes, 3);
    comesTrue(town, () => town.serverOf(spare)?.machine.read("a") === "44");
    expect(chunksCount).toBeGreaterThan(5);
    expect(leader.members.learners).toEqual([spare.self]);
    // The leader hears of it.
    town.simulator.runForMs(100);
    town.call(leader, () => leader.change({ kind: "promote", peer: spare.self }));
    comesTrue(town, () => town.serverOf(spare)?.members.voters.length === 4);
    write(town, "for all");
    comesTrue(town, () => town.servers.every(({ machine }) => machine.read("a") === "for all"));
  });

  it("gets each piece of a snapshot about once, though the network doubles messages", () => {
    const { town, leader } = begin({
      sparesCount: 1,
      snapshotAfterCount: 10,
      duplicateRatio: 0.2,
      raft: { trailingEntriesCount: 2, snapshotChunkBytes: 50 },
    });
    for (let count = 0; count < 160; count += 1) write(town, String(count));
    town.simulator.runForMs(500);
    let chunksCount = 0;
    town.onLeave = (_from, _to, { kind }) => {
      if (kind === "chunk") chunksCount += 1;
    };
    town.addSpare();
    comesTrue(town, () => town.serverOf(at(town.nodes, 3))?.machine.read("a") === "159");
    const bytes = leader.raft.state.snapshot?.bytes.length ?? 0;
    expect(bytes).toBeGreaterThan(1_000);
    expect(chunksCount).toBeLessThan((2 * bytes) / 50);
  });

  it("comes to hold everything, though snapshots are taken faster than they are sent", () => {
    const { town, leader } = begin({
      sparesCount: 1,
      snapshotAfterCount: 10,
      latency: { kind: "constant", ms: 10 },
      raft: { trailingEntriesCount: 2, snapshotChunkBytes: 100 },
    });
    const spare = (): RaftServer | undefined => town.serverOf(at(town.nodes, 3));
    for (let count = 0; count < 100; count += 1) write(town, String(count));
    town.simulator.runForMs(500);
    town.addSpare();
    const isLevel = (): boolean => (spare()?.raft.applied ?? 0) > leader.raft.applied - 20;
    for (let count = 0; count < 500 && !isLevel(); count += 1) {
      write(town, `${count} more`);
      town.simulator.runForMs(10);
    }
    expect(isLevel()).toBe(true);
  });

  it("what a snapshot holds comes back with the disk", () => {
    const { town } = begin({ snapshotAfterCount: 5, raft: { trailingEntriesCount: 0 } });
    for (let count = 0; count < 30; count += 1) write(town, String(count));
    town.simulator.runForMs(500);
    for (const node of town.nodes) town.simulator.crash(node, "machine");
    for (const node of town.nodes) town.simulator.restart(node);
    comesTrue(town, () => town.leader?.raft.isSettled === true);
    comesTrue(town, () => town.servers.every(({ machine }) => machine.read("a") === "29"));
  });

  it("a leader removes itself, goes on until that is committed, and is followed by another", () => {
    const { town, leader } = begin();
    write(town, "before");
    town.call(leader, () => leader.change({ kind: "remove", peer: leader.node.self }));
    comesTrue(town, () => town.leader !== undefined && town.leader !== leader);
    expect(leaderOf(town).members.voters).toHaveLength(2);
    expect(leader.raft.role).not.toBe("leader");
    write(town, "after");
    comesTrue(town, () => leaderOf(town).machine.read("a") === "after");
  });

  it("hands the office over without an election timeout", () => {
    const { town, leader } = begin();
    const to = peerId((leader.node.index + 1) % 3);
    const beganMs = town.simulator.nowMs;
    town.call(leader, () => leader.transferTo(to));
    comesTrue(town, () => town.leader?.node.self === to);
    expect(town.simulator.nowMs - beganMs).toBeLessThan(100);
  });

  it("refuses to hand over to one that does not answer, and goes on", () => {
    const { town, leader } = begin();
    const other = at(town.nodes, (leader.node.index + 1) % 3);
    town.simulator.crash(other);
    write(town, "it lacks this");
    town.call(leader, () => leader.transferTo(other.self));
    town.simulator.runForMs(town.options.electionTimeoutMinMs + 500);
    expect(town.leader).toBe(leader);
    write(town, "goes on");
    comesTrue(town, () => leader.machine.read("a") === "goes on");
  });
});

describe("a voter whose disk is gone", () => {
  it("is refused, votes for nobody, and may join again when it was removed", () => {
    const { town, leader } = begin();
    write(town, "kept");
    town.simulator.runForMs(200);
    const node = at(town.nodes, (leader.node.index + 1) % 3);
    const third = at(town.nodes, (leader.node.index + 2) % 3);
    town.simulator.crash(node, "machine");
    town.invariants.onDiskLost(node.index);
    town.simulator.restart(node, { disk: "lost" });
    comesTrue(town, () => town.serverOf(node)?.status.state === "lost");
    // With the leader gone there is no majority, and it does not make one.
    town.simulator.crash(leader.node);
    town.simulator.runForMs(LONG_MS);
    expect(town.serverOf(third)?.raft.role).not.toBe("leader");
    town.simulator.restart(leader.node);
    comesTrue(town, () => town.leader?.raft.isSettled === true);
    const now = leaderOf(town);
    town.call(now, () => now.change({ kind: "remove", peer: node.self }));
    town.simulator.runForMs(1_000);
    town.simulator.crash(node);
    town.simulator.restart(node);
    comesTrue(town, () => town.serverOf(node)?.machine.read("a") === "kept");
    expect(leaderOf(town).members.learners).toEqual([node.self]);
  });
});
