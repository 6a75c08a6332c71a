import { describe, expect, it } from "vitest";
import type { SerfPushPullMessage } from "./serf.messages.ts";
import { serfCodec } from "./serf.wire.ts";
import { Bench, recordOf } from "./serf-rig.ts";

function state(change: Partial<SerfPushPullMessage>): Uint8Array {
  return serfCodec.encode({
    kind: "pushPull",
    lTime: 0,
    statusLTimes: new Map(),
    leftMembers: [],
    eventLTime: 0,
    events: [],
    queryLTime: 0,
    ...change,
  });
}

function bench(): Bench {
  const node = new Bench({ codec: serfCodec });
  for (const [name, last] of [
    ["b", 2],
    ["c", 3],
  ] as const) {
    node.serf.onMemberJoin(recordOf(name, last));
  }
  return node;
}

describe("the state of a push/pull", () => {
  it("tells times, members, those who left, and events", () => {
    const node = bench();
    node.hear({ kind: "leave", lTime: 7, node: "c", prune: false });
    node.serf.onMemberLeave(recordOf("c", 3));
    node.serf.event("deploy", Uint8Array.of(1), "never");
    expect(serfCodec.decode(node.serf.localState())).toMatchObject({
      kind: "pushPull",
      lTime: 8,
      statusLTimes: new Map([
        ["me", 0],
        ["b", 0],
        ["c", 7],
      ]),
      leftMembers: ["c"],
      eventLTime: 2,
      events: [{ lTime: 1, events: [{ name: "deploy", payload: Uint8Array.of(1) }] }],
      queryLTime: 1,
    });
  });

  it("takes a large state by slices, a step each, to the same end", () => {
    const names = Array.from({ length: 25 }, (_, at) => `m${at}`);
    const statusLTimes = new Map(names.map((name, at) => [name, at + 1]));
    const bytes = state({ lTime: 50, statusLTimes, leftMembers: ["m3"] });
    const merged = (stateSliceCount: number): Bench => {
      const node = new Bench({ codec: serfCodec, options: { stateSliceCount } });
      names.forEach((name, at) => {
        node.serf.onMemberJoin(recordOf(name, at + 10));
      });
      node.serf.mergeRemoteState(bytes, "refresh");
      return node;
    };
    const statuses = (node: Bench): string[] => names.map((name) => node.statusOf(name) ?? "");
    const sliced = merged(10);
    expect(statuses(sliced).every((status) => status === "alive @0")).toBe(true);
    sliced.advance(0);
    expect(statuses(sliced)).toEqual(statuses(merged(1_000)));
  });

  it("merges leaves one later than told, other times as joins, and passes nothing on", () => {
    const node = bench();
    node.serf.onMemberLeave(recordOf("b", 2));
    const statusLTimes = new Map([
      ["b", 4],
      ["c", 6],
      ["x", 9],
    ]);
    node.serf.mergeRemoteState(state({ lTime: 20, statusLTimes, leftMembers: ["b"] }), "refresh");
    expect(node.statusOf("b")).toBe("left @5");
    expect(node.statusOf("c")).toBe("alive @6");
    expect(node.takeBroadcasts()).toEqual([]);
    node.serf.onMemberJoin(recordOf("x", 4));
    expect(node.statusOf("x")).toBe("alive @9");
  });

  it("moves all three clocks to one less than it says", () => {
    const node = bench();
    node.serf.mergeRemoteState(state({ lTime: 20, eventLTime: 30, queryLTime: 40 }), "refresh");
    expect(serfCodec.decode(node.serf.localState())).toMatchObject({
      lTime: 20,
      eventLTime: 30,
      queryLTime: 40,
    });
  });

  it("is refuted when it says that this node has left", () => {
    const node = bench();
    const statusLTimes = new Map([["me", 8]]);
    node.serf.mergeRemoteState(state({ lTime: 12, statusLTimes, leftMembers: ["me"] }), "join");
    expect(node.statusOf("me")).toBe("alive @12");
    expect(node.takeBroadcasts()).toEqual([{ kind: "join", lTime: 12, node: "me" }]);
  });

  it("is dropped when it is none, whatever it is", () => {
    const node = bench();
    const join = serfCodec.encode({ kind: "join", lTime: 1, node: "b" });
    for (const bytes of [new Uint8Array(0), Uint8Array.of(2, 0xc1), join]) {
      node.serf.mergeRemoteState(bytes, "join");
    }
    expect(node.tally.of("serf.dropped.badState")).toBe(3);
  });

  it("does not poison the clocks", () => {
    const node = bench();
    const poison = Number.MAX_SAFE_INTEGER - 1;
    const statusLTimes = new Map([["b", poison]]);
    const times = { lTime: poison, eventLTime: poison, queryLTime: poison };
    const leftMembers = ["b", "c"];
    node.serf.onJoinBegun();
    node.serf.mergeRemoteState(state({ ...times, statusLTimes, leftMembers }), "join");
    expect(node.tally.of("serf.dropped.absurdTime")).toBe(4);
    expect(node.statusOf("b")).toBe("alive @0");
    expect(serfCodec.decode(node.serf.localState())).toMatchObject({
      eventLTime: 1,
      queryLTime: 1,
    });
    node.serf.event("still", new Uint8Array(0), "never");
    expect(node.ears.events).toHaveLength(1);
  });

  it("is read for its newest events only when it holds very many", () => {
    const node = new Bench({ codec: serfCodec, options: { stateEventsMaxCount: 3 } });
    const events = [4, 9, 2, 7, 5].map((lTime) => ({
      lTime,
      events: [{ name: `at ${lTime}`, payload: Uint8Array.of(lTime) }],
    }));
    node.serf.mergeRemoteState(state({ events, eventLTime: 10 }), "refresh");
    expect(node.ears.events.map(({ lTime }) => lTime)).toEqual([5, 7, 9]);
    expect(node.tally.of("serf.dropped.stateTooLong")).toBe(1);
  });

  it("is read up to a bound", () => {
    const node = new Bench({ codec: serfCodec, options: { stateEntriesMaxCount: 3 } });
    const statusLTimes = new Map(Array.from({ length: 5 }, (_, i) => [`n${i}`, 2] as const));
    node.serf.mergeRemoteState(state({ statusLTimes }), "refresh");
    expect(node.tally.of("serf.dropped.stateTooLong")).toBe(1);
    node.serf.onMemberJoin(recordOf("n2", 2));
    node.serf.onMemberJoin(recordOf("n3", 3));
    expect(node.statusOf("n2")).toBe("alive @2");
    expect(node.statusOf("n3")).toBe("alive @0");
  });
});

describe("a cluster whose clocks were driven up", () => {
  const high = 2 ** 42;
  const times = { lTime: high, eventLTime: high, queryLTime: high };
  const later = {
    kind: "userEvent",
    lTime: high + 1,
    payload: Uint8Array.of(1),
    cc: false,
  } as const;

  it("is followed by a node that asks to join it, which then hears what is new there", () => {
    const node = bench();
    node.serf.onJoinBegun();
    node.serf.mergeRemoteState(state(times), "join");
    node.serf.onJoinEnded("joined");
    node.hear({ ...later, name: "heard" });
    expect(node.ears.events.map(({ name }) => name)).toEqual(["heard"]);
  });

  it("is not followed when it comes by itself", () => {
    const node = bench();
    node.serf.mergeRemoteState(state(times), "join");
    node.serf.mergeRemoteState(state(times), "refresh");
    node.hear({ ...later, name: "absurd" });
    expect(node.ears.events).toEqual([]);
  });

  it("is not followed to where no number is left to go on with", () => {
    const node = bench();
    node.serf.onJoinBegun();
    node.serf.mergeRemoteState(state({ eventLTime: 2 ** 53 - 2 }), "join");
    node.serf.event("mine", Uint8Array.of(1), "never");
    expect(node.ears.events[0]?.lTime).toBe(1);
  });
});
