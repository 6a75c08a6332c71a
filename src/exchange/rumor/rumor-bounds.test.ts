import { describe, expect, it } from "vitest";
import { resolveOptions } from "../../core/options.ts";
import { makeOrigin } from "../../core/peer.ts";
import { called, nextCall, type Rig, ROUND_MS, rig, told } from "../../testing/rumor-rig.ts";
import type { Told } from "./rumor.messages.ts";
import { checkRumorOptions, rumorDefaults } from "./rumor.options.ts";

describe("a node of few connections", () => {
  it("knocks, and tries others where it is not let in", () => {
    const town = rig({ mode: "push", connectionsMaxCount: 1, huntsMaxCount: 1 });
    town.write();
    const [knock] = town.pass(0);
    expect(knock?.message.kind).toBe("knock");
    const to = String(knock?.to);
    const round = knock?.message.round ?? 0;
    town.env.taken();
    town.hear(to, { kind: "busy", round });
    const [second] = town.sent();
    expect(second?.message.kind).toBe("knock");
    expect(second?.to).not.toBe(to);
    const other = String(second?.to);
    town.hear(other, { kind: "welcome", round: second?.message.round ?? 0 });
    expect(town.sent()).toMatchObject([{ to: other, message: { kind: "call" } }]);
    expect(town.count("rumor.busy")).toBe(1);
  });

  it("lets in so many in a cycle, and no call of others", () => {
    const town = rig({ mode: "push", connectionsMaxCount: 1 });
    town.hear("p1", { kind: "knock", round: 7 });
    town.hear("p2", { kind: "knock", round: 8 });
    town.hear("p1", called([told(town, "far")]));
    town.hear("p3", called([told(town, "near")]));
    const kinds = town.sent().map(({ message }) => message.kind);
    expect(kinds).toEqual(["welcome", "busy", "answer", "busy"]);
    expect(town.world.heldOf("near")).toBe(0);
    town.pass(ROUND_MS);
    town.hear("p3", called([told(town, "near")]));
    expect(town.world.heldOf("near")).toBe(1);
  });
});

describe("what others say", () => {
  it("is counted and dropped when it makes no sense", () => {
    const town = rig({ mode: "push" });
    town.hear("p1", called([told(town, "far", { replica: "y" })]));
    expect(town.count("rumor.dropped.unknownReplica")).toBe(1);
    town.hear("p1", { kind: "feedback", round: 1, standings: [1] });
    town.hear("p1", { kind: "welcome", round: 1 });
    town.hear("p1", { kind: "busy", round: 1 });
    expect(town.count("rumor.dropped.stale")).toBe(3);
    town.write();
    const found = nextCall(town);
    const answer = { kind: "answer", round: found?.call.round ?? 0, feedback: "feedback" } as const;
    town.hear(found?.to ?? "", { ...answer, standings: [1, 2], rumors: [] });
    expect(town.count("rumor.dropped.absurd")).toBe(1);
  });

  it("fills no list without bound: the oldest rumor makes room", () => {
    const town = rig({ mode: "push", hotMaxCount: 2 });
    for (const name of ["a", "b", "c"]) town.hear("p1", called([told(town, name)]));
    expect([town.rumor.hotCount, town.count("rumor.dropped.hotListFull")]).toEqual([2, 1]);
    expect(nextCall(town)?.call.rumors.map(({ dot }) => dot.origin)).toEqual([
      makeOrigin("b", 1),
      makeOrigin("c", 1),
    ]);
  });

  it("has a budget for each peer, and for each origin", () => {
    const town = rig({ mode: "push", peerRumorsPerSecond: 2, originRumorsPerSecond: 1 });
    for (const name of ["a", "b", "c"]) town.hear("p1", called([told(town, name)]));
    expect(town.count("rumor.dropped.peerBudget")).toBe(1);
    town.hear("p2", called([told(town, "d"), told(town, "d", second(town))]));
    expect(town.count("rumor.dropped.originBudget")).toBe(1);
    // It is known here, though it is not passed on.
    expect(town.world.history.seen.size).toBe(4);
    expect(town.rumor.hotCount).toBe(3);
  });

  it("is not heard after the end", () => {
    const town = rig({ mode: "pull" });
    town.write();
    town.rumor.stop();
    town.hear("p1", called([told(town, "far")]));
    expect(town.pass(10 * ROUND_MS)).toEqual([]);
    expect([town.rumor.hotCount, town.world.heldOf("far")]).toEqual([0, 0]);
  });
});

function second(town: Rig): Partial<Told> {
  return { dot: { ...told(town, "d").dot, seq: 2 } };
}

describe("a replica", () => {
  it("that is withdrawn is neither told nor heard of any more", () => {
    const town = rig({ mode: "push" });
    town.write();
    town.rumor.withdraw("x");
    town.write();
    expect(town.rumor.hotCount).toBe(0);
    town.hear("p1", called([told(town, "far")]));
    expect(town.count("rumor.dropped.unknownReplica")).toBe(1);
  });
});

describe("options", () => {
  it.each([
    [{ interestCount: 0 }, /interestCount/],
    [{ fanoutCount: 0 }, /fanoutCount/],
    [{ roundIntervalMs: 0 }, /roundIntervalMs/],
    [{ payloads: "announced", feedback: "blind" }, /announced/],
    [{ loss: "medianCounter", mode: "push" }, /medianCounter/],
    [{ minimization: "smallerCounts", mode: "pull" }, /minimization/],
  ] as const)("that contradict each other are refused: %j", (given, problem) => {
    expect(() => resolveOptions("rumor", rumorDefaults, given, checkRumorOptions)).toThrow(problem);
  });
});
