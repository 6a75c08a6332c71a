import { describe, expect, it } from "vitest";
import type { Dot } from "../../core/dot.ts";
import { makeOrigin, peerId } from "../../core/peer.ts";
import { FakeJournalChannel } from "../../testing/fake-journal-channel.ts";
import { Town, TownReplica } from "../../testing/operation-log-rig.ts";
import type { PlacedOperation } from "./operation-log.contract.ts";
import type { Operation } from "./operation-log.messages.ts";

/** Some replicas whose order comes from outside, and that order. */
class OrderedTown extends Town {
  readonly items: PlacedOperation[] = [];

  join(
    name: string,
    begins: "joined" | "joining" = "joined",
    channel = new FakeJournalChannel(),
  ): TownReplica {
    const origin = makeOrigin(name, 1);
    const replica = new TownReplica(this, { origin, begins, channel, ordering: "ordered" });
    this.replicas.push(replica);
    if (!this.members.includes(origin)) this.members = [...this.members, origin].sort();
    return replica;
  }

  /** What stands next in the order. */
  order(replica: TownReplica, dot: Dot | undefined): void {
    const record = dot && replica.log.get(dot);
    const logged = dot && record?.kind === "operation" ? { dot, record } : undefined;
    this.items.push({ place: this.items.length + 1, logged });
  }

  tell(replica: TownReplica, from = 0): string {
    return replica.log.order.place(this.items.slice(from));
  }
}

function write(replica: TownReplica, text: string, given = {}): Dot {
  const outcome = replica.submit(text, { class: "ordered", ...given });
  if (!("dot" in outcome)) throw new Error(outcome.status);
  return outcome.dot;
}

function three() {
  const town = new OrderedTown();
  const all = [town.join("a"), town.join("b"), town.join("c")] as const;
  return { town, all };
}

describe("an order given from outside", () => {
  it("executes in its places, whoever wrote when, and brings what was not received", () => {
    const { all, town } = three();
    const [a, b, c] = all;
    const [first, second] = [write(a, "a1"), write(b, "b1")];
    expect([a.list, b.list]).toEqual(["", ""]);
    town.order(b, second);
    town.order(a, first);
    for (const one of all) expect(town.tell(one)).toBe("taken");
    expect(all.map(({ list }) => list)).toEqual(["b1 a1", "b1 a1", "b1 a1"]);
    expect(c.log.seen.size).toBe(2);
    // Twice told, twice ordered, and no operation at all: of no effect.
    town.order(a, first);
    town.order(a, undefined);
    for (const one of all) town.tell(one);
    expect(all.map(({ list }) => list)).toEqual(["b1 a1", "b1 a1", "b1 a1"]);
    expect(c.count("operations.misplaced")).toBe(1);
    expect(c.log.order.given?.place).toBe(4);
  });

  it("lets an operation wait in its place for what it came after, and others behind it", () => {
    const { all, town } = three();
    const [a, b, c] = all;
    a.submit("cause");
    town.order(a, write(a, "effect", { prev: a.log.val }));
    town.order(b, write(b, "other"));
    town.tell(c);
    expect([c.list, c.log.order.given?.queueCount]).toEqual(["", 2]);
    a.sendTo(c);
    expect(c.list).toBe("cause effect other");
    expect(c.log.order.given?.pendingCount).toBe(0);
  });

  it("executes an id once, in the first of its places", () => {
    const { all, town } = three();
    const [a, b] = all;
    const [one, other] = [write(a, "pay", { id: "p" }), write(b, "pay", { id: "p" })];
    town.order(b, other);
    town.order(a, one);
    for (const replica of all) town.tell(replica);
    expect(all.map(({ list }) => list)).toEqual(["pay", "pay", "pay"]);
    expect(a.submit("pay", { class: "ordered", id: "p" })).toEqual({ status: "known", dot: other });
  });

  it("asks for a snapshot behind a gap, and goes on from its place", () => {
    const { all, town } = three();
    const [a, b, c] = all;
    for (const text of ["x", "y", "z"]) town.order(a, write(a, text));
    town.tell(a);
    town.order(b, write(b, "last"));
    expect(town.tell(c, 2)).toBe("gap");
    expect([c.list, c.log.isBehind]).toEqual(["", true]);
    expect(c.log.install(a.snapshot())).toBe("installed");
    expect([c.list, c.log.order.given?.place]).toEqual(["x y z", 3]);
    town.tell(c, 3);
    expect(c.list).toBe("x y z last");
    // Nothing goes back in an order.
    expect(c.log.install(a.snapshot())).toBe("needless");
    expect([c.list, c.log.order.given?.place]).toEqual(["x y z last", 4]);
  });

  it("stands on disk, with what waits in its place", () => {
    const { all, town } = three();
    const [a, b] = all;
    a.submit("cause");
    town.order(b, write(b, "before"));
    town.order(a, write(a, "effect", { prev: a.log.val }));
    town.tell(b);
    const again = town.join("b", "joined", b.channel);
    expect([again.list, again.log.order.given?.place]).toEqual(["before", 2]);
    a.sendTo(again);
    expect(again.list).toBe("before cause effect");
  });

  it("refuses replicas that order by time, and is refused by them", () => {
    const town = new OrderedTown();
    const [given, timed] = [town.join("a"), town.add("t")];
    const dot = write(given, "x");
    const record = given.log.get(dot) as Operation;
    expect(timed.log.apply(dot, record, peerId("a"))).toBe("rejected");
    expect(timed.log.order.isForeign).toBe(true);
    expect(given.log.install(timed.snapshot())).toBe("foreign");
    expect(given.log.order.isForeign).toBe(true);
    expect(timed.list).toBe("");
  });
});
