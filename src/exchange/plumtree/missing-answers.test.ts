import { describe, expect, it } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin, peerId } from "../../core/peer.ts";
import { type Due, Missing } from "./missing.ts";
import { type PlumtreeOptions, plumtreeDefaults } from "./plumtree.options.ts";

const origin = makeOrigin("far", 1);
const [p1, p2] = [peerId("p1"), peerId("p2")];

function rig(given: Partial<PlumtreeOptions> = {}) {
  const missing = new Missing({ ...plumtreeDefaults, trees: "shared", ...given });
  const seen = new DotSet();
  const come = (first: number, last: number, nowMs: number, from = p1) => {
    seen.addRange(origin, first, last);
    missing.onCame({ origin, first, last }, from, nowMs);
  };
  const note = (peer: typeof p1, first: number, last: number, nowMs = 0) =>
    missing.note(peer, { origin, first, last, round: 1 }, nowMs);
  const due = (nowMs: number) => told(missing.takeDue(nowMs, seen));
  return { missing, come, note, due };
}

function told({ lostCount, requests }: Due): string[] {
  const lines = requests.flatMap(({ peer, wanted }) =>
    wanted.map(({ first, last }) => `${peer} ${first}-${last}`),
  );
  return lostCount === 0 ? lines : [...lines, `lost ${lostCount}`];
}

/** All that is asked until nothing is waited for; whoever is asked gives at most `most` at once. */
function exchange(world: ReturnType<typeof rig>, most: number): string[] {
  const { come, due, missing } = world;
  const lines: string[] = [];
  for (let nowMs = 0; missing.size > 0 && nowMs < 20_000; nowMs += 10) {
    let left = most;
    for (const line of due(nowMs)) {
      lines.push(line);
      const [first = 0, last = 0] = (line.split(" ")[1] ?? "").split("-").map(Number);
      const given = Math.min(left, last - first + 1);
      left -= given;
      if (given > 0 && last > 0) come(first, first + given - 1, nowMs + 1);
    }
  }
  return lines;
}

describe("what is asked for and has come in part", () => {
  it("is asked for again until all has come: answers are bounded", () => {
    const world = rig();
    world.note(p1, 1, 100);
    expect(exchange(world, 40)).toEqual(["p1 1-100", "p1 41-100", "p1 81-100"]);
    expect(world.missing.size).toBe(0);
  });

  it("is asked for again although the answer ended before it", () => {
    const world = rig();
    world.note(p1, 1, 50);
    world.note(p1, 101, 150);
    const lines = exchange(world, 50);
    expect(lines).toEqual(["p1 1-50", "p1 101-150", "p1 101-150"]);
    expect(world.missing.size).toBe(0);
  });

  it("is waited for from one of two who announced it, not from each because of the other", () => {
    const world = rig();
    world.note(p1, 1, 100);
    world.note(p2, 61, 160, 15);
    const lines = exchange(world, 20);
    expect(lines.filter((line) => line.startsWith("lost"))).toEqual([]);
    expect(world.missing.size).toBe(0);
  });

  it("is not asked for without end where nothing comes", () => {
    const world = rig();
    world.note(p1, 1, 100);
    expect(exchange(world, 0)).toEqual(["p1 1-100", "lost 100"]);
  });
});

describe("what a peer says that it holds", () => {
  it("is waited for to the end of a run of any length", () => {
    const world = rig({ noticeMaxCount: 10 });
    expect(world.note(p1, 1, 25)).toBe(true);
    expect(world.due(1_000)).toEqual(["p1 1-10", "p1 11-20", "p1 21-25"]);
  });

  it("is waited for although a part of it is held no more", () => {
    const { due, missing, note } = rig();
    note(p1, 1, 100);
    expect(due(1_000)).toEqual(["p1 1-100"]);
    missing.onLacked(p1, origin, [1, 10], 1_001);
    missing.onLacked(p1, origin, [50, 50], 1_001);
    expect(due(3_000)).toEqual(["p1 11-49", "p1 51-100"]);
  });

  it("is cut into no more pieces than there is room for", () => {
    const { due, missing, note } = rig({ noticesPerPeerMaxCount: 3 });
    note(p1, 1, 100);
    due(1_000);
    for (let seq = 2; seq < 100; seq += 2) missing.onLacked(p1, origin, [seq, seq], 1_001);
    expect(missing.size).toBe(3);
  });
});

describe("a stream that comes late", () => {
  it("is not asked for while what stands before it comes", () => {
    const { come, due, note } = rig();
    note(p1, 1, 1_000);
    for (let step = 0; step < 20; step += 1) note(p1, 1_001 + 100 * step, 1_100 + 100 * step, 20);
    come(1, 1_000, 70);
    expect(due(110)).toEqual([]);
    come(1_001, 1_100, 140);
    expect(due(200)).toEqual([]);
  });

  it("is asked for when it stands still, and where it has a gap", () => {
    const { come, due, note } = rig();
    note(p1, 1, 10);
    note(p2, 21, 30);
    come(11, 20, 70);
    expect(due(100)).toEqual(["p1 1-10"]);
    expect(due(1_000)).toContain("p2 21-30");
  });

  it("is asked for in the end, whatever comes before it", () => {
    const { come, due, note } = rig({ graftWaitMaxMs: 500 });
    note(p1, 10_000, 10_000);
    for (let nowMs = 0; nowMs < 500; nowMs += 20) come(1 + nowMs, 20 + nowMs, nowMs);
    expect(due(520)).toEqual(["p1 10000-10000"]);
  });
});

describe("the wait for a payload", () => {
  const least = plumtreeDefaults.graftWaitMs;

  it("is not longer for what came because another one was asked for it", () => {
    const { come, due, missing, note } = rig();
    for (let seq = 1; seq <= 20; seq += 1) {
      const nowMs = 1_000 * seq;
      note(p1, seq, seq, nowMs);
      note(p2, seq, seq, nowMs);
      expect(due(nowMs + 100)).toEqual([`p1 ${seq}-${seq}`]);
      come(seq, seq, nowMs + 110);
    }
    expect(missing.graftWaitMs).toBe(least);
  });

  it("follows how late payloads are as a rule, and no single one", () => {
    const { come, missing, note } = rig();
    const bring = (seq: number, lateMs: number) => {
      note(p2, seq, seq, 1_000 * seq);
      come(seq, seq, 1_000 * seq + lateMs);
    };
    for (let seq = 1; seq <= 40; seq += 1) bring(seq, seq % 10 === 0 ? 300 : 1);
    expect(missing.graftWaitMs).toBeLessThan(2 * least);
    for (let seq = 41; seq <= 80; seq += 1) bring(seq, 300);
    expect(missing.graftWaitMs).toBeGreaterThan(550);
  });
});
