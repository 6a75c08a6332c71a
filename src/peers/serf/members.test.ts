import { describe, expect, it } from "vitest";
import { serfCodec } from "./serf.wire.ts";
import { Bench, recordOf } from "./serf-rig.ts";

function bench(): Bench {
  return new Bench({ codec: serfCodec });
}

const leave = (node: string, lTime: number, prune = false) =>
  ({ kind: "leave", lTime, node, prune }) as const;
const join = (node: string, lTime: number) => ({ kind: "join", lTime, node }) as const;

/** A bench whose member "b" has the status of the row, at statusLTime 5. */
function benchWith(status: "alive" | "leaving" | "left" | "failed"): Bench {
  const node = bench();
  node.serf.onMemberJoin(recordOf("b", 2));
  if (status === "failed") node.hear(join("b", 5));
  if (status === "alive") node.hear(join("b", 5));
  if (status === "leaving" || status === "left") node.hear(leave("b", 5));
  if (status === "left" || status === "failed") node.serf.onMemberLeave(recordOf("b", 2));
  expect(node.statusOf("b")).toBe(`${status} @5`);
  while (node.takeBroadcasts().length > 0);
  node.ears.take();
  return node;
}

describe("a membership join event", () => {
  it("makes a new name alive", () => {
    const node = bench();
    node.serf.onMemberJoin(recordOf("b", 2, serfCodec.encodeTags(new Map([["role", "db"]]))));
    expect(node.statusOf("b")).toBe("alive @0");
    expect(node.serf.memberOf("b")?.tags).toEqual(new Map([["role", "db"]]));
    expect(node.ears.take()).toEqual(["join b alive"]);
  });

  it("gives a new name the time of a join intent that came before it", () => {
    const node = bench();
    node.hear(join("b", 7));
    node.serf.onMemberJoin(recordOf("b", 2));
    expect(node.statusOf("b")).toBe("alive @7");
  });

  it("makes a new name leaving when its leave intent came before it", () => {
    const node = bench();
    node.hear(join("b", 7));
    node.hear(leave("b", 9));
    node.serf.onMemberJoin(recordOf("b", 2));
    expect(node.statusOf("b")).toBe("leaving @9");
    expect(node.ears.take()).toEqual(["join b leaving"]);
  });

  it.each(["leaving", "left", "failed"] as const)("brings back a %s one", (status) => {
    const node = benchWith(status);
    node.serf.onMemberJoin(recordOf("b", 3));
    expect(node.statusOf("b")).toBe("alive @5");
    expect(node.serf.memberOf("b")?.address.host).toBe("10.0.0.3");
    expect(node.ears.take()).toEqual(["join b alive"]);
  });
});

describe("a membership leave event", () => {
  it.each([
    ["leaving", "left @5", ["leave b left"]],
    ["alive", "failed @5", ["fail b failed"]],
    ["left", "left @5", []],
    ["failed", "failed @5", []],
  ] as const)("about a %s member", (status, after, heard) => {
    const node = benchWith(status);
    const ignoredBefore = node.tally.of("serf.dropped.statusLeave");
    node.serf.onMemberLeave(recordOf("b", 2));
    expect(node.statusOf("b")).toBe(after);
    expect(node.ears.take()).toEqual(heard);
    const ignored = node.tally.of("serf.dropped.statusLeave") - ignoredBefore;
    expect(ignored).toBe(heard.length === 0 ? 1 : 0);
  });

  it("that was a goodbye makes an alive member left, though its intent was missed", () => {
    const node = benchWith("alive");
    node.serf.onMemberLeave(recordOf("b", 2), "left");
    expect(node.statusOf("b")).toBe("left @5");
    expect(node.ears.take()).toEqual(["leave b left"]);
  });

  it("about a stranger is counted", () => {
    const node = bench();
    node.serf.onMemberLeave(recordOf("x", 9));
    node.serf.onMemberUpdate(recordOf("x", 9));
    expect(node.tally.of("serf.dropped.strangerLeft")).toBe(2);
    expect(node.serf.membersCount).toBe(1);
  });
});

describe("a leave intent", () => {
  it("about an unknown name is kept and passed on once", () => {
    const node = bench();
    node.hear(leave("x", 4));
    expect(node.takeBroadcasts()).toEqual([leave("x", 4)]);
    node.hear(leave("x", 4));
    node.hear(leave("x", 3));
    expect(node.tally.of("serf.dropped.staleIntent")).toBe(2);
    node.hear(leave("x", 6));
    expect(node.takeBroadcasts()).toContainEqual(leave("x", 6));
  });

  it("that is not newer is ignored", () => {
    const node = benchWith("alive");
    node.hear(leave("b", 5));
    expect(node.statusOf("b")).toBe("alive @5");
    expect(node.takeBroadcasts()).toEqual([]);
    expect(node.tally.of("serf.dropped.staleIntent")).toBe(1);
  });

  it.each([
    ["alive", "leaving @6", ["intent b leaving"]],
    ["failed", "left @6", ["leave b left"]],
    ["leaving", "leaving @6", []],
    ["left", "left @6", []],
  ] as const)("about a %s member", (status, after, heard) => {
    const node = benchWith(status);
    node.hear(leave("b", 6));
    expect(node.statusOf("b")).toBe(after);
    expect(node.ears.take()).toEqual(heard);
    expect(node.takeBroadcasts()).toEqual([leave("b", 6)]);
  });

  it("about this node is refuted by a newer join, and not passed on", () => {
    const node = bench();
    node.hear(leave("me", 40));
    expect(node.statusOf("me")).toBe("alive @41");
    expect(node.takeBroadcasts()).toEqual([join("me", 41)]);
    expect(node.tally.of("serf.refutations")).toBe(1);
    expect(node.ears.take()).toEqual([]);
  });
});

describe("a leave intent with prune", () => {
  it.each([
    ["failed", ["leave b left", "reap b left"]],
    ["left", ["reap b left"]],
  ] as const)("erases a %s member at once", (status, heard) => {
    const node = benchWith(status);
    node.hear(leave("b", 6, true));
    expect(node.statusOf("b")).toBe("none");
    expect(node.ears.take()).toEqual(heard);
    expect(node.takeBroadcasts()).toEqual([leave("b", 6, true)]);
  });

  it.each(["alive", "leaving"] as const)("erases a %s member after a while", (status) => {
    const node = benchWith(status);
    node.hear(leave("b", 6, true));
    node.advance(5_999);
    expect(node.statusOf("b")).toBe("leaving @6");
    node.advance(1);
    expect(node.statusOf("b")).toBe("none");
    expect(node.ears.take()).toContain("reap b leaving");
  });

  it("spares who came back meanwhile", () => {
    const node = benchWith("alive");
    node.hear(leave("b", 6, true));
    node.hear(join("b", 7));
    node.advance(10_000);
    expect(node.statusOf("b")).toBe("alive @7");
  });
});

describe("a join intent", () => {
  it("about an unknown name is kept and passed on once", () => {
    const node = bench();
    node.hear(join("x", 4));
    node.hear(join("x", 4));
    expect(node.takeBroadcasts()).toEqual([join("x", 4)]);
  });

  it("that is not newer is ignored", () => {
    const node = benchWith("leaving");
    node.hear(join("b", 5));
    expect(node.statusOf("b")).toBe("leaving @5");
    expect(node.takeBroadcasts()).toEqual([]);
  });

  it.each([
    ["alive", "alive @6", []],
    ["leaving", "alive @6", ["intent b alive"]],
    ["left", "left @6", []],
    ["failed", "failed @6", []],
  ] as const)("that is newer, about a %s member", (status, after, heard) => {
    const node = benchWith(status);
    node.hear(join("b", 6));
    expect(node.statusOf("b")).toBe(after);
    expect(node.ears.take()).toEqual(heard);
    expect(node.takeBroadcasts()).toEqual([join("b", 6)]);
  });
});

describe("the table", () => {
  it("forgets failed and left members after their time, and not before", () => {
    const node = bench();
    for (const name of ["f", "l"]) node.serf.onMemberJoin(recordOf(name, 2));
    node.hear(leave("l", 3));
    for (const name of ["f", "l"]) node.serf.onMemberLeave(recordOf(name, 2));
    node.advance(86_400_000);
    expect(node.statusOf("f")).toBe("failed @0");
    expect(node.statusOf("l")).toBe("left @3");
    node.advance(15_000);
    expect(node.statusOf("f")).toBe("none");
    expect(node.statusOf("l")).toBe("none");
  });

  it("drops intents about names that never came", () => {
    const node = bench();
    node.hear(join("x", 7));
    node.advance(300_000 + 15_000);
    node.serf.onMemberJoin(recordOf("x", 2));
    expect(node.statusOf("x")).toBe("alive @0");
  });

  it("gives the place of who is gone the longest to a newcomer, and has none for more", () => {
    const node = new Bench({ codec: serfCodec, options: { membersMaxCount: 2 } });
    node.serf.onMemberJoin(recordOf("b", 2));
    node.serf.onMemberJoin(recordOf("c", 3));
    expect(node.statusOf("c")).toBe("none");
    expect(node.tally.of("serf.dropped.membersFull")).toBe(1);
    node.serf.onMemberLeave(recordOf("b", 2));
    node.serf.onMemberJoin(recordOf("c", 3));
    expect(node.statusOf("c")).toBe("alive @0");
    expect(node.statusOf("b")).toBe("none");
  });

  it("hands out records that do not change", () => {
    const node = benchWith("alive");
    const before = node.serf.memberOf("b");
    node.hear(leave("b", 9));
    expect(before?.status).toBe("alive");
  });
});
