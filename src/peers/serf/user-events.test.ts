import { describe, expect, it } from "vitest";
import { HearsayError } from "../../core/errors.ts";
import type { SerfEventSlot, UserEventMessage } from "./serf.messages.ts";
import { serfCodec } from "./serf.wire.ts";
import { Bench } from "./serf-rig.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function event(lTime: number, name: string, payload = ""): UserEventMessage {
  return { kind: "userEvent", lTime, name, payload: bytes(payload), cc: false };
}

function state(eventLTime: number, events: readonly SerfEventSlot[]): Uint8Array {
  const statusLTimes = new Map<string, number>();
  const times = { lTime: 1, eventLTime, queryLTime: 1 };
  return serfCodec.encode({ kind: "pushPull", ...times, statusLTimes, leftMembers: [], events });
}

describe("a user event from others", () => {
  it("is delivered and passed on once", () => {
    const node = new Bench({ codec: serfCodec });
    node.hear(event(3, "deploy", "v1"));
    node.hear(event(3, "deploy", "v1"));
    expect(node.ears.events).toEqual([
      { lTime: 3, name: "deploy", payload: bytes("v1"), coalesce: false },
    ]);
    expect(node.takeBroadcasts()).toEqual([event(3, "deploy", "v1")]);
    expect(node.tally.of("serf.dropped.duplicateEvent")).toBe(1);
  });

  it("is another one when time, name or payload differ", () => {
    const node = new Bench({ codec: serfCodec });
    for (const other of [event(3, "a", "x"), event(3, "a", "y"), event(3, "b", "x")]) {
      node.hear(other);
    }
    node.hear(event(4, "a", "x"));
    expect(node.ears.events).toHaveLength(4);
  });

  it("is too old when the buffer may have forgotten it", () => {
    const node = new Bench({ codec: serfCodec });
    node.hear(event(600, "new"));
    node.hear(event(601 - 513, "old"));
    node.hear(event(601 - 512, "just"));
    expect(node.ears.events.map(({ name }) => name)).toEqual(["new", "just"]);
    expect(node.tally.of("serf.dropped.oldEvent")).toBe(1);
  });

  it("with an absurd time moves no clock and is not passed on", () => {
    const node = new Bench({ codec: serfCodec });
    node.hear(event(Number.MAX_SAFE_INTEGER, "poison"));
    expect(node.tally.of("serf.dropped.absurdTime")).toBe(1);
    expect(node.takeBroadcasts()).toEqual([]);
    node.serf.event("mine", bytes(""), "never");
    expect(node.ears.events.map(({ lTime, name }) => [lTime, name])).toEqual([[1, "mine"]]);
  });

  it("does not keep the packet it came in", () => {
    const node = new Bench({ codec: serfCodec });
    const packet = new Uint8Array(serfCodec.encode(event(3, "a", "payload")));
    node.serf.onUser({ host: "10.0.0.9", port: 1 }, packet);
    packet.fill(0);
    expect(node.ears.events[0]?.payload).toEqual(bytes("payload"));
    expect(node.takeBroadcasts()).toEqual([event(3, "a", "payload")]);
  });
});

describe("an own user event", () => {
  it("takes the clock's time, is delivered here and queued", () => {
    const node = new Bench({ codec: serfCodec });
    node.serf.event("a", bytes("1"), "allowed");
    node.serf.event("a", bytes("1"), "never");
    expect(node.ears.events.map(({ lTime, coalesce }) => [lTime, coalesce])).toEqual([
      [1, true],
      [2, false],
    ]);
    expect(node.takeBroadcasts()).toHaveLength(2);
    node.hear({ ...event(1, "a", "1"), cc: true });
    expect(node.ears.events).toHaveLength(2);
  });

  it("is refused beyond the limit, and leaves the clock alone", () => {
    const node = new Bench({ codec: serfCodec });
    const overhead = serfCodec.encode(event(1, "n", "x".repeat(480))).length - 480;
    const fits = new Uint8Array(512 - overhead);
    const tooLarge = new Uint8Array(512 - overhead + 1);
    expect(() => node.serf.event("n", tooLarge, "never")).toThrowError(HearsayError);
    expect(() => node.serf.event("n", tooLarge, "never")).toThrowError(/EVENT_TOO_LARGE/);
    expect(node.ears.events).toEqual([]);
    node.serf.event("n", fits, "never");
    expect(node.ears.events[0]?.lTime).toBe(1);
  });
});

describe("events in a push/pull", () => {
  const old = [{ lTime: 4, events: [{ name: "old", payload: bytes("") }] }];

  it("are delivered when they are news, and not passed on", () => {
    const node = new Bench({ codec: serfCodec });
    node.serf.mergeRemoteState(state(5, old), "refresh");
    node.serf.mergeRemoteState(state(5, old), "refresh");
    expect(node.ears.events.map(({ name }) => name)).toEqual(["old"]);
    expect(node.takeBroadcasts()).toEqual([]);
  });

  it("are history to a node that joins", () => {
    const node = new Bench({ codec: serfCodec });
    node.serf.onJoinBegun();
    node.serf.mergeRemoteState(state(5, old), "join");
    node.serf.onJoinEnded("joined");
    node.hear(event(4, "old"));
    node.hear(event(5, "new"));
    expect(node.ears.events.map(({ name }) => name)).toEqual(["new"]);
  });

  it("are delivered to a node that joins and wants them", () => {
    const node = new Bench({ codec: serfCodec, options: { oldEvents: "replay" } });
    node.serf.onJoinBegun();
    node.serf.mergeRemoteState(state(5, old), "join");
    expect(node.ears.events).toHaveLength(1);
  });

  it("are not lost to a node that others join", () => {
    const node = new Bench({ codec: serfCodec });
    node.serf.mergeRemoteState(state(1_000, []), "join");
    node.hear(event(999, "late"));
    expect(node.ears.events).toHaveLength(1);
  });
});
