import { beforeEach, describe, expect, it } from "vitest";
import type { Address } from "../../../core/address.ts";
import { RecordingEnv } from "../../../testing/recording-env.ts";
import type { PingMessage, SuspectMessage, SwimMessage } from "../swim.messages.ts";
import { swimOptions } from "../swim.options.ts";
import { addressAt, identityAt } from "../swim-rig.ts";
import { OwnIncarnations } from "./incarnations.ts";
import type { StandInTimer } from "./stand-in.messages.ts";
import { StandIn, type StandInCount } from "./stand-in.ts";

const NONE = new Uint8Array(0);
const asker = addressAt(2);
const options = swimOptions("lan");

let env: RecordingEnv<SwimMessage, StandInTimer, Address>;
let incarnations: OwnIncarnations;
let counts: Map<StandInCount, number>;
let peers: Address[];
let standIn: StandIn;

beforeEach(() => {
  env = new RecordingEnv({ self: "me" });
  incarnations = new OwnIncarnations();
  incarnations.take(0, 2 ** 32 - 1);
  counts = new Map();
  peers = [addressAt(2), addressAt(3)];
  standIn = new StandIn(
    env,
    {
      incarnations,
      counters: { add: (name, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by) },
      identity: () => identityAt("me", 1),
      peers: () => peers,
      membersCount: () => 10,
    },
    options,
  );
});

function ping(seqNo: number, node = "me"): PingMessage {
  const { addr, port } = identityAt("b", 2);
  return { kind: "ping", seqNo, node, sourceAddr: addr, sourcePort: port, sourceNode: "b" };
}

function suspect(incarnation: number, node = "me"): SuspectMessage {
  return { kind: "suspect", incarnation, node, from: "b" };
}

function takeSent(): { readonly to: Address; readonly message: SwimMessage }[] {
  const sent = [...env.sent];
  env.taken();
  return sent;
}

describe("pings", () => {
  it("are acked without a payload, and need not be read again", () => {
    expect(standIn.onMessage(asker, ping(7))).toBe("answered");
    expect(takeSent()).toEqual([{ to: asker, message: { kind: "ack", seqNo: 7, payload: NONE } }]);
  });

  it("for another name are left alone", () => {
    expect(standIn.onMessage(asker, ping(7, "you"))).toBe("open");
    expect(takeSent()).toEqual([]);
  });

  it("in a packet with news are acked, and the packet is kept for its reader", () => {
    const parts = [ping(7), suspect(3, "somebody")];
    const packet: SwimMessage = { kind: "hasCrc", message: { kind: "compound", parts } };
    expect(standIn.onMessage(asker, packet)).toBe("open");
    expect(takeSent()).toHaveLength(1);
  });
});

describe("accusations", () => {
  it("are refuted in the ack to the ping beside them", () => {
    standIn.onMessage(asker, { kind: "compound", parts: [ping(7), suspect(1)] });
    const [answer] = takeSent();
    expect(answer?.message).toMatchObject({
      kind: "compound",
      parts: [
        { kind: "ack", seqNo: 7 },
        { kind: "alive", node: "me", incarnation: 2 },
      ],
    });
    expect(incarnations.current).toBe(2);
  });

  it("are refuted to some members now and again, as often as the cluster's size asks", () => {
    standIn.onMessage(asker, suspect(1));
    env.advance(60_000, standIn);
    const told = takeSent();
    expect(told.every(({ message }) => message.kind === "alive")).toBe(true);
    // 4 × ⌈log10 11⌉, and what the last round of three was over.
    expect(told.length).toBeGreaterThanOrEqual(8);
    expect(told.length).toBeLessThanOrEqual(10);
    env.advance(60_000, standIn);
    expect(takeSent()).toEqual([]);
  });

  it("of death are refuted, too; stale, absurd ones and those of others are not", () => {
    standIn.onMessage(asker, { kind: "dead", incarnation: 1, node: "me", from: "b" });
    expect(incarnations.current).toBe(2);
    standIn.onMessage(asker, suspect(1));
    standIn.onMessage(asker, suspect(2 ** 32 - 1));
    standIn.onMessage(asker, suspect(9, "you"));
    expect(incarnations.current).toBe(2);
    expect(counts.get("responder.refutations")).toBe(1);
  });

  it("give a stranger no more bytes than were asked for", () => {
    standIn.onMessage(asker, suspect(1));
    takeSent();
    const forged = { ...ping(8), sourceAddr: Uint8Array.of(10, 0, 0, 9) };
    standIn.onMessage(addressAt(9), forged);
    expect(takeSent().map(({ message }) => message.kind)).toEqual(["ack"]);
  });
});

describe("probes for others", () => {
  const request = (nack: boolean): SwimMessage => ({
    ...ping(5, "c"),
    kind: "indirectPing",
    target: Uint8Array.of(10, 0, 0, 3),
    port: 7946,
    nack,
  });

  function pinged(): number {
    const [sent] = takeSent();
    if (sent?.message.kind !== "ping") throw new Error("a ping was sent");
    expect([sent.to, sent.message.node]).toEqual([addressAt(3), "c"]);
    return sent.message.seqNo;
  }

  it("are made, and their acks handed on under the asker's number", () => {
    expect(standIn.onMessage(asker, request(true))).toBe("answered");
    const seqNo = pinged();
    expect(seqNo).toBeGreaterThan(2 ** 31 - 1);
    expect(standIn.onMessage(addressAt(3), { kind: "ack", seqNo, payload: NONE })).toBe("answered");
    expect(takeSent()).toEqual([{ to: asker, message: { kind: "ack", seqNo: 5, payload: NONE } }]);
    env.advance(10_000, standIn);
    expect(takeSent()).toEqual([]);
  });

  it("that lead nowhere are nacked where that is understood; a late ack counts", () => {
    standIn = new StandIn(env, standIn["wiring"], { ...options, nackRatio: 0.8 });
    standIn.onMessage(asker, request(true));
    const seqNo = pinged();
    env.advance(400, standIn);
    expect(takeSent().map(({ message }) => message.kind)).toEqual(["nack"]);
    standIn.onMessage(addressAt(3), { kind: "ack", seqNo, payload: NONE });
    expect(takeSent().map(({ message }) => message.kind)).toEqual(["ack"]);
    standIn.onMessage(asker, request(false));
    pinged();
    env.advance(2_000, standIn);
    expect(takeSent()).toEqual([]);
  });

  it("are bounded in number, and acks of nobody are the busy one's", () => {
    for (let count = 0; count <= options.relaysMaxCount; count += 1) {
      standIn.onMessage(asker, request(true));
    }
    expect(counts.get("responder.dropped.relaysFull")).toBe(1);
    expect(standIn.onMessage(asker, { kind: "ack", seqNo: 3, payload: NONE })).toBe("open");
  });
});
