import { describe, expect, it } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin } from "../../core/peer.ts";
import { Town, TownReplica } from "../../testing/operation-log-rig.ts";

const refused = { status: "unreachable" };

describe("an update that comes after what cannot be", () => {
  it("is refused when this life never wrote it: it would wait for itself", () => {
    const a = new Town().add("a");
    a.submit("a1");
    expect(a.submit("x", { prev: new Map([[a.origin, 2]]) })).toEqual(refused);
    const beyond = DotSet.of({ origin: a.origin, seq: 2 });
    expect(a.submit("x", { beyond })).toEqual(refused);
    expect(a.log.fill).toMatchObject({ logCount: 1, waitingCount: 0 });
    expect(a.submit("a2", { prev: new Map([[a.origin, 1]]) })).toMatchObject({ status: "written" });
    expect(a.list).toBe("a1 a2");
  });

  it("is refused when another can have no room for so much that is not here", () => {
    const town = new Town();
    const a = town.add("a", { logMaxCount: 10 });
    const b = town.add("b", { logMaxCount: 10 });
    b.submit("b1");
    b.sendTo(a);
    expect(a.submit("x", { prev: new Map([[b.origin, 22]]) })).toEqual(refused);
    expect(a.submit("x", { prev: new Map([[b.origin, 21]]) })).toMatchObject({ status: "written" });
  });

  it("is taken by a replica that has yet to learn how far others are", () => {
    const town = new Town();
    const b = town.add("b", { logMaxCount: 10 });
    const origin = makeOrigin("a", 1);
    const a = new TownReplica(town, { origin, options: { logMaxCount: 10 }, begins: "joining" });
    town.members = [origin, b.origin];
    expect(a.submit("x", { prev: new Map([[b.origin, 99]]) })).toMatchObject({ status: "written" });
    const own = { prev: new Map([[origin, 2]]) };
    expect(a.submit("x", own)).toEqual(refused);
  });
});

describe("updates that wait", () => {
  it("leave room for those that need not", () => {
    const town = new Town();
    const a = town.add("a", { waitingMaxCount: 2 });
    const b = town.add("b");
    const early = { prev: new Map([[b.origin, 1]]) };
    expect(a.submit("x1", early).status).toBe("written");
    expect(a.submit("x2", early).status).toBe("written");
    expect(a.submit("x3", early)).toEqual({ status: "full" });
    expect(a.submit("x3", { ...early, class: "commutative" }).status).toBe("written");
    expect(a.submit("x4", { prev: new Map() }).status).toBe("written");
    b.submit("b1");
    b.sendTo(a);
    expect(a.submit("x5", early).status).toBe("written");
    expect(a.list).toBe("x3 x4 b1 x1 x2 x5");
  });

  it("give up a cause whose author never stood in the set, as that of one who is gone", () => {
    const town = new Town();
    const a = town.add("a", { lostAfterMs: 1_000 });
    const b = town.add("b");
    a.submit("x", { prev: new Map([[makeOrigin("nobody", 1), 1]]) });
    a.sendTo(b);
    a.log.truncate();
    town.nowMs += 1_000;
    a.log.truncate();
    expect(a.list).toBe("x");
  });
});
