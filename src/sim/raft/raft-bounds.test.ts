import { describe, expect, it } from "vitest";
import { at } from "../../core/collections/at.ts";
import type { OrderOutcome, OrderPosition } from "../../core/orderer.ts";
import type { RaftServer } from "./raft-server.ts";
import { RaftTown, type RaftTownOptions } from "./raft-town.ts";

/* What a server holds in memory has a bound, however it is used. */

const LONG_MS = 20_000;

function begin(options: Partial<RaftTownOptions> = {}): { town: RaftTown; leader: RaftServer } {
  const town = new RaftTown({ seed: 3, votersCount: 3, keeps: "nothing", ...options });
  expect(town.simulator.runUntil(() => town.leader?.raft.isSettled === true, LONG_MS)).toBe(true);
  const { leader } = town;
  if (leader === undefined) throw new Error("there is no leader");
  return { town, leader };
}

function propose(town: RaftTown, leader: RaftServer, bytesCount: number): void {
  town.call(leader, () => leader.propose(new Uint8Array(bytesCount)));
}

describe("the log", () => {
  it("of large commands is compacted by its size, though it has few entries", () => {
    const raft = { snapshotAfterBytes: 50_000 };
    const { town, leader } = begin({ votersCount: 1, raft });
    let snapshotsCount = 0;
    for (let count = 0; count < 300; count += 1) {
      propose(town, leader, 1_000);
      town.simulator.runForMs(20);
      expect(leader.raft.state.log.bytes).toBeLessThan(100_000);
      if (!leader.wantsSnapshot) continue;
      snapshotsCount += 1;
      leader.compact(leader.raft.applied as OrderPosition, new Uint8Array(1));
      expect(leader.wantsSnapshot).toBe(false);
    }
    // What stays behind each is half of what a snapshot is taken for.
    expect(snapshotsCount).toBeGreaterThan(3);
    expect(snapshotsCount).toBeLessThan(10);
  });

  it("waits with its compaction for a peer that gets a snapshot, but not for ever", () => {
    const raft = { trailingEntriesCount: 2, snapshotAfterCount: 20, snapshotChunkBytes: 10 };
    const { town, leader } = begin({ sparesCount: 1, raft, latencyMinMs: 50, latencyMaxMs: 60 });
    const ordered = (): void => {
      propose(town, leader, 10);
      town.simulator.runForMs(60);
    };
    for (let count = 0; count < 30; count += 1) ordered();
    leader.compact(leader.raft.applied as OrderPosition, new Uint8Array(1_000));
    let isSending = false;
    town.onLeave = (_from, _to, { kind }) => {
      isSending ||= kind === "chunk";
    };
    town.addSpare();
    town.simulator.runUntil(() => isSending, LONG_MS);
    const needed = leader.raft.state.snapshot?.index ?? 0;
    for (let count = 0; count < 30; count += 1) ordered();
    // The second finds that nothing more may go.
    for (let count = 0; count < 2; count += 1) {
      leader.compact(leader.raft.applied as OrderPosition, new Uint8Array(1_000));
      expect(leader.raft.state.log.baseIndex).toBe(needed);
    }
    expect(leader.wantsSnapshot).toBe(false);
    for (let count = 0; count < 90; count += 1) ordered();
    expect(leader.wantsSnapshot).toBe(true);
    leader.compact(leader.raft.applied as OrderPosition, new Uint8Array(1_000));
    expect(leader.raft.state.log.baseIndex).toBeGreaterThan(needed + 50);
  });
});

describe("proposals without a majority", () => {
  it("are refused when as much is not committed as may be, also if they are empty", () => {
    const raft = { uncommittedMaxBytes: 24_000, electionTimeoutMinMs: 5_000 };
    const { town, leader } = begin({ raft: { ...raft, electionTimeoutMaxMs: 6_000 } });
    town.simulator.partition([leader.node]);
    const outcomes: OrderOutcome[] = [];
    leader.listen({ onOutcome: (_, outcome) => outcomes.push(outcome), onStatus: () => {} });
    for (let count = 0; count < 1_500; count += 1) propose(town, leader, 0);
    town.simulator.runForMs(100);
    expect(outcomes).toHaveLength(500);
    expect(at(outcomes, 0)).toEqual({ kind: "refused", reason: "full" });
  });
});
