import { describe, expect, test } from "vitest";
import type { SwimMessage } from "../swim.messages.ts";
import { alive, Rig } from "../swim-rig.ts";
import { ACCUSATION_CEILING } from "./claim-check.ts";

const suspect = (node: string, incarnation: number, from = "x"): SwimMessage => ({
  kind: "suspect",
  incarnation,
  node,
  from,
});
const dead = (node: string, incarnation: number, from = "x"): SwimMessage => ({
  kind: "dead",
  incarnation,
  node,
  from,
});

/** A rig that knows "a" in the given state at incarnation 5. */
function knowing(state: "alive" | "suspect" | "dead" | "left"): Rig {
  const rig = new Rig();
  rig.receive(alive("a", 2, { incarnation: 5 }));
  if (state === "suspect") rig.receive(suspect("a", 5));
  if (state === "dead") rig.receive(dead("a", 5));
  if (state === "left") rig.receive(dead("a", 5, "a"));
  expect(rig.status("a")).toBe(`${state}/5`);
  rig.takeLines();
  return rig;
}

describe("precedence (spec section 14.5)", () => {
  const moved = { addr: Uint8Array.of(10, 0, 0, 99) };
  test.each([
    ["alive", alive("a", 2, { incarnation: 4 }), "alive/5"],
    ["alive", alive("a", 2, { incarnation: 5 }), "alive/5"],
    ["alive", alive("a", 2, { incarnation: 6 }), "alive/6"],
    ["suspect", alive("a", 2, { incarnation: 5 }), "suspect/5"],
    ["suspect", alive("a", 2, { incarnation: 6 }), "alive/6"],
    ["dead", alive("a", 2, { incarnation: 5 }), "dead/5"],
    ["dead", alive("a", 2, { incarnation: 6 }), "alive/6"],
    ["left", alive("a", 2, { incarnation: 5 }), "left/5"],
    ["left", alive("a", 2, { incarnation: 6 }), "alive/6"],
    ["left", alive("a", 2, { incarnation: 1, ...moved }), "alive/1"],
    ["dead", alive("a", 2, { incarnation: 9, ...moved }), "dead/5"],
    ["alive", alive("a", 2, { incarnation: 9, ...moved }), "alive/5"],
    ["alive", suspect("a", 4), "alive/5"],
    ["alive", suspect("a", 5), "suspect/5"],
    ["alive", suspect("a", 7), "suspect/7"],
    ["suspect", suspect("a", 6, "y"), "suspect/5"],
    ["dead", suspect("a", 9), "dead/5"],
    ["left", suspect("a", 9), "left/5"],
    ["alive", dead("a", 4), "alive/5"],
    ["alive", dead("a", 5), "dead/5"],
    ["alive", dead("a", 6), "dead/6"],
    ["suspect", dead("a", 4), "suspect/5"],
    ["suspect", dead("a", 5), "dead/5"],
    ["dead", dead("a", 6), "dead/5"],
    ["left", dead("a", 6), "left/5"],
    ["alive", dead("a", 5, "a"), "left/5"],
    ["suspect", dead("a", 5, "a"), "left/5"],
    ["dead", dead("a", 6, "a"), "dead/5"],
    ["left", dead("a", 6, "a"), "left/5"],
  ] as const)("%s + %j = %s", (state, message, result) => {
    const rig = knowing(state);
    rig.receive(message);
    expect(rig.status("a")).toBe(result);
  });
});

describe("alive (spec section 14.1)", () => {
  test("a stranger joins, and its alive is passed on as it came", () => {
    const rig = new Rig({}, ["gossipRound"]);
    const claim = alive("a", 2, { incarnation: 3, meta: Uint8Array.of(1) });
    rig.receive(claim);
    expect(rig.takeLines()).toEqual(["join a/3"]);
    rig.advance(400);
    expect(rig.takeMessages()).toContain(claim);
  });

  test("new meta is an update; the same meta is none", () => {
    const rig = knowing("alive");
    rig.receive(alive("a", 2, { incarnation: 6, meta: Uint8Array.of(1) }));
    expect(rig.takeLines()).toEqual(["update a/6"]);
    rig.receive(alive("a", 2, { incarnation: 7, meta: Uint8Array.of(1) }));
    expect(rig.takeLines()).toEqual([]);
  });

  test("a suspect that refutes is alive again, and its suspicion never fires", () => {
    const rig = knowing("suspect");
    rig.receive(alive("a", 2, { incarnation: 6 }));
    expect(rig.takeLines()).toEqual(["refuted a/6"]);
    rig.advance(60_000);
    expect(rig.status("a")).toBe("alive/6");
  });

  test("another address for a living name is a conflict and changes nothing", () => {
    const rig = knowing("alive");
    rig.receive(alive("a", 9, { incarnation: 7 }));
    expect(rig.takeLines()).toEqual(["conflict a 10.0.0.2 10.0.0.9"]);
    expect(rig.status("a")).toBe("alive/5");
  });

  test("the same IPv4 address in sixteen bytes is a conflict too (spec section 4.1)", () => {
    const rig = knowing("alive");
    const addr = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 2);
    rig.receive(alive("a", 2, { incarnation: 7, addr }));
    expect(rig.count("swim.conflicts")).toBe(1);
  });

  test("a dead name is reclaimed from a new address only after deadNodeReclaimMs", () => {
    const rig = new Rig({ deadNodeReclaimMs: 1_000 });
    rig.receive(alive("a", 2), dead("a", 1));
    rig.receive(alive("a", 9));
    expect(rig.status("a")).toBe("dead/1");
    rig.advance(1_001);
    rig.receive(alive("a", 9));
    expect(rig.status("a")).toBe("alive/1");
    expect(rig.swim.members.get("a")?.address.host).toBe("10.0.0.9");
  });

  test.each([
    ["pmin is 0", Uint8Array.of(0, 5, 2, 0, 0, 0)],
    ["pmax is 0", Uint8Array.of(1, 0, 2, 0, 0, 0)],
    ["pmin > pmax", Uint8Array.of(3, 2, 2, 0, 0, 0)],
    ["the vector is short", Uint8Array.of(1, 5, 2)],
    ["the vector is missing", new Uint8Array(0)],
  ])("it is ignored when %s", (_why, vsn) => {
    const rig = new Rig();
    rig.receive(alive("a", 2, { vsn }));
    expect(rig.status("a")).toBe("unknown");
    expect(rig.count("swim.dropped.badVersion")).toBe(1);
  });

  test.each([
    ["swim.dropped.badName", { node: "" }],
    ["swim.dropped.badName", { node: "é".repeat(65) }],
    ["swim.dropped.badAddress", { addr: Uint8Array.of(1, 2, 3) }],
    ["swim.dropped.badAddress", { port: 65_536 }],
    ["swim.dropped.metaTooLarge", { meta: new Uint8Array(513) }],
    ["swim.dropped.absurdIncarnation", { incarnation: 2 ** 32 }],
    ["swim.dropped.absurdIncarnation", { incarnation: Number.NaN }],
  ] as const)("nonsense is dropped and counted as %s", (reason, change) => {
    const rig = new Rig();
    rig.receive(alive("a", 2, change));
    expect([...rig.swim.members].length).toBe(1);
    expect(rig.count(reason)).toBe(1);
  });

  test("port 0 means our own port", () => {
    const rig = new Rig();
    rig.receive(alive("a", 2, { port: 0 }));
    expect(rig.swim.members.get("a")?.port).toBe(7946);
  });

  test("a full table takes no more", () => {
    const rig = new Rig({ membersMaxCount: 3 });
    rig.receive(alive("a", 2), alive("b", 3), alive("c", 4));
    expect(rig.status("c")).toBe("unknown");
    expect(rig.count("swim.dropped.tableFull")).toBe(1);
  });
});

describe("about ourselves (spec section 14.4)", () => {
  const meta = Uint8Array.of(9);
  test.each([
    ["suspect at our incarnation", suspect("us", 1), "alive/2"],
    ["suspect far above", suspect("us", 40), "alive/41"],
    ["suspect below", suspect("us", 0), "alive/1"],
    ["dead", dead("us", 1), "alive/2"],
    ["dead as if from ourselves", dead("us", 1, "us"), "alive/2"],
    [
      "alive with a higher incarnation, from an earlier life",
      alive("us", 1, { incarnation: 8 }),
      "alive/9",
    ],
    ["alive at the same incarnation and other meta", alive("us", 1, { meta }), "alive/2"],
    ["alive as we are", alive("us", 1), "alive/1"],
    ["alive from another address: a conflict", alive("us", 7, { incarnation: 8 }), "alive/1"],
  ] as const)("%s", (_what, message, result) => {
    const rig = new Rig();
    rig.receive(message);
    expect(rig.status("us")).toBe(result);
  });

  test("a refutation costs health and is gossiped with our own content", () => {
    const rig = new Rig({}, ["gossipRound"]);
    rig.receive(alive("a", 2), suspect("us", 3));
    expect(rig.swim.awarenessScore).toBe(1);
    rig.advance(400);
    expect(rig.takeMessages()).toContainEqual(alive("us", 1, { incarnation: 4 }));
  });

  test("accusations near 2^32 are dropped, and the counter never passes it", () => {
    const rig = new Rig();
    rig.receive(suspect("us", 2 ** 32 - 1));
    expect(rig.status("us")).toBe("alive/1");
    for (let round = 0; round < 3; round += 1) rig.receive(suspect("us", ACCUSATION_CEILING));
    expect(rig.status("us")).toBe(`alive/${ACCUSATION_CEILING + 1}`);
    expect(rig.count("swim.dropped.absurdIncarnation")).toBe(1);
  });
});

describe("suspicion (spec section 15)", () => {
  /** A rig in a cluster of ten, for whom two confirmations are wanted. */
  function ten(): Rig {
    const rig = new Rig();
    for (let i = 0; i < 9; i += 1) rig.receive(alive(`m${i}`, 10 + i));
    rig.receive(suspect("m0", 1, "m1"));
    return rig;
  }

  test("alone it takes the longest time", () => {
    const rig = ten();
    rig.advance(23_999);
    expect(rig.status("m0")).toBe("suspect/1");
    rig.advance(1);
    expect(rig.status("m0")).toBe("dead/1");
  });

  test("confirmations shorten it: 24 s, 11.4 s, 4 s; the same accuser twice counts once", () => {
    const rig = ten();
    rig.advance(1_000);
    rig.receive(suspect("m0", 1, "m1"), suspect("m0", 1, "m2"), suspect("m0", 1, "m2"));
    expect(rig.count("swim.suspicions.confirmed")).toBe(1);
    rig.advance(10_380);
    expect(rig.status("m0")).toBe("suspect/1");
    rig.advance(1);
    expect(rig.status("m0")).toBe("dead/1");
    const quick = ten();
    quick.receive(suspect("m0", 1, "m2"), suspect("m0", 1, "m3"), suspect("m0", 1, "m4"));
    expect(quick.count("swim.suspicions.confirmed")).toBe(2);
    quick.advance(4_000);
    expect(quick.status("m0")).toBe("dead/1");
  });

  test("a late confirmation fires it at once", () => {
    const rig = ten();
    rig.advance(12_000);
    rig.receive(suspect("m0", 1, "m2"));
    rig.advance(0);
    expect(rig.status("m0")).toBe("dead/1");
  });

  test("in a cluster of three nobody is waited for", () => {
    const rig = new Rig();
    rig.receive(alive("a", 2), alive("b", 3), suspect("a", 1, "b"));
    rig.advance(4_000);
    expect(rig.status("a")).toBe("dead/1");
    expect(rig.takeLines().slice(-2)).toEqual(["suspect a/1", "dead a/1"]);
  });

  test("the chain of evidence tells it all, oldest first", () => {
    const rig = new Rig();
    rig.receive(alive("a", 2), alive("b", 3), suspect("a", 1, "b"));
    rig.advance(4_000);
    const chain = rig.swim.evidence("a").map((e) => `${e.atMs} ${e.what} ${e.by ?? "-"}`);
    expect(chain).toEqual([
      "0 joined -",
      "0 suspected b",
      "4000 timedOut -",
      "4000 declaredDead us",
    ]);
    expect(rig.swim.evidence("nobody")).toEqual([]);
  });
});

test("a version-1 node takes everyone to be on its own port (spec section 13)", () => {
  const claim = alive("a", 2, { port: 9999 });
  const modern = new Rig();
  const old = new Rig({}, [], { vsn: Uint8Array.of(1, 5, 1, 0, 0, 0) });
  modern.receive(claim);
  old.receive(claim);
  expect(modern.swim.members.get("a")?.port).toBe(9999);
  expect(old.swim.members.get("a")?.port).toBe(7946);
});

describe("claims that would break what follows", () => {
  test("one who stands above every ceiling can still be found dead", () => {
    const rig = new Rig();
    const top = 2 ** 32 - 1;
    rig.receive(alive("a", 2, { incarnation: top }));
    rig.receive(suspect("a", top));
    expect(rig.status("a")).toBe(`suspect/${top}`);
    rig.receive(dead("a", top));
    expect(rig.status("a")).toBe(`dead/${top}`);
  });

  test("an accusation beyond what the accused ever said is refused above the ceiling", () => {
    const rig = knowing("alive");
    rig.receive(dead("a", ACCUSATION_CEILING + 1));
    expect(rig.status("a")).toBe("alive/5");
  });

  test.each([
    [5, 5, 5, 0, 0, 0],
    [1, 1, 1, 0, 0, 0],
    [1, 5, 2, 3, 9, 4],
    [1, 5, 9, 0, 0, 0],
  ])(
    "an alive with versions %d %d %d %d %d %d, which nobody here speaks, fails no join",
    (...vsn) => {
      const rig = new Rig();
      rig.receive(alive("a", 2, { vsn: Uint8Array.from(vsn) }));
      expect(rig.swim.members.get("a")).toBeUndefined();
    },
  );
});
