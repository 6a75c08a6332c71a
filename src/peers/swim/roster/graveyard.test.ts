import { describe, expect, test } from "vitest";
import { addressAt, alive, identityAt, Rig } from "../swim-rig.ts";
import { Graveyard } from "./graveyard.ts";

const options = {
  graveMs: 60_000,
  gravesMaxCount: 4,
  gossipToTheDeadMs: 30_000,
  probeIntervalMs: 1_000,
  ghostAsksMaxCount: 2,
};

describe("the graveyard", () => {
  test("keeps an incarnation for its time or until opened, and only so many", () => {
    const yard = new Graveyard(options);
    for (let i = 0; i < 6; i += 1) yard.bury(`m${i}`, i, { nowMs: i, livingCount: 9 });
    expect(yard.size).toBe(4);
    expect(yard.incarnationOf("m1", 10)).toBeUndefined();
    expect(yard.incarnationOf("m5", 10)).toBe(5);
    yard.open("m5");
    expect(yard.incarnationOf("m5", 10)).toBeUndefined();
    yard.expire(60_010);
    expect(yard.size).toBe(0);
  });

  test("of none keeps none, as memberlist", () => {
    const yard = new Graveyard({ ...options, gravesMaxCount: 0 });
    yard.bury("a", 1, { nowMs: 0, livingCount: 9 });
    expect([yard.size, yard.incarnationOf("a", 1)]).toEqual([0, undefined]);
  });

  test("stays empty for who lost more than it kept: it was itself cut off", () => {
    const yard = new Graveyard({ ...options, gravesMaxCount: 100 });
    for (let i = 0; i < 10; i += 1) yard.bury(`m${i}`, 1, { nowMs: i, livingCount: 3 });
    expect(yard.size).toBe(0);
    // Long after, in company again.
    yard.bury("later", 1, { nowMs: 40_000, livingCount: 3 });
    expect(yard.size).toBe(1);
  });

  test("asks a ghost once a probe period, and only so many", () => {
    const yard = new Graveyard(options);
    for (const name of ["a", "b", "c"]) yard.bury(name, 1, { nowMs: 0, livingCount: 9 });
    const asked = (nowMs: number) => ["a", "a", "b", "c"].filter((one) => yard.takeAsk(one, nowMs));
    expect(asked(1)).toEqual(["a", "b"]);
    expect(asked(500)).toEqual([]);
    expect(asked(1_001)).toEqual(["a", "b"]);
    expect(yard.takeAsk("stranger", 5_000)).toBe(false);
  });
});

/** Where "x" was alive at incarnation 3, died and was reaped; "a" lives. */
function buried(): Rig {
  const rig = new Rig({}, ["probeRound"]);
  rig.receive(alive("x", 9, { incarnation: 3 }));
  rig.receive({ kind: "dead", incarnation: 3, node: "x", from: "a" });
  rig.advance(40_000);
  rig.receive(alive("a", 2));
  expect(rig.status("x")).toBe("unknown");
  rig.takeLines();
  rig.takeSent();
  return rig;
}

describe("an alive about a member that was reaped", () => {
  test.each([1, 3])(
    "at incarnation %i is doubted, and its subject asked to refute",
    (incarnation) => {
      const rig = buried();
      rig.receive(alive("x", 9, { incarnation }));
      expect(rig.status("x")).toBe("unknown");
      expect(rig.takeLines()).toEqual([]);
      expect(rig.takeSent()).toEqual([
        { to: addressAt(9), message: { kind: "suspect", incarnation: 3, node: "x", from: "us" } },
      ]);
      expect(rig.count("swim.ghosts.doubted")).toBe(1);
    },
  );

  test("above the incarnation buried is believed, and so is the next death", () => {
    const rig = buried();
    rig.receive(alive("x", 9, { incarnation: 4 }));
    expect(rig.takeLines()).toEqual(["join x/4"]);
    rig.receive({ kind: "dead", incarnation: 4, node: "x", from: "a" });
    expect(rig.status("x")).toBe("dead/4");
  });

  test("is believed again when the grave is old", () => {
    const rig = buried();
    rig.advance(86_400_000);
    rig.receive(alive("x", 9, { incarnation: 3 }));
    expect(rig.takeLines()).toContain("join x/3");
  });

  test("who joins alone is told of its own death in the reply, and nobody else is", () => {
    const rig = buried();
    const entry = { ...identityAt("x", 9), incarnation: 1, state: 0 };
    const join = { kind: "pushPull", join: true, userState: new Uint8Array(0) } as const;
    const reply = rig.swim.onRequest(addressAt(9), { ...join, nodes: [entry] });
    if (reply?.kind !== "pushPull") throw new Error("no reply");
    expect(reply.nodes.find((node) => node.name === "x")).toEqual({
      ...entry,
      incarnation: 3,
      state: 2,
    });
    // One who knows others as well is not the subject of each of its entries.
    const both = [entry, { ...entry, ...identityAt("y", 8) }];
    const second = rig.swim.onRequest(addressAt(8), { ...join, nodes: both });
    if (second?.kind !== "pushPull") throw new Error("no reply");
    expect(second.nodes.some((node) => node.name === "x")).toBe(false);
  });

  test("in the reply to our join makes us compare notes again, once", () => {
    const rig = buried();
    const nodes = [{ ...identityAt("x", 9), incarnation: 3, state: 0 }];
    const reply = { kind: "pushPull", join: true, nodes, userState: new Uint8Array(0) } as const;
    const id = rig.swim.join(addressAt(2));
    rig.env.exchanges = [];
    rig.swim.onExchange(id, { kind: "reply", reply });
    const compared = () => rig.env.exchanges.filter(({ message }) => message.kind === "pushPull");
    rig.advance(1_000);
    expect(compared()).toMatchObject([{ to: addressAt(2), message: { join: false } }]);
    for (const again of compared()) rig.swim.onExchange(again.id, { kind: "reply", reply });
    rig.advance(5_000);
    expect(compared()).toHaveLength(1);
  });
});
