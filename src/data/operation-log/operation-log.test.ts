import { describe, expect, it } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin, type Origin, peerId } from "../../core/peer.ts";
import { encodeUtf8 } from "../../core/text.ts";
import { Town, TownReplica } from "../../testing/operation-log-rig.ts";
import { replicaContract } from "../../testing/replica-contract.ts";
import type { Operation } from "./operation-log.messages.ts";

replicaContract({ describe, test: it }, "operation log", (origin: Origin) => {
  const replica = new TownReplica(new Town(), { origin });
  return {
    replica: replica.log,
    write(random) {
      const kind = random.chance(0.3) ? "commutative" : "causal";
      const outcome = replica.submit(`op ${random.below(1_000)}`, { class: kind });
      if (!("dot" in outcome)) throw new Error(outcome.status);
      const record = replica.log.get(outcome.dot);
      if (record === undefined) throw new Error("not in the log");
      return [outcome.dot, record];
    },
    // Of concurrent operations the order may differ; what was executed, and what waits, may not.
    state: () => `${[...replica.machine.list].sort().join()} ${replica.log.fill.waitingCount}`,
  };
});

const a = makeOrigin("a", 1);

function operation(prev: readonly (readonly [Origin, number])[] = []): Operation {
  return {
    kind: "operation",
    class: "causal",
    id: "",
    isFinal: false,
    prev: new Map(prev),
    at: { ms: 1_000_000, counter: 0 },
    submittedAtMs: 1_000_000,
    payload: encodeUtf8("x"),
  };
}

describe("an operation log", () => {
  it("executes an id once, through however many replicas it was submitted", () => {
    const town = new Town();
    const [one, other] = [town.add("a"), town.add("b")];
    const first = one.submit("pay", { id: "p1" });
    expect(one.submit("pay", { id: "p1" })).toEqual({ ...first, status: "known" });
    const second = other.submit("pay", { id: "p1" });
    expect(second.status).toBe("written");
    // What comes after the second submission does not wait for ever.
    other.submit("thank", { prev: new Map([[other.origin, 1]]) });
    one.sendTo(other);
    other.sendTo(one);
    expect([one.list, other.list]).toEqual(["pay thank", "pay thank"]);
    expect([one.count("operations.duplicates"), other.count("operations.duplicates")]).toEqual([
      2, 1,
    ]);
    expect([one.log.fill.waitingCount, other.log.fill.waitingCount]).toEqual([0, 0]);
  });

  it("remembers an id while it may be submitted again, a final one while it is on its way", () => {
    const town = new Town();
    const [one, other] = [town.add("a"), town.add("b")];
    one.submit("slow", { id: "s" });
    one.submit("done", { id: "d", isFinal: true });
    expect(one.log.fill.idsCount).toBe(2);
    one.log.truncate();
    expect(one.log.fill.idsCount).toBe(2);
    one.sendTo(other);
    one.log.truncate();
    expect([one.log.fill.idsCount, one.log.fill.logCount]).toEqual([1, 0]);
    town.nowMs += 300_000;
    expect(one.submit("slow", { id: "s", submittedAtMs: 1_000_000 }).status).toBe("known");
    town.nowMs += 60_001;
    one.log.truncate();
    expect(one.log.fill.idsCount).toBe(0);
    expect(one.submit("slow", { id: "s", submittedAtMs: 1_000_000 })).toEqual({ status: "tooOld" });
    expect(one.submit("x", { submittedAtMs: town.nowMs + 60_001 })).toEqual({ status: "tooOld" });
  });

  it("forgets no id while another submission of it is known to be missing", () => {
    const town = new Town();
    const [one, other] = [town.add("a"), town.add("b")];
    one.submit("pay", { id: "p" });
    other.submit("pay", { id: "p" });
    one.sendTo(other);
    // b said that it has seen its own submission, too, and the partition fell.
    one.hear(other, other.log.seen);
    town.nowMs += 400_000;
    one.log.truncate();
    expect(one.log.fill.idsCount).toBe(1);
    other.sendTo(one);
    expect(one.list).toBe("pay");
    one.log.truncate();
    expect(one.log.fill.idsCount).toBe(0);
  });

  it("takes no more than its bounds, and what is ready before what would wait", () => {
    const town = new Town();
    const one = town.add("a", { logMaxCount: 3, waitingMaxCount: 1 });
    town.add("b");
    const from = peerId("b");
    const b = makeOrigin("b", 1);
    expect(one.log.apply({ origin: b, seq: 2 }, operation([[b, 1]]), from)).toBe("news");
    expect(one.log.apply({ origin: b, seq: 3 }, operation([[b, 1]]), from)).toBe("deferred");
    expect(one.log.apply({ origin: b, seq: 1 }, operation(), from)).toBe("news");
    expect([one.machine.list.length, one.log.fill.waitingCount]).toEqual([2, 0]);
    expect(one.submit("third").status).toBe("written");
    expect(one.submit("fourth")).toEqual({ status: "full" });
    expect(one.log.apply({ origin: b, seq: 3 }, operation([[b, 1]]), from)).toBe("deferred");
    expect(one.count("operations.deferred")).toBe(2);
  });

  it("refuses what is absurd for good, and puts off what is early", () => {
    const one = new Town().add("a");
    const b = makeOrigin("b", 1);
    const from = peerId("b");
    const absurd = { ...operation(), id: "x".repeat(129) };
    expect(one.log.apply({ origin: b, seq: 1 }, absurd, from)).toBe("rejected");
    expect(one.log.apply({ origin: b, seq: 2 }, operation([[b, 1]]), from)).toBe("news");
    expect(one.log.apply({ origin: a, seq: 1 }, operation(), from)).toBe("rejected");
    expect(one.submit("own")).toEqual({ status: "written", dot: { origin: a, seq: 1 } });
    const early = { ...operation(), at: { ms: 1_005_001, counter: 0 } };
    expect(one.log.apply({ origin: b, seq: 3 }, early, from)).toBe("deferred");
    const afterTime = { ms: 1_900_000, counter: 0 };
    expect(one.submit("after", { afterTime })).toEqual({ status: "early" });
    expect([one.count("operations.rejected"), one.list]).toEqual([2, "x own"]);
  });

  it("says no more than it must of what an operation comes after", () => {
    const town = new Town();
    const [one, other] = [town.add("a"), town.add("b")];
    for (let round = 0; round < 3; round += 1) {
      one.submit("x");
      one.sendTo(other);
      one.log.truncate();
    }
    const outcome = one.submit("y", { prev: one.log.val });
    if (!("dot" in outcome)) throw new Error(outcome.status);
    // All members have executed the second; the third was received, which is not looked at yet.
    expect([...(one.log.get(outcome.dot)?.prev ?? [])]).toEqual([[a, 3]]);
    one.log.truncate();
    const next = one.submit("z", { prev: new Map([[a, 3]]) });
    if (!("dot" in next)) throw new Error(next.status);
    expect(one.log.get(next.dot)?.prev.size).toBe(0);
  });

  it("keeps for newcomers what nobody else has heard, as far as there is room", () => {
    const town = new Town();
    const one = town.add("a", { aloneKeptCount: 3 });
    for (let count = 0; count < 5; count += 1) one.submit(`${count}`);
    one.log.truncate();
    expect(one.log.fill.logCount).toBe(3);
    const late = town.add("b");
    one.sendTo(late);
    expect([late.log.isBehind, late.count("operations.behind")]).toEqual([true, 1]);
    expect(late.log.isReached(new Map())).toBe(false);
    expect(late.log.install(one.snapshot())).toBe("installed");
    expect([late.list, late.log.isBehind]).toEqual(["0 1 2 3 4", false]);
  });
});

describe("a newcomer", () => {
  it("goes on from a member's state, with its own operations on top, each told once", () => {
    const town = new Town();
    const [one, other] = [town.add("a"), town.add("b")];
    for (let count = 0; count < 4; count += 1) one.submit(`${count}`);
    one.sendTo(other);
    other.sendTo(one);
    one.log.truncate();
    expect(one.log.fill.logCount).toBe(0);
    one.submit("tail");
    const late = new TownReplica(town, { origin: makeOrigin("c", 1), begins: "joining" });
    late.submit("mine");
    expect([late.list, late.log.phase]).toEqual(["mine", "joining"]);
    one.sendTo(late);
    // The tail says nothing of what all had executed, and is held back.
    expect([late.list, late.log.isBehind]).toEqual(["mine", true]);
    expect(late.log.install(one.snapshot())).toBe("installed");
    expect([late.list, late.log.phase]).toEqual(["0 1 2 3 tail mine", "joined"]);
    expect(late.executed.map(({ key }) => key)).toEqual(["c#1:1"]);
    expect(late.log.install(one.snapshot())).toBe("needless");
    late.sendTo(one);
    expect(one.list).toBe("0 1 2 3 tail mine");
  });

  it("with nobody to ask goes on from what it was told", () => {
    const town = new Town();
    const one = town.add("a");
    one.submit("x");
    const late = new TownReplica(town, { origin: makeOrigin("b", 1), begins: "joining" });
    one.sendTo(late);
    expect(late.list).toBe("");
    late.log.join();
    expect([late.list, late.log.phase]).toEqual(["x", "joined"]);
  });

  it("takes no snapshot that cannot be, and goes on as it was", () => {
    const town = new Town();
    const [one, other] = [town.add("a"), town.add("b")];
    one.submit("x");
    other.submit("y");
    const good = one.snapshot();
    const origin = other.origin;
    const ofOurs = new DotSet();
    ofOurs.addRange(origin, 1, 9);
    const bad = [
      { ...good, applied: new DotSet(), seen: good.seen, log: [] },
      { ...good, seen: new DotSet() },
      { ...good, seen: good.seen.union(ofOurs), applied: good.applied.union(ofOurs) },
    ];
    for (const snapshot of bad) expect(other.log.install(snapshot)).not.toBe("installed");
    expect([other.list, other.count("operations.snapshotsRefused")]).toEqual(["y", 2]);
  });
});

describe("what comes after something that only a lost replica had", () => {
  it("is executed once nobody has had it for long", () => {
    const town = new Town();
    const [a, b, c] = [town.add("a"), town.add("b"), town.add("c")];
    c.submit("only c has this");
    const after = b.submit("after that", { prev: c.log.val });
    b.sendTo(a);
    town.remove(c);
    const upkeep = (): void => {
      for (const [one, other] of [
        [a, b],
        [b, a],
      ] as const) {
        one.sendTo(other);
        one.log.truncate();
      }
    };
    upkeep();
    town.nowMs += 599_999;
    upkeep();
    expect([a.list, a.log.fill.waitingCount, after.status]).toEqual(["", 1, "written"]);
    town.nowMs += 1;
    upkeep();
    // Who gives up first tells the others.
    a.sendTo(b);
    expect([a.list, b.list]).toEqual(["after that", "after that"]);
    // Should it come all the same, it is nothing to anybody.
    c.sendTo(a);
    expect(a.list).toBe("after that");
  });

  it("waits while some member has it, or may have it", () => {
    const town = new Town();
    const [a, b, c, d] = [town.add("a"), town.add("b"), town.add("c"), town.add("d")];
    c.submit("cause");
    b.submit("effect", { prev: c.log.val });
    b.sendTo(a);
    c.sendTo(d);
    town.remove(c);
    for (let minute = 0; minute < 30; minute += 1) {
      a.sendTo(b);
      a.log.truncate();
      town.nowMs += 60_000;
    }
    expect(a.list).toBe("");
    d.sendTo(a);
    expect(a.list).toBe("cause effect");
  });
});

describe("two histories that began apart", () => {
  it("end as that of the first origin; what the other had executed is counted as lost", () => {
    const town = new Town();
    const [one, other] = [
      new Town().add("a", { aloneKeptCount: 0 }),
      new Town().add("b", { aloneKeptCount: 0 }),
    ];
    one.submit("left");
    other.submit("right");
    for (const lone of [one, other]) lone.log.truncate();
    town.members = [one.origin, other.origin];
    expect(one.log.install(other.snapshot())).toBe("refused");
    expect(other.log.install(one.snapshot())).toBe("installed");
    expect([other.list, other.count("operations.lost")]).toEqual(["left", 1]);
    other.sendTo(one);
    one.sendTo(other);
    expect(one.log.seen.equals(other.log.seen)).toBe(true);
    expect([one.list, one.log.isBehind]).toEqual(["left", false]);
  });
});

describe("on disk", () => {
  it("comes back as it was, each id executed once, whatever was checkpointed", () => {
    for (const checkpointAfterCount of [1, 4, 1_000]) {
      const town = new Town();
      const one = town.add("a", { checkpointAfterCount });
      const other = town.add("b");
      for (let count = 0; count < 10; count += 1) {
        one.submit(`${count}`, { id: `id${count % 7}` });
        if (count === 3) one.sendTo(other);
        one.log.truncate();
        one.file.compact();
      }
      const again = town.restart(one, 2);
      expect(again.list).toBe("0 1 2 3 4 5 6");
      expect(again.log.seen.equals(one.log.seen)).toBe(true);
      expect(again.submit("0", { id: "id0" }).status).toBe("known");
      expect(again.executed).toEqual([]);
      again.submit("new");
      again.sendTo(other);
      expect(other.list).toBe("0 1 2 3 4 5 6 new");
    }
  });

  it("writes a large state no more often than it was written in operations", () => {
    const town = new Town();
    const one = town.add("a", { checkpointAfterCount: 1 });
    const other = town.add("b");
    let checkpoints = 0;
    let last: Uint8Array | undefined;
    for (let count = 0; count < 400; count += 1) {
      one.submit(`operation ${count}`);
      one.sendTo(other);
      one.log.truncate();
      one.file.compact();
      if (one.channel.snapshotBytes !== last) checkpoints += 1;
      last = one.channel.snapshotBytes;
    }
    expect(checkpoints).toBeGreaterThan(2);
    expect(checkpoints).toBeLessThan(20);
    expect(town.restart(one, 2).machine.list).toHaveLength(400);
  });

  it("knows what was discarded, lost, and taken over from another", () => {
    const town = new Town();
    const [one, other] = [town.add("a"), town.add("b")];
    one.submit("x");
    other.submit("y");
    other.submit("z");
    const lost = DotSet.of({ origin: makeOrigin("c", 1), seq: 1 });
    one.log.cover(new DotSet(), lost);
    expect(one.log.install(other.snapshot())).toBe("installed");
    expect(one.list).toBe("y z x");
    const again = town.restart(one, 2);
    expect([again.list, again.log.seen.contains(lost)]).toEqual(["y z x", true]);
    again.log.discard();
    const last = town.restart(again, 3);
    expect([last.list, last.log.seen.isEmpty, last.log.phase]).toEqual(["", true, "joining"]);
  });
});

describe("the clock of a log", () => {
  it("is later than all that a state reflects which it was given, or has from its disk", () => {
    const town = new Town();
    const one = town.add("a");
    town.nowMs += 4_000;
    one.submit("ahead");
    town.nowMs -= 4_000;
    const late = town.add("b");
    late.log.install(one.snapshot());
    const timeOf = (replica: TownReplica): number => {
      const outcome = replica.submit("after that");
      return "dot" in outcome ? (replica.log.get(outcome.dot)?.at.ms ?? 0) : 0;
    };
    expect([timeOf(late), timeOf(town.restart(one, 2))]).toEqual([1_004_000, 1_004_000]);
  });
});

it("a snapshot that speaks of more than was received is refused: it would take numbers", () => {
  const town = new Town();
  const [one, other] = [town.add("a"), town.add("b")];
  other.submit("x");
  const given = other.snapshot();
  const dot = { origin: one.origin, seq: 9 };
  const clock = { ...dot, at: { ms: 1, counter: 0 }, mark: undefined };
  const forged = [
    { ...given, log: [...given.log, { dot, record: operation() }] },
    { ...given, forgotten: DotSet.of(dot) },
    { ...given, order: { ...given.order, clocks: [clock] } },
  ];
  for (const snapshot of forged) expect(one.log.install(snapshot)).toBe("refused");
  expect(one.submit("first")).toMatchObject({ dot: { seq: 1 } });
  expect(one.log.install(given)).toBe("installed");
});
