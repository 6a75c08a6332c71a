import { describe, expect, it } from "vitest";
import { type GivenOptions, resolveOptions } from "../../core/options.ts";
import { makeOrigin, type Origin } from "../../core/peer.ts";
import { FakeJournalChannel } from "../../testing/fake-journal-channel.ts";
import type { NodeStateWiring, Standing, StateNotice } from "./node-state.contract.ts";
import type { StateDelta, StateDigest } from "./node-state.messages.ts";
import { nodeStateDefaults, nodeStateProblem } from "./node-state.options.ts";
import { NodeState } from "./node-state.ts";
import { OwnStateFile } from "./own-state-file.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const told = ({ entry, key, origin }: StateNotice): string =>
  `${origin} ${key}=${entry === undefined ? "†" : new TextDecoder().decode(entry.value)}`;

function rig(
  given: GivenOptions<typeof nodeStateDefaults> = {},
  more: Partial<NodeStateWiring> = {},
) {
  const world = { nowMs: 0, boot: 5, standing: "here" as Standing };
  const counts = new Map<string, number>();
  const aheads: number[] = [];
  const options = resolveOptions("state", nodeStateDefaults, given, nodeStateProblem);
  const state = new NodeState(
    {
      origin: () => makeOrigin("me", world.boot),
      now: () => world.nowMs,
      wallClock: () => 1_000_000 + world.nowMs,
      afterStep: (body) => body(),
      counters: { add: (name, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by) },
      standing: () => world.standing,
      onSelfAhead: (boot) => aheads.push(boot),
      ...more,
    },
    options,
  );
  const notices: string[] = [];
  state.subscribe({ onChange: (notice) => notices.push(told(notice)) });
  return { world, state, counts, notices, aheads };
}

function digest(origin: Origin, maxVersion: number, more: Partial<StateDigest> = {}): StateDigest {
  return { origin, heartbeat: 0, gcVersion: 0, maxVersion, ...more };
}

function delta(origin: Origin, keys: string, more: Partial<StateDelta> = {}): StateDelta {
  const from = more.from ?? 0;
  const entries = keys.split(" ").map((text, at) => {
    const [key = "", value = ""] = text.split("=");
    const status = value === "†" ? ("deleted" as const) : ("set" as const);
    return { key, value: bytes(value === "†" ? "" : value), version: from + at + 1, status };
  });
  return { origin, from, gcVersion: 0, entries, maxVersion: from + entries.length, ...more };
}

const p1 = makeOrigin("p1", 7);

function shown(state: NodeState, name: string): string {
  const entries = [...(state.of(name)?.entries() ?? [])];
  return entries.map(({ key, value }) => `${key}=${new TextDecoder().decode(value)}`).join(" ");
}

describe("states of others", () => {
  it("are taken of nodes that a digest named, and of no one else", () => {
    const { counts, notices, state } = rig();
    expect(state.apply([delta(p1, "a=1")])).toBe(false);
    expect(counts.get("nodeState.dropped.unknownNode")).toBe(1);
    state.learn([digest(p1, 2)]);
    expect(state.apply([delta(p1, "a=1 b=2")])).toBe(true);
    expect(state.apply([delta(p1, "a=1 b=2")])).toBe(false);
    expect(state.apply([delta(p1, "a=†", { from: 2 })])).toBe(true);
    expect(notices).toEqual(["p1#7 a=1", "p1#7 b=2", "p1#7 a=†"]);
    expect(shown(state, "p1")).toBe("b=2");
    expect(counts.get("nodeState.dropped.stale")).toBe(1);
  });

  it("of a later life take the place of the former, which is read until they are there", () => {
    const { notices, state } = rig();
    state.learn([digest(p1, 3)]);
    state.apply([delta(p1, "a=1 b=2 c=3")]);
    notices.length = 0;
    const later = makeOrigin("p1", 8);
    state.learn([digest(later, 2)]);
    expect(state.apply([delta(p1, "d=4", { from: 3 })])).toBe(false);
    expect(shown(state, "p1")).toBe("a=1 b=2 c=3");
    state.apply([delta(later, "a=1")]);
    expect([shown(state, "p1"), notices]).toEqual(["a=1 b=2 c=3", []]);
    state.apply([delta(later, "b=new", { from: 1 })]);
    expect([shown(state, "p1"), notices]).toEqual(["a=1 b=new", ["p1#8 c=†", "p1#8 b=new"]]);
    // An older life is not heard any more.
    state.learn([digest(p1, 9)]);
    expect(state.of("p1")?.origin).toBe(later);
  });

  it("of a life that never shows what it claims are given up after a while", () => {
    const { notices, state, world } = rig({ formerMaxMs: 1_000 });
    state.learn([digest(p1, 1)]);
    state.apply([delta(p1, "a=1")]);
    state.learn([digest(makeOrigin("p1", 8), 9)]);
    world.nowMs = 999;
    state.upkeep();
    expect(shown(state, "p1")).toBe("a=1");
    world.nowMs = 1_000;
    state.upkeep();
    expect([shown(state, "p1"), notices.at(-1)]).toEqual(["", "p1#8 a=†"]);
  });

  it("are read as they were while a reset comes in parts", () => {
    const { counts, notices, state } = rig();
    const resets: string[] = [];
    state.subscribe({ onReset: (origin) => resets.push(origin) });
    state.learn([digest(p1, 3)]);
    state.apply([delta(p1, "a=1 b=2 c=3")]);
    notices.length = 0;
    const reset = { from: 0, gcVersion: 4 };
    state.apply([delta(p1, "c=3", { ...reset, maxVersion: 2 })]);
    expect([shown(state, "p1"), notices, resets]).toEqual(["a=1 b=2 c=3", [], ["p1#7"]]);
    state.apply([delta(p1, "a=6", { ...reset, from: 2, maxVersion: 6 })]);
    expect([shown(state, "p1"), notices]).toEqual(["c=3 a=6", ["p1#7 b=†", "p1#7 a=6"]]);
    expect(counts.get("nodeState.resets")).toBe(1);
  });

  it("go when their node was away for too long, and do not come back by old digests", () => {
    const { counts, notices, state, world } = rig({ deadGraceMs: 1_000, quarantineMs: 500 });
    state.learn([digest(p1, 1, { heartbeat: 3 })]);
    state.apply([delta(p1, "a=1")]);
    world.standing = "gone";
    state.upkeep();
    world.nowMs = 500;
    state.upkeep();
    // Scheduled for deletion: read, and not passed on.
    expect(shown(state, "p1")).toBe("a=1");
    expect([...state.copies()].map(({ origin }) => origin)).toEqual(["me#5"]);
    world.nowMs = 1_000;
    state.upkeep();
    expect([state.of("p1"), notices.at(-1)]).toEqual([undefined, "p1#7 a=†"]);
    state.learn([digest(p1, 1, { heartbeat: 9 })]);
    world.nowMs = 1_600;
    state.learn([digest(p1, 1, { heartbeat: 9 }), digest(makeOrigin("p1", 6), 1)]);
    expect(state.of("p1")).toBeUndefined();
    expect(counts.get("nodeState.dropped.dead")).toBe(3);
    world.standing = "here";
    state.learn([digest(p1, 1, { heartbeat: 2 })]);
    expect(state.of("p1")).toBeUndefined();
    state.learn([digest(p1, 1, { heartbeat: 3 })]);
    expect(state.of("p1")?.origin).toBe(p1);
  });

  it("of who said goodbye go soon, and a later life is welcome at once", () => {
    const { state, world } = rig({ leftGraceMs: 100 });
    state.learn([digest(p1, 1)]);
    world.standing = "left";
    state.upkeep();
    world.nowMs = 100;
    state.upkeep();
    expect(state.of("p1")).toBeUndefined();
    world.standing = "here";
    state.learn([digest(makeOrigin("p1", 8), 1)]);
    expect(state.of("p1")?.origin).toBe("p1#8");
  });

  it("of nodes that nobody ever saw go soon, and give way to those that are there", () => {
    const { counts, notices, state, world } = rig({ nodesMaxCount: 2, leftGraceMs: 100 });
    world.standing = "gone";
    const [ghost1, ghost2] = [makeOrigin("ghost1", 1), makeOrigin("ghost2", 1)];
    state.learn([digest(ghost1, 1), digest(ghost2, 1)]);
    state.apply([delta(ghost1, "a=1")]);
    state.learn([digest(makeOrigin("ghost3", 1), 1)]);
    expect(counts.get("nodeState.dropped.nodes")).toBe(1);
    const others = rig(
      { nodesMaxCount: 2 },
      { standing: (name) => (name.startsWith("ghost") ? "gone" : "here") },
    );
    others.state.learn([digest(ghost1, 1), digest(ghost2, 1), digest(p1, 1)]);
    expect([...others.state.names()]).toEqual(["me", "ghost2", "p1"]);
    state.upkeep();
    world.nowMs = 100;
    state.upkeep();
    expect([[...state.names()], notices]).toEqual([["me"], ["ghost1#1 a=1", "ghost1#1 a=†"]]);
  });

  it("are bounded: nodes, keys, and bytes of one and of all", () => {
    const { counts, state } = rig({
      nodesMaxCount: 2,
      keysMaxCount: 2,
      nodeMaxBytes: 100,
      totalMaxBytes: 150,
      valueMaxBytes: 90,
    });
    const [p2, p3] = [makeOrigin("p2", 1), makeOrigin("p3", 1)];
    state.learn([digest(p1, 9), digest(p2, 9), digest(p3, 9)]);
    expect(counts.get("nodeState.dropped.nodes")).toBe(1);
    expect(state.apply([delta(p1, "a=1 b=2 c=3 d=4 e=5")])).toBe(true);
    expect(shown(state, "p1")).toBe("a=1 b=2 c=3 d=4");
    expect(state.apply([delta(p2, `a=${"x".repeat(90)}`)])).toBe(true);
    expect(state.apply([delta(p2, `b=${"x".repeat(60)}`, { from: 1 })])).toBe(false);
    expect(state.apply([delta(p2, `c=${"x".repeat(91)}`, { from: 1 })])).toBe(false);
    expect(counts.get("nodeState.dropped.full")).toBe(3);
    // What makes room is taken.
    expect(state.apply([delta(p2, "a=1 b=2", { from: 1 })])).toBe(true);
    expect(state.table.heldBytes).toBe(12);
  });

  it("that come from the future, or in our own name, are not believed", () => {
    const { aheads, counts, state, world } = rig({ generationAheadMaxMs: 10 });
    state.learn([digest(makeOrigin("p1", 1_000_011), 1), digest("nonsense" as Origin, 1)]);
    expect(state.of("p1")).toBeUndefined();
    state.learn([digest(makeOrigin("me", 1_000_011), 1)]);
    expect([aheads, counts.get("nodeState.dropped.generation")]).toEqual([[], 2]);
    state.learn([digest(makeOrigin("me", 4), 99), digest(makeOrigin("me", 5), 0)]);
    expect(aheads).toEqual([]);
    state.learn([digest(makeOrigin("me", 5), 1)]);
    state.learn([digest(makeOrigin("me", 6), 0)]);
    expect(aheads).toEqual([5, 6]);
    state.apply([delta(makeOrigin("me", 5), "a=1")]);
    expect(counts.get("nodeState.dropped.own")).toBe(1);
    world.boot = 7;
    state.learn([digest(makeOrigin("me", 6), 9)]);
    expect(aheads).toEqual([5, 6]);
  });

  it("tell of heartbeats that rise, but not of the first", () => {
    const { state } = rig();
    const beats: number[] = [];
    state.subscribe({ onHeartbeat: (_, heartbeat) => beats.push(heartbeat) });
    for (const heartbeat of [3, 3, 5, 4, 6]) state.learn([digest(p1, 0, { heartbeat })]);
    expect(beats).toEqual([5, 6]);
  });

  it("may be fetched whole by another way", () => {
    const { notices, state } = rig();
    const whole = { origin: p1, gcVersion: 2, entries: delta(p1, "a=1 b=2 c=3").entries };
    expect(state.table.replace({ ...whole, maxVersion: 3 })).toBe(false);
    state.learn([digest(p1, 3)]);
    expect(state.table.replace({ ...whole, maxVersion: 3 })).toBe(true);
    expect(notices).toEqual(["p1#7 a=1", "p1#7 b=2", "p1#7 c=3"]);
  });
});

describe("the own state", () => {
  it("counts its writes, and what is there already is none", () => {
    const { notices, state } = rig();
    const { own } = state;
    expect(own.set("a", bytes("1")).version).toBe(1);
    expect(own.set("a", bytes("1")).version).toBe(1);
    expect(own.set("b", bytes("2")).version).toBe(2);
    expect(own.delete("c")).toBeUndefined();
    // The third is the promise to say what may be forgotten.
    expect(own.delete("a")?.version).toBe(4);
    expect(own.delete("a")).toBeUndefined();
    expect(notices).toEqual(["me#5 a=1", "me#5 b=2", "me#5 a=†"]);
    expect(shown(state, "me")).toBe("b=2");
  });

  it("is published anew in another life, deletions left out", () => {
    const { notices, state, world } = rig();
    state.own.set("a", bytes("1"));
    state.own.set("b", bytes("2"));
    state.own.delete("a");
    notices.length = 0;
    world.boot = 6;
    const { maxVersion, origin } = state.own.copy;
    expect([origin, maxVersion, shown(state, "me"), notices]).toEqual(["me#6", 1, "b=2", []]);
  });

  it("fades: read until deletions are forgotten", () => {
    const { notices, state, world } = rig({ tombstones: "grace", tombstoneGraceMs: 100 });
    state.own.set("a", bytes("1"));
    state.own.setFading("b", bytes("2"));
    expect(state.own.fade("a")?.version).toBe(3);
    expect(state.own.fade("c")).toBeUndefined();
    world.nowMs = 99;
    state.upkeep();
    expect(shown(state, "me")).toBe("b=2 a=1");
    world.nowMs = 100;
    state.upkeep();
    expect([shown(state, "me"), state.own.copy.gcVersion]).toEqual(["", 3]);
    expect(notices.slice(-2)).toEqual(["me#5 b=†", "me#5 a=†"]);
  });

  it("says to all what may be forgotten, and copies collect just that", () => {
    const given = { tombstones: "owner", tombstoneGraceMs: 100, gcPublishMs: 50 } as const;
    const { state, world } = rig(given);
    const reader = rig({ tombstoneGraceMs: 0 }, { origin: () => makeOrigin("reader", 1) });
    const { origin } = state.own.copy;
    const pass = (): string => {
      const from = reader.state.copyOf(origin)?.maxVersion ?? 0;
      const { gcVersion, maxVersion } = state.own.copy;
      reader.state.learn([digest(origin, maxVersion)]);
      const entries = [...state.own.copy.after(from)];
      reader.state.apply([{ origin, from, gcVersion, entries, maxVersion }]);
      reader.world.nowMs = world.nowMs;
      reader.state.upkeep();
      const copy = reader.state.copyOf(origin);
      return `G=${copy?.gcVersion} M=${copy?.maxVersion}, ${copy?.tombstonesCount} tombstones`;
    };
    state.own.set("a", bytes("1"));
    state.own.delete("a");
    expect(pass()).toBe("G=0 M=3, 1 tombstones");
    world.nowMs = 60;
    state.upkeep();
    // Its own clock would have let it go long ago.
    expect(pass()).toBe("G=0 M=3, 1 tombstones");
    world.nowMs = 120;
    state.upkeep();
    expect(pass()).toBe("G=3 M=4, 0 tombstones");
    expect([state.own.copy.gcVersion, state.own.copy.tombstonesCount]).toEqual([3, 0]);
    expect(reader.counts.get("nodeState.resets")).toBeUndefined();
  });

  it("comes back from disk as it was, and a long journal is cut short", () => {
    const channel = new FakeJournalChannel();
    const file = new OwnStateFile(channel, 5);
    const { state } = rig({}, { journal: file });
    for (let at = 0; at < 20; at += 1) state.own.set(`k${at % 4}`, bytes(String(at)));
    state.own.set("gone", bytes("x"));
    state.own.delete("gone");
    state.own.set("ends", bytes("y"), 1_000_500);
    file.compact(state.own);
    state.own.delete("k0");
    const again = new OwnStateFile(channel, 5);
    const { kept, strangeCount } = again.recover();
    expect(strangeCount).toBe(0);
    expect(kept.map(({ expiresAtMs, key }) => [key, expiresAtMs])).toEqual([
      ["k1", undefined],
      ["k2", undefined],
      ["k3", undefined],
      ["ends", 1_000_500],
    ]);
    const next = rig({}, { journal: again });
    next.state.restore(kept);
    expect(shown(next.state, "me")).toBe("k1=17 k2=18 k3=19 ends=y");
    next.world.nowMs = 500;
    next.state.upkeep();
    expect(shown(next.state, "me")).toBe("k1=17 k2=18 k3=19");
  });
});
