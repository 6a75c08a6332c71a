/** Well-formed lies, and what they may cost at most. */
import { describe, expect, it } from "vitest";
import { sliceOptions } from "../../src/node/slice-options.ts";
import { encodeSerf } from "../../src/peers/serf/serf.wire.ts";
import type { PushPullNode } from "../../src/peers/swim/swim.messages.ts";
import { encodeSwim } from "../../src/peers/swim/wire/swim.wire.ts";
import { AttackedNode, ownPort, tightOptions } from "./attacked-node.ts";
import { census } from "./census.ts";
import { doors } from "./doors.ts";
import { addrOf, hearsayMeta, packetOf, userPacket } from "./mutation/own-messages.ts";

const vsn = Uint8Array.of(1, 5, 2, 2, 5, 5);
const noSource = { sourceAddr: new Uint8Array(0), sourcePort: 0, sourceNode: "" };

function deliver(node: AttackedNode, bytes: Uint8Array): void {
  node.transport.deliver(node.stranger, bytes);
}

describe("forged members", () => {
  it("fill the table to its bound and no further, and push nobody out", () => {
    const node = new AttackedNode(doors.open);
    for (let at = 0; at < 5_000; at += 1) node.introduce(`forged-${at}`);
    const { members } = node.stack.swim;
    expect(members.size).toBe(tightOptions.swim.membersMaxCount);
    expect(members.get("good")?.status).toBe("alive");
    for (const { path, largest } of census(node.stack, 1_025)) {
      throw new Error(`${path} holds ${largest}`);
    }
    node.stop();
  });

  it("in a state of 60,000 are merged while the node goes on answering", {
    timeout: 60_000,
  }, async () => {
    const node = new AttackedNode(doors.open, sliceOptions({}));
    const nodes: PushPullNode[] = Array.from({ length: 60_000 }, (_, at) => ({
      name: `forged-${at}`,
      addr: Uint8Array.of(10, 1 + (at >> 16), (at >> 8) & 255, at & 255),
      port: ownPort,
      meta: hearsayMeta,
      incarnation: 1,
      state: 0,
      vsn,
    }));
    const state = { kind: "pushPull", join: false, nodes, userState: new Uint8Array(0) } as const;
    const bytes = Uint8Array.from(encodeSwim(state));
    const stream = node.transport.open(node.stranger);
    for (let at = 0; at < bytes.length; at += 65_536) {
      stream.listener?.onBytes(bytes.subarray(at, at + 65_536));
    }
    let turns = 0;
    for (; node.stack.swim.members.size < 60_006 && turns < 3_000; turns += 1) {
      // A timer's turn, as the slices have: turns without one come as fast as the machine allows.
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (turns % 10 === 0) node.checkAnswersPing(turns);
    }
    expect(node.stack.swim.members.size).toBe(60_006);
    // In one step it took 0.7 s.
    expect(turns).toBeGreaterThan(20);
    node.stop();
  });
});

describe("forged times", () => {
  it("far ahead are dropped, and those as far as allowed do not stop what is honest", () => {
    const node = new AttackedNode(doors.open);
    const event = (lTime: number) =>
      userPacket(
        encodeSerf({ kind: "userEvent", lTime, name: `at ${lTime}`, payload: vsn, cc: false }),
      );
    const { counters } = node;
    deliver(node, event(Number.MAX_SAFE_INTEGER));
    expect(counters.snapshot()["serf.dropped.absurdTime"]).toBe(1);
    const jump = tightOptions.serf.lamportJumpMaxCount;
    for (let jumps = 1; jumps <= 20_000; jumps += 1) deliver(node, event(jumps * jump));
    // However far it was driven, the node's own next event has a time that numbers hold.
    node.stack.serf?.event("own", vsn, "never");
    deliver(node, event(1));
    expect(counters.snapshot()["serf.dropped.oldEvent"]).toBeGreaterThan(0);
    node.checkRunning();
    node.stop();
  });
});

describe("forged acks", () => {
  it("to no ping of this node do nothing but count", () => {
    const node = new AttackedNode(doors.open);
    for (let seqNo = 1_000; seqNo < 6_000; seqNo += 1) {
      deliver(node, packetOf({ kind: "ack", seqNo, payload: vsn }));
      deliver(node, packetOf({ kind: "nack", seqNo }));
    }
    const counts = node.counters.snapshot();
    expect(counts["swim.dropped.unknownAck"]).toBe(5_000);
    expect(counts["swim.dropped.unknownNack"]).toBe(5_000);
    node.stop();
  });
});

describe("what a stranger sends with another's address", () => {
  it("brings the other hardly more bytes than it cost, and no more packets", () => {
    const node = new AttackedNode(doors.open, sliceOptions({}));
    let askedBytes = 0;
    let askedCount = 0;
    const victim = { sourceAddr: Uint8Array.of(10, 0, 0, 200), sourcePort: 53, sourceNode: "v" };
    // Broadcasts are waiting that could ride along.
    for (let at = 0; at < 200; at += 1) node.introduce(`m${at}`);
    const before = node.host.counts.snapshot();
    for (let seqNo = 0; seqNo < 500; seqNo += 1) {
      const target = victim.sourceAddr;
      const indirect = {
        kind: "indirectPing",
        seqNo,
        target,
        port: 53,
        node: "v",
        nack: true,
      } as const;
      const packets = [
        packetOf({ kind: "ping", seqNo, node: "us", ...victim }),
        packetOf({ ...indirect, ...victim }),
        packetOf({ ...indirect, ...noSource }),
      ];
      for (const bytes of packets) {
        askedBytes += bytes.length;
        askedCount += 1;
        deliver(node, bytes);
      }
    }
    const after = node.host.counts.snapshot();
    const sentBytes = (after["bytesSent"] ?? 0) - (before["bytesSent"] ?? 0);
    const sentCount = (after["packetsSent"] ?? 0) - (before["packetsSent"] ?? 0);
    expect(sentCount).toBeGreaterThan(500);
    expect(sentCount).toBeLessThanOrEqual(askedCount);
    // An ack carries a coordinate of 130 bytes; nothing else is longer than the question.
    expect(sentBytes / askedBytes).toBeLessThan(1.6);
    node.stop();
  });

  it("is answered once a query, however often it comes", () => {
    const node = new AttackedNode(doors.open);
    const query = encodeSerf({
      kind: "query",
      lTime: 3,
      id: 1,
      addr: addrOf("peer2"),
      port: 53,
      sourceNode: "v",
      filters: [],
      flags: 1,
      relayFactor: 0,
      timeoutNs: 1e9,
      name: "load",
      payload: vsn,
    });
    const before = node.transport.sentCount;
    for (let times = 0; times < 100; times += 1) deliver(node, userPacket(query));
    expect(node.transport.sentCount - before).toBe(1);
    node.stop();
  });
});
