import { describe, expect, test } from "vitest";
import { addressKey } from "../../../core/address.ts";
import type { SwimMessage } from "../swim.messages.ts";
import type { SwimOptions } from "../swim.options.ts";
import { addressAt, alive, MODERN, Rig, unpack } from "../swim-rig.ts";

const OLD = Uint8Array.of(1, 2, 2, 0, 0, 0);

function ack(seqNo: number): SwimMessage {
  return { kind: "ack", seqNo, payload: new Uint8Array(0) };
}
function nack(seqNo: number): SwimMessage {
  return { kind: "nack", seqNo };
}

/** A rig that probes, and knows `a` and some helpers. */
function probing(helpers: number, options: Partial<SwimOptions> = {}): Rig {
  const rig = new Rig(options, ["probeRound"]);
  rig.receive(alive("a", 10));
  for (let i = 0; i < helpers; i += 1) rig.receive(alive(`h${i}`, 20 + i));
  return rig;
}

/** Turns the clock until a ping leaves, and returns where to and its number. */
function nextPing(rig: Rig): { to: string; node: string; seqNo: number } {
  rig.takeSent();
  for (let step = 0; step < 20_000; step += 1) {
    for (const packet of rig.takeSent()) {
      const ping = unpack(packet.message).find((m) => m.kind === "ping");
      if (ping?.kind === "ping") {
        return { to: addressKey(packet.to), node: ping.node, seqNo: ping.seqNo };
      }
    }
    rig.advance(1);
  }
  throw new Error("no ping left");
}

describe("a probe (spec section 17.1)", () => {
  test("pings with name, own address and port, and a number that starts at 1", () => {
    const rig = probing(0);
    rig.advance(1_000);
    const [ping] = rig.takeMessages();
    expect(ping).toEqual({
      kind: "ping",
      seqNo: 1,
      node: "a",
      sourceAddr: Uint8Array.of(10, 0, 0, 1),
      sourcePort: 7946,
      sourceNode: "us",
    });
  });

  test("a direct ack gives the round trip, its payload goes up, nobody else is asked", () => {
    const rig = probing(3);
    const ping = nextPing(rig);
    rig.advance(16);
    rig.receive(ack(ping.seqNo));
    expect(rig.passenger.pings).toEqual([{ name: ping.node, rttMs: 16 }]);
    expect(rig.swim.rttMs(ping.node)).toBe(16);
    rig.takeSent();
    rig.advance(600);
    expect(rig.takeMessages().filter((m) => m.kind === "indirectPing")).toEqual([]);
    expect(rig.env.exchanges).toEqual([]);
  });

  test("round trips are smoothed by an eighth", () => {
    const rig = probing(0);
    const first = nextPing(rig);
    rig.advance(16);
    rig.receive(ack(first.seqNo));
    const second = nextPing(rig);
    rig.advance(24);
    rig.receive(ack(second.seqNo));
    expect(rig.swim.rttMs("a")).toBe(17);
  });

  test("an ack counts once", () => {
    const rig = probing(0);
    const ping = nextPing(rig);
    rig.receive(ack(ping.seqNo), ack(ping.seqNo), ack(999));
    expect(rig.count("swim.probes.direct")).toBe(1);
    expect(rig.count("swim.dropped.unknownAck")).toBe(2);
  });

  test("silence makes others ask, under the same number, and a stream ping beside it", () => {
    const rig = probing(5);
    const ping = nextPing(rig);
    rig.advance(500);
    const asked = rig.takeMessages().filter((m) => m.kind === "indirectPing");
    expect(asked.length).toBe(3);
    for (const request of asked) {
      expect(request).toMatchObject({ seqNo: ping.seqNo, node: ping.node, nack: true });
    }
    const stream = rig.takeExchange();
    expect(stream?.message).toMatchObject({ kind: "ping", seqNo: ping.seqNo, node: ping.node });
    expect(stream?.deadlineMs).toBe(500);
  });

  test("a late ack, direct or relayed, saves the target but gives no round trip", () => {
    const rig = probing(3);
    const ping = nextPing(rig);
    rig.advance(700);
    rig.receive(ack(ping.seqNo));
    rig.advance(300);
    expect(rig.count("swim.probes.late")).toBe(1);
    expect(rig.swim.rttMs(ping.node)).toBeUndefined();
    expect(rig.status(ping.node)).toBe("alive/1");
  });

  test("nobody reached it: suspect at the incarnation that was probed, by us", () => {
    const rig = probing(3);
    const ping = nextPing(rig);
    rig.advance(1_000);
    expect(rig.status(ping.node)).toBe("suspect/1");
    const failed = rig.swim.evidence(ping.node).find((e) => e.what === "probeFailed");
    expect(failed?.by).toBe("us");
    expect(failed?.detail).toMatch(
      /; no ack through \w+, \w+, \w+ \(0 of 3 nacks\); stream ping unanswered$/,
    );
  });

  test("an alive that comes during the probe is newer than its verdict", () => {
    const rig = probing(0);
    nextPing(rig);
    rig.receive(alive("a", 10, { incarnation: 2 }));
    rig.advance(1_000);
    expect(rig.count("swim.probes.failed")).toBe(1);
    expect(rig.status("a")).toBe("alive/2");
  });

  test("an answer over a stream alone counts as life, at the end of the period", () => {
    const rig = probing(0);
    const ping = nextPing(rig);
    rig.advance(500);
    const stream = rig.takeExchange();
    if (stream === undefined) throw new Error("no stream ping");
    rig.swim.onExchange(stream.id, { kind: "reply", reply: ack(ping.seqNo) });
    rig.advance(500);
    expect(rig.count("swim.probes.stream")).toBe(1);
    expect(rig.status("a")).toBe("alive/1");
  });

  test("what it found out about the path is told, by the address that the ack came from", () => {
    const rig = probing(0);
    rig.receive(alive("h", 20));
    const probe = (): number => {
      for (;;) {
        const ping = nextPing(rig);
        if (ping.node === "a") return ping.seqNo;
        rig.receive(ack(ping.seqNo));
      }
    };
    const takePaths = () => rig.paths.splice(0).filter((line) => line.startsWith("a "));
    rig.receive(ack(probe()));
    expect(takePaths()).toEqual(["a direct"]);
    for (const [host, told] of [
      [20, ["a indirect h"]],
      [10, ["a direct"]],
      [99, []],
    ] as const) {
      const seqNo = probe();
      rig.advance(700);
      rig.swim.onMessage(addressAt(host), ack(seqNo));
      expect(takePaths()).toEqual(told);
    }
    probe();
    rig.advance(1_000);
    expect(takePaths()).toEqual(["a none"]);
  });

  test("another answer over a stream does not", () => {
    const rig = probing(0);
    nextPing(rig);
    rig.advance(500);
    const stream = rig.takeExchange();
    if (stream === undefined) throw new Error("no stream ping");
    rig.swim.onExchange(stream.id, { kind: "reply", reply: ack(77) });
    rig.advance(500);
    expect(rig.status("a")).toBe("suspect/1");
  });

  test("members of protocol 2 get no stream ping and are asked for no nacks", () => {
    const rig = new Rig({}, ["probeRound"]);
    rig.receive(alive("a", 10, { vsn: OLD }), alive("b", 11, { vsn: OLD }));
    nextPing(rig);
    rig.advance(500);
    const asked = rig.takeMessages().filter((m) => m.kind === "indirectPing");
    expect(asked).toMatchObject([{ nack: false }]);
    expect(rig.env.exchanges).toEqual([]);
  });

  test("stream pings can be switched off", () => {
    const rig = probing(0, { streamPing: "off" });
    nextPing(rig);
    rig.advance(1_000);
    expect(rig.env.exchanges).toEqual([]);
  });

  test("a suspect is told in the ping that it is one (the buddy of Lifeguard), checksummed", () => {
    const rig = probing(0);
    rig.receive({ kind: "suspect", incarnation: 1, node: "a", from: "x" });
    rig.takeSent();
    rig.advance(1_000);
    const packet = rig.takeSent().find((p) => p.message.kind === "hasCrc");
    expect(packet?.message).toMatchObject({
      kind: "hasCrc",
      message: {
        kind: "compound",
        parts: [
          { kind: "ping", node: "a" },
          { kind: "suspect", node: "a", incarnation: 1, from: "us" },
        ],
      },
    });
  });

  test("the dead, the left and this node itself are not probed", () => {
    const rig = new Rig({}, ["probeRound"]);
    rig.receive(alive("a", 10), { kind: "dead", incarnation: 1, node: "a", from: "x" });
    rig.receive(alive("b", 11), { kind: "dead", incarnation: 1, node: "b", from: "b" });
    rig.advance(10_000);
    expect(rig.count("swim.probes.begun")).toBe(0);
  });

  test("everyone is probed within 2n - 1 rounds of the last time [SWIM 2002 section 4.3]", () => {
    const rig = probing(7);
    const lastSeen = new Map<string, number>();
    for (let round = 0; round < 100; round += 1) {
      const ping = nextPing(rig);
      rig.receive(ack(ping.seqNo));
      const before = lastSeen.get(ping.node);
      if (before !== undefined) expect(round - before).toBeLessThanOrEqual(2 * 8 - 1);
      lastSeen.set(ping.node, round);
    }
    expect(lastSeen.size).toBe(8);
  });
});

describe("awareness (spec sections 17.1 step 7 and 17.2)", () => {
  test.each([
    [3, 3, 0],
    [3, 1, 2],
    [3, 0, 3],
    [0, 0, 1],
  ])("%i helpers, %i nacks: the score rises by %i", (helpers, nacks, rise) => {
    const rig = probing(helpers);
    const ping = nextPing(rig);
    rig.advance(600);
    for (let i = 0; i < nacks; i += 1) rig.receive(nack(ping.seqNo));
    rig.advance(400);
    expect(rig.swim.awarenessScore).toBe(rise);
  });

  test("more nacks than were asked for are dropped", () => {
    const rig = probing(1);
    const ping = nextPing(rig);
    rig.advance(600);
    rig.receive(nack(ping.seqNo), nack(ping.seqNo));
    expect(rig.count("swim.dropped.unknownNack")).toBe(1);
  });

  test("the score stays below its bound, an answered probe lowers it", () => {
    const rig = probing(0, { awarenessMaxMultiplier: 3 });
    for (let i = 1; i <= 5; i += 1) {
      rig.receive({ kind: "suspect", incarnation: i, node: "us", from: "x" });
    }
    expect(rig.swim.awarenessScore).toBe(2);
    rig.receive(ack(nextPing(rig).seqNo));
    expect(rig.swim.awarenessScore).toBe(1);
  });

  test("it stretches the period, not the timeout, and rounds do not pile up behind it", () => {
    const rig = probing(0);
    rig.receive({ kind: "suspect", incarnation: 1, node: "us", from: "x" });
    rig.receive({ kind: "suspect", incarnation: 2, node: "us", from: "x" });
    const ping = nextPing(rig);
    rig.advance(500);
    expect(rig.takeExchange()?.deadlineMs).toBe(2_500);
    rig.advance(2_400);
    expect(rig.status("a")).toBe("alive/1");
    rig.advance(100);
    expect(rig.status("a")).toBe("suspect/1");
    expect(rig.count("swim.probes.begun")).toBe(2);
    expect(rig.env.timers.filter((t) => t.timer.kind === "probeRound").length).toBe(1);
    expect(ping.seqNo).toBe(1);
  });
});

describe("answering", () => {
  const source = { sourceAddr: Uint8Array.of(10, 0, 0, 9), sourcePort: 4000, sourceNode: "z" };
  const bare = { sourceAddr: new Uint8Array(0), sourcePort: 0, sourceNode: "" };

  test("a ping for us, by name or without, is acked with the passenger's payload", () => {
    const rig = new Rig();
    rig.receive({ kind: "ping", seqNo: 5, node: "us", ...source });
    rig.receive({ kind: "ping", seqNo: 6, node: "", ...bare });
    const sent = rig.takeSent();
    expect(sent.map((p) => addressKey(p.to))).toEqual(["10.0.0.9:4000", "10.0.0.2:7946"]);
    expect(unpack(sent[0]?.message ?? nack(0))[0]).toEqual({
      kind: "ack",
      seqNo: 5,
      payload: Uint8Array.of(7),
    });
  });

  test("a ping for another name is dropped", () => {
    const rig = new Rig();
    rig.receive({ kind: "ping", seqNo: 5, node: "them", ...source });
    expect(rig.takeSent()).toEqual([]);
    expect(rig.count("swim.dropped.pingForOther")).toBe(1);
  });

  test("a ping over a stream is acked without payload, one for another not at all", () => {
    const rig = new Rig();
    const ping = { kind: "ping", seqNo: 30, node: "us", ...bare } as const;
    expect(rig.swim.onRequest(addressAt(3), ping)).toEqual(ack(30));
    expect(rig.swim.onRequest(addressAt(3), { ...ping, node: "them" })).toBeUndefined();
  });

  /** The number of the ping that we send on behalf of z. */
  function relayed(rig: Rig, onSilence: "nack" | "nothing", port = 7946): number {
    rig.receive({
      kind: "indirectPing",
      seqNo: 90,
      target: Uint8Array.of(10, 0, 0, 10),
      port,
      node: "a",
      nack: onSilence === "nack",
      ...source,
    });
    const [packet] = rig.takeSent();
    const ping = packet === undefined ? undefined : unpack(packet.message)[0];
    if (ping?.kind !== "ping" || packet === undefined) throw new Error("no ping was sent");
    expect(addressKey(packet.to)).toBe("10.0.0.10:7946");
    expect(ping).toMatchObject({ node: "a", sourceNode: "us" });
    return ping.seqNo;
  }

  test("an ack is relayed under the asker's number, without payload, once", () => {
    const rig = new Rig();
    const seqNo = relayed(rig, "nack");
    rig.receive(ack(seqNo), ack(seqNo));
    const sent = rig.takeSent();
    expect(sent.map((p) => addressKey(p.to))).toEqual(["10.0.0.9:4000"]);
    expect(unpack(sent[0]?.message ?? nack(0))[0]).toEqual(ack(90));
    rig.advance(1_000);
    expect(rig.takeMessages()).toEqual([]);
  });

  test("silence is told by a nack after the probe timeout, if one is wanted", () => {
    const rig = new Rig();
    const seqNo = relayed(rig, "nack");
    rig.advance(499);
    expect(rig.takeSent()).toEqual([]);
    rig.advance(1);
    expect(rig.takeMessages()[0]).toEqual(nack(90));
    rig.receive(ack(seqNo));
    expect(rig.takeSent()).toEqual([]);
    relayed(rig, "nothing");
    rig.advance(1_000);
    expect(rig.takeSent()).toEqual([]);
  });

  test("port 0 means our own port", () => {
    expect(relayed(new Rig(), "nothing", 0)).toBe(1);
  });

  test("only so many relays wait at a time", () => {
    const rig = new Rig({ relaysMaxCount: 2 });
    for (let i = 0; i < 3; i += 1) {
      rig.receive({
        kind: "indirectPing",
        seqNo: i,
        target: Uint8Array.of(10, 0, 0, 10),
        port: 1,
        node: "a",
        nack: false,
        ...source,
      });
    }
    expect(rig.count("swim.dropped.relaysFull")).toBe(1);
    rig.advance(500);
    rig.takeSent();
    relayed(rig, "nothing");
  });
});

test("the dead are forgotten at the end of the probe list, after gossipToTheDeadMs", () => {
  const rig = new Rig({}, ["probeRound"]);
  rig.receive(alive("a", 10, { vsn: MODERN }));
  rig.receive({ kind: "dead", incarnation: 1, node: "a", from: "x" });
  rig.takeLines();
  rig.advance(30_000);
  expect(rig.status("a")).toBe("dead/1");
  rig.advance(2_000);
  expect(rig.takeLines()).toEqual(["reap a"]);
  expect(rig.status("a")).toBe("unknown");
  expect(rig.swim.evidence("a").at(-1)?.what).toBe("reaped");
});
