import { describe, expect, it } from "vitest";
import { makeOrigin } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { DeltaBudget, HAS_NOTHING } from "./delta-budget.ts";
import {
  type Digest,
  type NodeStateMessage,
  OPS_MAX_COUNT,
  STATES_MAX_COUNT,
  type StateDelta,
} from "./node-state.messages.ts";
import { digestBytes, MESSAGE_HEAD_BYTES } from "./node-state.sizes.ts";
import { decodeNodeState, encodeNodeState } from "./node-state.wire.ts";
import { StateCopy } from "./state-copy.ts";

const p1 = makeOrigin("p1", 1_700_000_000_000);
const digest: Digest = {
  states: [
    { origin: p1, heartbeat: 0, gcVersion: 4, maxVersion: 300 },
    { origin: makeOrigin("ö#2", 7), heartbeat: 9, gcVersion: 0, maxVersion: 0 },
  ],
  extent: "all",
};
const delta: StateDelta = {
  origin: p1,
  from: 3,
  gcVersion: 2,
  entries: [
    { key: "role", value: Uint8Array.of(1, 2), version: 5, status: "set" },
    { key: "", value: new Uint8Array(0), version: 6, status: "deleted" },
    { key: "\u0000gc", value: Uint8Array.of(3), version: 900, status: "fading" },
  ],
  maxVersion: 1_000,
};

describe("the codec of node state", () => {
  it.each<NodeStateMessage>([
    { kind: "probe", cluster: "blue", hash: 2 ** 53 - 1 },
    { kind: "probe", cluster: "", hash: 0 },
    { kind: "syn", cluster: "", digest },
    { kind: "gossipSyn", cluster: "x", digest: { ...digest, extent: "part" } },
    {
      kind: "synAck",
      digest: { ...digest, flow: { limitPerSecond: 1.5, demandPerSecond: 0.25 } },
      deltas: [delta, { ...delta, origin: makeOrigin("p2", 1), entries: [], maxVersion: 3 }],
    },
    { kind: "ack", deltas: [] },
    { kind: "gossipAck", wanted: digest.states, deltas: [delta] },
    { kind: "gossipAck2", deltas: [delta] },
    { kind: "badCluster" },
  ])("reads what it wrote: $kind", (message) => {
    expect(decodeNodeState(encodeNodeState(message))).toEqual(message);
  });

  it("refuses a node named twice, versions that stand still, and what is cut", () => {
    const twice = encodeNodeState({ kind: "ack", deltas: [delta, delta] });
    expect(decodeNodeState(twice)).toBeUndefined();
    const again = { key: "k", value: new Uint8Array(0), version: 5, status: "set" } as const;
    const standing = encodeNodeState({
      kind: "ack",
      deltas: [{ ...delta, from: 5, entries: [again], maxVersion: 5 }],
    });
    expect(decodeNodeState(standing)).toBeUndefined();
    const whole = encodeNodeState({ kind: "syn", cluster: "", digest });
    for (let length = 0; length < whole.length; length += 1) {
      expect(decodeNodeState(whole.subarray(0, length))).toBeUndefined();
    }
  });

  it("takes no more states and entries than a sender puts into a message", () => {
    const copy = new StateCopy(p1);
    const value = new Uint8Array(0);
    for (let at = 0; at < OPS_MAX_COUNT; at += 1)
      copy.write({ key: `${at}`, value, status: "set" }, 0);
    const budget = new DeltaBudget({ ordering: "depth", random: new Random(1), budgetBytes: 1e9 });
    budget.want(copy, HAS_NOTHING);
    const { cut, deltas } = budget.take();
    expect([cut.length, deltas[0]?.entries.length]).toEqual([1, OPS_MAX_COUNT - 1]);
    expect(decodeNodeState(encodeNodeState({ kind: "ack", deltas }))).toEqual({
      kind: "ack",
      deltas,
    });
    const { gcVersion, origin } = copy;
    const all = {
      origin,
      from: 0,
      gcVersion,
      entries: [...copy.after(0)],
      maxVersion: OPS_MAX_COUNT,
    };
    expect(decodeNodeState(encodeNodeState({ kind: "ack", deltas: [all] }))).toBeUndefined();
    const states = Array.from({ length: STATES_MAX_COUNT + 1 }, () => copy.digest());
    const crowd = encodeNodeState({ kind: "syn", cluster: "", digest: { ...digest, states } });
    expect(decodeNodeState(crowd)).toBeUndefined();
  });

  it("takes any bytes, and what it takes says the same again", () => {
    const random = new Random(7);
    const whole = encodeNodeState({ kind: "synAck", digest, deltas: [delta] });
    let readCount = 0;
    for (let at = 0; at < 3_000; at += 1) {
      const bytes = at % 2 === 0 ? random.bytes(random.below(40)) : whole.slice();
      if (at % 2 === 1) bytes[random.below(bytes.length)] = random.below(256);
      const message = decodeNodeState(bytes);
      if (message === undefined) continue;
      readCount += 1;
      expect(decodeNodeState(encodeNodeState(message))).toEqual(message);
    }
    expect(readCount).toBeGreaterThan(100);
  });
});

describe.each(["depth", "breadth", "random"] as const)("a delta by %s", (ordering) => {
  const random = new Random(3);
  const copies = Array.from({ length: 40 }, (_, at) => {
    const copy = new StateCopy(makeOrigin(`node-${at}`, 1 + random.below(1e12)));
    for (let write = random.below(60); write >= 0; write -= 1) {
      const key = `key-${random.below(20)}`;
      const status = random.chance(0.2) ? "deleted" : "set";
      copy.write({ key, value: random.bytes(random.below(200)), status }, 0);
    }
    if (at % 5 === 0) copy.collect({ version: random.below(60) });
    return copy;
  });

  it("fits its budget to the byte, and takes of each node the oldest", () => {
    for (let round = 0; round < 60; round += 1) {
      const budgetBytes = random.below(20_000);
      const budget = new DeltaBudget({ ordering, random, budgetBytes });
      for (const copy of copies) {
        const maxVersion = random.below(copy.maxVersion);
        budget.want(copy, round % 2 === 0 ? HAS_NOTHING : { gcVersion: 60, maxVersion });
      }
      const { cut, deltas } = budget.take();
      const message: NodeStateMessage = { kind: "ack", deltas };
      const length = encodeNodeState(message).length - MESSAGE_HEAD_BYTES;
      expect(length).toBeLessThanOrEqual(budgetBytes);
      // Nothing larger than one entry and its head is left free.
      if (cut.length > 0) expect(length).toBeGreaterThan(budgetBytes - 300);
      for (const { entries, from, origin } of deltas) {
        const copy = copies.find((one) => one.origin === origin);
        const first = [...(copy?.after(from) ?? [])].slice(0, entries.length);
        expect(entries.map(({ key, version }) => [key, version])).toEqual(
          first.map(({ key, version }) => [key, version]),
        );
      }
    }
  });
});

it("the size of a digest is what it takes", () => {
  const flow = { limitPerSecond: 99.5, demandPerSecond: 1_000 };
  for (const one of [digest, { ...digest, flow }, { states: [], extent: "part" } as const]) {
    const length = encodeNodeState({ kind: "synAck", digest: one, deltas: [] }).length;
    expect(length).toBe(MESSAGE_HEAD_BYTES + digestBytes(one));
  }
});
