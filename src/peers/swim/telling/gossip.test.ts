import { describe, expect, test } from "vitest";
import type { AliveMessage, SwimMessage } from "../swim.messages.ts";
import { alive, plainSizes, Rig, unpack } from "../swim-rig.ts";

const OLD = Uint8Array.of(1, 4, 2, 0, 0, 0);

function packetBytes(message: SwimMessage): number {
  if (message.kind === "hasCrc") return packetBytes(message.message);
  if (message.kind !== "compound") return plainSizes.byteLength(message);
  return message.parts.reduce((sum, part) => sum + 2 + plainSizes.byteLength(part), 2);
}

describe("a gossip round (spec section 17.3)", () => {
  test("goes to three members, alive, suspect or lately dead, never to those who left", () => {
    const rig = new Rig({}, ["gossipRound"]);
    rig.receive(alive("a", 10), alive("b", 11), alive("c", 12), alive("d", 13));
    rig.receive({ kind: "suspect", incarnation: 1, node: "b", from: "x" });
    rig.receive({ kind: "dead", incarnation: 1, node: "c", from: "x" });
    rig.receive({ kind: "dead", incarnation: 1, node: "d", from: "d" });
    rig.advance(199);
    const hosts = rig.takeSent().map((p) => p.to.host);
    expect(hosts.sort()).toEqual(["10.0.0.10", "10.0.0.11", "10.0.0.12"]);
  });

  test("the long dead get nothing", () => {
    const rig = new Rig({}, ["gossipRound"]);
    rig.receive(alive("a", 10), { kind: "dead", incarnation: 1, node: "a", from: "x" });
    rig.advance(30_000);
    rig.takeSent();
    rig.passenger.payloads = [Uint8Array.of(1)];
    rig.receive(alive("b", 11));
    rig.advance(400);
    expect(new Set(rig.takeSent().map((p) => p.to.host))).toEqual(new Set(["10.0.0.11"]));
  });

  test("one message goes bare, several as a compound, with a checksum from protocol 5 on", () => {
    const rig = new Rig({}, ["gossipRound"]);
    rig.receive(alive("a", 10), alive("b", 11, { vsn: OLD }));
    rig.advance(199);
    const [first, second] = rig.takeSent();
    const kinds = new Map([first, second].map((p) => [p?.to.host, p?.message.kind]));
    expect(kinds.get("10.0.0.10")).toBe("hasCrc");
    expect(kinds.get("10.0.0.11")).toBe("compound");
    const single = new Rig({ retransmitMultiplier: 1 }, ["gossipRound"]);
    single.receive(alive("a", 10, { vsn: OLD }));
    single.advance(400);
    single.takeSent();
    single.passenger.payloads = [Uint8Array.of(5)];
    single.advance(200);
    expect(single.takeSent()[0]?.message).toEqual({ kind: "user", payload: Uint8Array.of(5) });
  });

  test("the news of a join is sent its full count as often as makes up for a low one", () => {
    const sentCount = (joinRetransmitMultiplier: number, change: Partial<AliveMessage>): number => {
      const options = { retransmitMultiplier: 2, joinRetransmitMultiplier };
      const rig = new Rig(options, ["gossipRound"]);
      rig.receive(alive("a", 10), alive("b", 11));
      rig.advance(10_000);
      rig.takeSent();
      rig.receive(alive("a", 10, { incarnation: 2, ...change }));
      rig.advance(10_000);
      return rig.takeMessages().filter((m) => m.kind === "alive" && m.node !== "us").length;
    };
    expect(sentCount(1, { node: "c", addr: Uint8Array.of(10, 0, 0, 12) })).toBe(2);
    expect(sentCount(5, { node: "c", addr: Uint8Array.of(10, 0, 0, 12) })).toBe(6);
    expect(sentCount(5, {})).toBe(2);
  });

  test("a broadcast is sent its full count and no more: 4 in a cluster of three", () => {
    const rig = new Rig({}, ["gossipRound"]);
    rig.receive(alive("a", 10), alive("b", 11));
    rig.advance(10_000);
    const news = rig.takeMessages().filter((m) => m.kind === "alive" && m.node === "a");
    expect(news.length).toBe(4);
  });

  test("a newer claim about a member replaces the one that waits", () => {
    const rig = new Rig({}, ["gossipRound"]);
    rig.receive(alive("a", 10), { kind: "suspect", incarnation: 1, node: "a", from: "x" });
    rig.advance(199);
    const about = rig
      .takeMessages()
      .filter((m) => m.kind !== "user" && "node" in m && m.node === "a");
    expect(about.map((m) => m.kind)).toEqual(["suspect"]);
  });

  test("no packet passes its budget (spec section 11), and all that waits gets out", () => {
    const rig = new Rig({}, ["gossipRound"]);
    for (let i = 0; i < 200; i += 1) {
      rig.receive(alive(`m${i}`, 1, { addr: Uint8Array.of(10, 0, 1, i), meta: new Uint8Array(i) }));
    }
    const seen = new Set<string>();
    for (let round = 0; round < 500; round += 1) {
      rig.advance(200);
      for (const { message } of rig.takeSent()) {
        expect(packetBytes(message)).toBeLessThanOrEqual(1400);
        for (const part of unpack(message)) if (part.kind === "alive") seen.add(part.node);
      }
    }
    expect(seen.size).toBe(201);
  });

  test("piggybacked packets keep the budget too", () => {
    const rig = new Rig();
    for (let i = 0; i < 30; i += 1)
      rig.receive(alive(`m${i}`, 10 + i, { meta: new Uint8Array(99) }));
    const asker = { sourceAddr: Uint8Array.of(10, 0, 0, 10), sourcePort: 7946, sourceNode: "m0" };
    rig.receive({ kind: "ping", seqNo: 1, node: "us", ...asker });
    const [packet] = rig.takeSent();
    if (packet === undefined) throw new Error("no ack");
    expect(packetBytes(packet.message)).toBeLessThanOrEqual(1400);
    const kinds = unpack(packet.message).map((m) => m.kind);
    expect(kinds[0]).toBe("ack");
    expect(kinds.length).toBeGreaterThan(5);
  });

  test("strangers who ping get an ack and use up no transmission of a broadcast", () => {
    const rig = new Rig({}, ["gossipRound"]);
    rig.receive(alive("m0", 10));
    const nobody = { sourceAddr: new Uint8Array(0), sourcePort: 0, sourceNode: "" };
    const elsewhere = {
      sourceAddr: Uint8Array.of(10, 0, 0, 99),
      sourcePort: 7946,
      sourceNode: "m0",
    };
    for (let seqNo = 1; seqNo <= 50; seqNo += 1) {
      const source = seqNo % 2 === 0 ? nobody : elsewhere;
      rig.receive({ kind: "ping", seqNo, node: "us", ...source });
    }
    expect(new Set(rig.takeSent().map(({ message }) => message.kind))).toEqual(new Set(["ack"]));
    rig.advance(200);
    const told = rig.takeSent().flatMap(({ message }) => unpack(message));
    expect(told.filter((part) => part.kind === "alive").map((part) => part.node)).toContain("m0");
  });

  test("more than 255 small messages go as two compounds", () => {
    const rig = new Rig({}, ["gossipRound"]);
    rig.receive(alive("a", 10));
    rig.advance(5_000);
    rig.takeSent();
    rig.passenger.payloads = Array.from({ length: 300 }, () => Uint8Array.of(1));
    rig.advance(200);
    const sizes = rig.takeSent().map((p) => unpack(p.message).length);
    expect(sizes).toEqual([255, 45]);
  });

  test("the largest user message of 1395 bytes fits, one more does not (spec section 11)", () => {
    const rig = new Rig({}, ["gossipRound"]);
    rig.receive(alive("a", 10));
    rig.advance(5_000);
    rig.takeSent();
    rig.passenger.payloads = [new Uint8Array(1396)];
    rig.advance(200);
    expect(rig.takeSent()).toEqual([]);
    rig.passenger.payloads = [new Uint8Array(1395)];
    rig.advance(200);
    expect(rig.takeMessages().map((m) => m.kind)).toEqual(["user"]);
  });

  test("who alone can take the passenger's things is sought out", () => {
    const rig = new Rig({}, ["gossipRound"]);
    for (let i = 0; i < 20; i += 1) rig.receive(alive(`m${i}`, 10 + i));
    rig.advance(20_000);
    rig.takeSent();
    rig.passenger.payloads = [Uint8Array.of(1)];
    rig.passenger.only = new Set(["m3", "m17"]);
    rig.advance(200);
    expect(
      rig
        .takeSent()
        .map((p) => p.to.host)
        .sort(),
    ).toEqual(["10.0.0.13", "10.0.0.27"]);
  });
});

describe("user messages", () => {
  test("to an address they go bare, to a member with a checksum, never above a packet", () => {
    const rig = new Rig();
    rig.receive(alive("a", 10));
    const member = rig.swim.members.get("a");
    if (member === undefined) throw new Error("a is known");
    rig.takeSent();
    const payload = Uint8Array.of(1, 2);
    expect(rig.swim.sendUser(member.address, payload)).toBe(true);
    expect(rig.swim.sendUserTo(member, payload)).toBe(true);
    expect(rig.swim.sendUser(member.address, new Uint8Array(1400))).toBe(false);
    expect(rig.takeSent().map((p) => p.message.kind)).toEqual(["user", "hasCrc"]);
    expect(rig.count("swim.dropped.userTooLarge")).toBe(1);
  });

  test("what arrives goes up, empty ones do not", () => {
    const rig = new Rig();
    const user = { kind: "user", payload: Uint8Array.of(3) } as const;
    const crc = { kind: "hasCrc", message: user } as const;
    const empty = { kind: "user", payload: new Uint8Array(0) } as const;
    rig.receive(crc, { kind: "compound", parts: [user, crc, empty] });
    expect(rig.swim.onRequest({ host: "10.0.0.8", port: 1 }, user)).toBeUndefined();
    expect(rig.passenger.heard).toEqual([
      "packet 10.0.0.2 3",
      "packet 10.0.0.2 3",
      "stream 10.0.0.8 3",
    ]);
    expect(rig.count("swim.dropped.misplaced")).toBe(1);
    expect(rig.count("swim.dropped.emptyUser")).toBe(1);
  });

  test("a stream send reports its end", () => {
    const rig = new Rig();
    const one = rig.swim.sendUserStream({ host: "10.0.0.8", port: 1 }, Uint8Array.of(1), 100);
    const two = rig.swim.sendUserStream({ host: "10.0.0.8", port: 1 }, Uint8Array.of(1), 100);
    rig.swim.onExchange(one, { kind: "reply", reply: undefined });
    rig.swim.onExchange(two, { kind: "failure", reason: "timeout", detail: "" });
    expect(rig.takeLines()).toEqual(["sendResult sent", "sendResult failed"]);
  });
});
