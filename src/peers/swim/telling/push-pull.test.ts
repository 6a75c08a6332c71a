import { describe, expect, test } from "vitest";
import type { ExchangeId } from "../../../core/env.ts";
import type { PushPullMessage, PushPullNode, SwimMessage } from "../swim.messages.ts";
import type { SwimOptions } from "../swim.options.ts";
import { addressAt, alive, identityAt, MODERN, Rig } from "../swim-rig.ts";

const SERF = Uint8Array.of(1, 5, 2, 2, 5, 5);
const NOTHING = new Uint8Array(0);

function entry(name: string, last: number, change: Partial<PushPullNode> = {}): PushPullNode {
  return { ...identityAt(name, last), incarnation: 1, state: 0, ...change };
}
function state(...nodes: PushPullNode[]): PushPullMessage {
  return { kind: "pushPull", join: true, nodes, userState: NOTHING };
}

/** Begins a join and answers it. */
function joinWith(rig: Rig, reply: SwimMessage | undefined): ExchangeId {
  const id = rig.swim.join(addressAt(2));
  rig.swim.onExchange(id, { kind: "reply", reply });
  return id;
}

describe("merging (spec section 14.6)", () => {
  test.each([
    [0, "alive/1"],
    [1, "suspect/1"],
    [2, "suspect/1"],
    [3, "left/1"],
    [7, "alive/1"],
  ])("an entry with state %i about a member alive here: %s", (remoteState, result) => {
    const rig = new Rig();
    rig.receive(alive("a", 2));
    joinWith(rig, state(entry("a", 2, { state: remoteState })));
    expect(rig.status("a")).toBe(result);
  });

  test("a dead entry is only suspected, and by us", () => {
    const rig = new Rig({}, ["gossipRound"]);
    rig.receive(alive("a", 2));
    joinWith(rig, state(entry("a", 2, { state: 2 })));
    rig.advance(200);
    const spread = rig.takeMessages().find((m) => m.kind === "suspect");
    expect(spread).toEqual({ kind: "suspect", incarnation: 1, node: "a", from: "us" });
  });

  test("strangers come in when alive, not when dead", () => {
    const rig = new Rig();
    joinWith(rig, state(entry("a", 2), entry("b", 3, { state: 2 }), entry("c", 4, { state: 3 })));
    expect([...rig.swim.members].map((m) => m.name).sort()).toEqual(["a", "us"]);
  });

  test.each([0, 1, 2, 3])("state %i about us at a higher incarnation is refuted (14.7)", (mine) => {
    const rig = new Rig();
    joinWith(rig, state(entry("us", 1, { state: mine, incarnation: 12 })));
    expect(rig.status("us")).toBe("alive/13");
  });
});

test("a join that this node itself answers is none, by whatever address it came back", () => {
  const rig = new Rig();
  joinWith(rig, state(entry("us", 1)));
  expect(rig.takeLines()).toEqual(["joinResult failed self"]);
  joinWith(rig, state(entry("us", 1), entry("a", 2)));
  expect(rig.takeLines().at(-1)).toBe("joinResult joined");
});

describe("versions (spec section 13)", () => {
  test("a layer that is too old fails the whole merge, though it gets our full state", () => {
    const rig = new Rig({}, [], { vsn: SERF });
    const reply = rig.swim.onRequest(
      addressAt(2),
      state(entry("a", 2), entry("b", 3, { vsn: SERF })),
    );
    expect(reply).toMatchObject({ kind: "pushPull", join: true, nodes: [{ name: "us" }] });
    expect(rig.status("b")).toBe("unknown");
    expect(rig.count("swim.pushPulls.refused")).toBe(1);
    joinWith(rig, state(entry("a", 2)));
    expect(rig.takeLines()).toEqual(["joinResult failed versions"]);
  });

  test("an entry without versions counts as zero, in any state", () => {
    const rig = new Rig();
    joinWith(rig, state(entry("a", 2), entry("b", 3, { vsn: NOTHING, state: 2 })));
    expect(rig.takeLines()).toEqual(["joinResult failed versions"]);
  });

  test("dead entries do not narrow the range, they only must fit it", () => {
    const rig = new Rig();
    const narrow = Uint8Array.of(2, 2, 2, 0, 0, 0);
    joinWith(rig, state(entry("a", 2), entry("b", 3, { vsn: narrow, state: 3 })));
    expect(rig.takeLines()).toEqual(["join a/1", "joinResult joined"]);
    joinWith(rig, state(entry("c", 4, { vsn: Uint8Array.of(3, 5, 3, 0, 0, 0) })));
    expect(rig.takeLines()).toEqual(["joinResult failed versions"]);
  });
});

describe("a join (spec section 18)", () => {
  test("sends all we know, says it is a join, and merges the answer", () => {
    const rig = new Rig();
    rig.receive(alive("a", 2), { kind: "dead", incarnation: 1, node: "a", from: "x" });
    rig.passenger.state = Uint8Array.of(4);
    rig.takeLines();
    const id = rig.swim.join(addressAt(5));
    const begun = rig.takeExchange();
    expect(begun).toMatchObject({ id, to: addressAt(5), deadlineMs: 10_000 });
    if (begun?.message.kind !== "pushPull") throw new Error("a push/pull was begun");
    expect(begun.message).toMatchObject({ join: true, userState: Uint8Array.of(4) });
    expect(begun.message.nodes.map((n) => `${n.name} ${n.state}`).sort()).toEqual(["a 2", "us 0"]);
    const answer = { ...state(entry("b", 3, { vsn: MODERN })), userState: Uint8Array.of(6) };
    rig.swim.onExchange(id, { kind: "reply", reply: answer });
    expect(rig.takeLines()).toEqual(["join b/1", "joinResult joined"]);
    expect(rig.passenger.heard).toEqual(["state 6 join"]);
  });

  test("tells of every way to fail", () => {
    const rig = new Rig();
    joinWith(rig, { kind: "err", error: "encryption is not configured" });
    joinWith(rig, undefined);
    joinWith(rig, { kind: "nack", seqNo: 1 });
    const id = rig.swim.join(addressAt(2));
    rig.swim.onExchange(id, { kind: "failure", reason: "unreachable", detail: "refused" });
    rig.passenger.veto = "another cluster";
    joinWith(rig, state(entry("a", 2)));
    expect(rig.takeLines()).toEqual([
      "joinResult failed refused",
      "joinResult failed malformed",
      "joinResult failed malformed",
      "joinResult failed unreachable",
      "joinResult failed vetoed",
    ]);
    expect(rig.status("a")).toBe("unknown");
  });

  test("an end told twice is told once", () => {
    const rig = new Rig();
    const id = joinWith(rig, state(entry("a", 2)));
    rig.swim.onExchange(id, { kind: "reply", reply: state(entry("a", 2)) });
    expect(rig.takeLines().filter((l) => l.startsWith("joinResult")).length).toBe(1);
  });

  test("a state with more entries than the table could hold is dropped", () => {
    const rig = new Rig({ membersMaxCount: 2 });
    const huge = state(entry("a", 2), entry("b", 3), entry("c", 4));
    expect(rig.swim.onRequest(addressAt(2), huge)).toBeUndefined();
    expect(rig.count("swim.dropped.stateTooLarge")).toBe(1);
  });
});

test("now and then a random living member is asked, without join (spec section 17.4)", () => {
  const rig = new Rig({}, ["pushPullRound"]);
  rig.receive(alive("a", 2), alive("b", 3), { kind: "dead", incarnation: 1, node: "b", from: "x" });
  rig.advance(29_999);
  expect(rig.env.exchanges).toEqual([]);
  rig.advance(90_001);
  expect(rig.env.exchanges.length).toBeGreaterThanOrEqual(2);
  for (const begun of rig.env.exchanges) {
    expect(begun.to).toEqual(addressAt(2));
    expect(begun.message).toMatchObject({ kind: "pushPull", join: false });
  }
});

describe("a large state", () => {
  const many = (count: number): PushPullNode[] =>
    Array.from({ length: count }, (_, at) => entry(`m${at}`, 10 + at));
  const sliced = { mergeSliceCount: 10, mergesMaxCount: 2 };

  test("is merged by slices, and the join has ended when all is", () => {
    const rig = new Rig(sliced);
    rig.passenger.state = Uint8Array.of(1);
    joinWith(rig, { ...state(...many(25)), userState: Uint8Array.of(8) });
    expect(rig.takeLines()).toEqual([]);
    expect(rig.swim.members.size).toBe(1);
    rig.advance(0);
    expect(rig.swim.members.size).toBe(26);
    expect(rig.passenger.heard).toEqual(["state 8 join"]);
    const lines = rig.takeLines();
    expect(lines.length).toBe(26);
    expect(lines.at(-1)).toBe("joinResult joined");
  });

  test("comes to the same end as at once", () => {
    const nodes = many(30).map((node, at) => ({
      ...node,
      state: at % 4,
      incarnation: 1 + (at % 3),
    }));
    const merged = (options: Partial<SwimOptions>): string[] => {
      const rig = new Rig(options);
      for (let at = 0; at < 30; at += 2) rig.receive(alive(`m${at}`, 10 + at));
      rig.swim.onRequest(addressAt(2), state(...nodes));
      rig.advance(0);
      return nodes.map(({ name }) => `${name} ${rig.status(name)}`);
    };
    expect(merged(sliced)).toEqual(merged({}));
  });

  test("is answered by what was known before it, and does not hold up what comes between", () => {
    const rig = new Rig(sliced);
    const reply = rig.swim.onRequest(addressAt(2), state(...many(25)));
    expect(reply).toMatchObject({ nodes: [{ name: "us" }] });
    joinWith(rig, state(entry("small", 9)));
    expect(rig.takeLines()).toEqual(["join small/1", "joinResult joined"]);
  });

  test("is refused when as many wait as may", () => {
    const rig = new Rig(sliced);
    for (let time = 0; time < 3; time += 1) rig.swim.onRequest(addressAt(2), state(...many(25)));
    expect(rig.count("swim.dropped.mergesFull")).toBe(1);
    joinWith(rig, state(...many(25)));
    expect(rig.takeLines()).toEqual(["joinResult failed busy"]);
    rig.advance(0);
    joinWith(rig, state(...many(25)));
    rig.advance(0);
    expect(rig.takeLines().at(-1)).toBe("joinResult joined");
  });
});

describe("a newcomer", () => {
  const settling = { settleIntervalMs: 500, settleRoundsCount: 4 };
  /** Answers all push/pulls begun since last asked. */
  function answer(rig: Rig, ...nodes: PushPullNode[]): number {
    const begun = rig.env.exchanges.splice(0);
    const reply = { ...state(...nodes), join: false };
    for (const { id } of begun) rig.swim.onExchange(id, { kind: "reply", reply });
    return begun.length;
  }

  test("compares notes until it agreed twice in a row", () => {
    const rig = new Rig(settling);
    joinWith(rig, state(entry("a", 2)));
    answer(rig);
    rig.advance(750);
    expect(rig.env.exchanges).toMatchObject([{ to: addressAt(2), message: { join: false } }]);
    expect(answer(rig, entry("a", 2), entry("us", 1), entry("b", 3))).toBe(1);
    rig.advance(750);
    expect(answer(rig, entry("a", 2), entry("us", 1), entry("b", 3))).toBe(1);
    rig.advance(1_500);
    expect(answer(rig, entry("a", 2), entry("us", 1), entry("b", 3))).toBeLessThanOrEqual(2);
    rig.advance(5_000);
    expect(rig.env.exchanges).toEqual([]);
  });

  test("gives up after so many rounds, and makes none when alone or switched off", () => {
    const rig = new Rig(settling);
    joinWith(rig, state(entry("a", 2)));
    rig.env.exchanges.splice(0);
    rig.advance(10_000);
    expect(rig.env.exchanges.length).toBe(4);
    const off = new Rig({ settleIntervalMs: 0 });
    joinWith(off, state(entry("a", 2)));
    off.env.exchanges.splice(0);
    off.advance(10_000);
    expect(off.env.exchanges).toEqual([]);
  });

  test("makes none where a push/pull is large", () => {
    const rig = new Rig({ ...settling, settleMembersMaxCount: 1 });
    joinWith(rig, state(entry("a", 2)));
    rig.env.exchanges.splice(0);
    rig.advance(10_000);
    expect(rig.env.exchanges).toEqual([]);
  });
});
