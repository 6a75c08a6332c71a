import { describe, expect, it } from "vitest";
import { serfCodec } from "./serf.wire.ts";
import { Bench, recordOf } from "./serf-rig.ts";

function bench(othersCount: number): Bench {
  const node = new Bench({ codec: serfCodec });
  for (let i = 0; i < othersCount; i += 1) node.serf.onMemberJoin(recordOf(`n${i}`, i + 2));
  node.ears.take();
  return node;
}

describe("a leave", () => {
  it("tells its intent, then leaves membership, lingers, and is gone", () => {
    const node = bench(2);
    node.serf.leave();
    expect(node.serf.state).toBe("leaving");
    expect(node.statusOf("me")).toBe("leaving @1");
    const intent = { kind: "leave", lTime: 1, node: "me", prune: false };
    // Retransmit multiplier 4 and three members: four packets.
    for (let packet = 0; packet < 4; packet += 1) {
      expect(node.membership.asked).toEqual([]);
      expect(node.takeBroadcasts()).toEqual([intent]);
    }
    expect(node.membership.asked).toEqual([]);
    node.advance(0);
    expect(node.membership.asked).toEqual(["leave"]);
    node.serf.onMemberLeave(recordOf("me", 1));
    node.serf.onMembershipLeft();
    node.advance(999);
    expect(node.serf.state).toBe("leaving");
    node.advance(1);
    expect(node.serf.state).toBe("left");
    expect(node.ears.take()).toEqual(["intent me leaving", "leave me left", "left"]);
  });

  it("waits no longer than its timeouts", () => {
    const node = bench(2);
    node.serf.leave();
    node.advance(4_999);
    expect(node.membership.asked).toEqual([]);
    node.advance(1);
    expect(node.membership.asked).toEqual(["leave"]);
    node.advance(5_000 + 999);
    expect(node.ears.take()).toEqual(["intent me leaving"]);
    node.advance(1);
    expect(node.ears.take()).toEqual(["left"]);
    expect(node.membership.asked).toEqual(["leave"]);
  });

  it("does not wait for others when there are none", () => {
    const node = bench(0);
    node.serf.leave();
    expect(node.membership.asked).toEqual(["leave"]);
    node.serf.onMembershipLeft();
    node.advance(1_000);
    expect(node.ears.take()).toContain("left");
  });

  it("happens once, and is not taken back by what others say", () => {
    const node = bench(2);
    node.serf.leave();
    node.serf.leave();
    node.hear({ kind: "leave", lTime: 9, node: "me", prune: false });
    expect(node.statusOf("me")).toBe("leaving @9");
    expect(node.tally.of("serf.refutations")).toBe(0);
    node.serf.onJoinBegun();
    node.serf.onJoinEnded("joined");
    expect(node.takeBroadcasts().filter(({ kind }) => kind === "join")).toEqual([]);
    node.advance(20_000);
    expect(node.ears.take().filter((line) => line === "left")).toHaveLength(1);
  });

  it("still answers queries while it lingers", () => {
    const node = bench(1);
    node.serf.leave();
    node.advance(10_000);
    node.hear({
      kind: "query",
      lTime: 5,
      id: 1,
      addr: Uint8Array.of(10, 0, 0, 2),
      port: 7946,
      sourceNode: "n0",
      filters: [],
      flags: 1,
      relayFactor: 0,
      timeoutNs: 1_000_000_000,
      name: "_serf_ping",
      payload: new Uint8Array(0),
    });
    expect(node.env.sent).toHaveLength(1);
  });
});

describe("a forced leave", () => {
  it("makes a failed member left here and tells the others", () => {
    const node = bench(2);
    node.serf.onMemberLeave(recordOf("n0", 2));
    node.ears.take();
    expect(node.serf.forceLeave("n0", "left")).toBe(true);
    expect(node.statusOf("n0")).toBe("left @1");
    expect(node.ears.take()).toEqual(["leave n0 left"]);
    expect(node.takeBroadcasts()).toEqual([{ kind: "leave", lTime: 1, node: "n0", prune: false }]);
  });

  it("with prune makes all forget it", () => {
    const node = bench(2);
    node.serf.onMemberLeave(recordOf("n0", 2));
    expect(node.serf.forceLeave("n0", "prune")).toBe(true);
    expect(node.statusOf("n0")).toBe("none");
    expect(node.takeBroadcasts()).toMatchObject([{ node: "n0", prune: true }]);
  });

  it("is refused about this node and about strangers", () => {
    const node = bench(1);
    expect(node.serf.forceLeave("me", "left")).toBe(false);
    expect(node.serf.forceLeave("nobody", "left")).toBe(false);
    expect(node.takeBroadcasts()).toEqual([]);
  });
});

describe("a join", () => {
  it("that reached somebody is told by an intent newer than all heard so far", () => {
    const node = bench(1);
    node.hear({ kind: "join", lTime: 40, node: "n0" });
    node.serf.onJoinBegun();
    node.serf.onJoinEnded("failed");
    expect(node.takeBroadcasts().map((message) => message.kind)).toEqual(["join"]);
    node.serf.onJoinBegun();
    node.serf.onJoinEnded("joined");
    expect(node.statusOf("me")).toBe("alive @41");
    expect(node.takeBroadcasts()).toContainEqual({ kind: "join", lTime: 41, node: "me" });
  });
});
