import fc from "fast-check";
import { expect, test } from "vitest";
import type { ExchangeId } from "../../core/env.ts";
import type { SwimMember } from "./swim.contract.ts";
import type { SwimMessage } from "./swim.messages.ts";
import { addressAt, Rig } from "./swim-rig.ts";
import { encodeSwim } from "./wire/swim.wire.ts";

/*
 * Whatever comes, in whatever order: nothing throws, nothing grows without bound, this node stays
 * there and keeps what it says of itself in order.
 */

const name = fc.constantFrom("us", "a", "b", "c", "d", "e", "", "x".repeat(200));
const incarnation = fc.oneof(
  fc.nat(6),
  fc.constantFrom(2 ** 32 - 1, 2 ** 32 - 2, 2 ** 32, 2 ** 31, -1, 0.5, Number.NaN),
);
const bytes = fc.uint8Array({ maxLength: 20 });
const addr = fc.oneof(
  fc.nat(9).map((last) => Uint8Array.of(10, 0, 0, last)),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  bytes,
);
const port = fc.constantFrom(7946, 0, 65_535, 70_000, -1);
const vsn = fc.oneof(
  { weight: 4, arbitrary: fc.constant(Uint8Array.of(1, 5, 2, 0, 0, 0)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 8 }) },
);
const meta = fc.oneof(bytes, fc.constant(new Uint8Array(600)));
const seqNo = fc.oneof(fc.nat(30), fc.constant(2 ** 32 - 1));
const source = { sourceAddr: addr, sourcePort: port, sourceNode: name };
const node = fc.record({
  name,
  addr,
  port,
  meta,
  incarnation,
  state: fc.integer({ min: -1, max: 5 }),
  vsn,
});

const simple: fc.Arbitrary<SwimMessage> = fc.oneof(
  fc.record({ kind: fc.constant("ping" as const), seqNo, node: name, ...source }),
  fc.record({
    kind: fc.constant("indirectPing" as const),
    seqNo,
    target: addr,
    port,
    node: name,
    nack: fc.boolean(),
    ...source,
  }),
  fc.record({ kind: fc.constant("ack" as const), seqNo, payload: bytes }),
  fc.record({ kind: fc.constant("nack" as const), seqNo }),
  fc.record({ kind: fc.constant("suspect" as const), incarnation, node: name, from: name }),
  fc.record({ kind: fc.constant("dead" as const), incarnation, node: name, from: name }),
  fc.record({
    kind: fc.constant("alive" as const),
    incarnation,
    node: name,
    addr,
    port,
    meta,
    vsn,
  }),
  fc.record({ kind: fc.constant("user" as const), payload: bytes }),
  fc.record({
    kind: fc.constant("pushPull" as const),
    join: fc.boolean(),
    nodes: fc.array(node, { maxLength: 8 }),
    userState: bytes,
  }),
  fc.record({ kind: fc.constant("err" as const), error: fc.string() }),
);
const message: fc.Arbitrary<SwimMessage> = fc.oneof(
  { weight: 5, arbitrary: simple },
  { weight: 1, arbitrary: simple.map((inner) => ({ kind: "hasCrc" as const, message: inner })) },
  {
    weight: 1,
    arbitrary: fc
      .array(simple, { maxLength: 6 })
      .map((parts): SwimMessage => ({ kind: "compound", parts: [{ kind: "compound", parts }] })),
  },
);

type Step =
  | { readonly do: "packet" | "request" | "reply"; readonly message: SwimMessage }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "fail" | "meta" | "join" };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("packet" as const), message }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("request", "reply"), message }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.nat(9_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("fail", "meta", "join") }) },
);

function take(rig: Rig, one: Step): void {
  switch (one.do) {
    case "packet":
      return rig.receive(one.message);
    case "request":
      rig.swim.onRequest(addressAt(3), one.message);
      return;
    case "advance":
      return rig.advance(one.ms);
    case "join":
      rig.swim.join(addressAt(4));
      return;
    case "meta":
      rig.swim.updateMeta(Uint8Array.of(rig.env.clockMs & 255));
      return;
    case "reply": {
      const id = rig.takeExchange()?.id ?? (0 as ExchangeId);
      return rig.swim.onExchange(id, { kind: "reply", reply: one.message });
    }
    case "fail": {
      const id = rig.takeExchange()?.id ?? (0 as ExchangeId);
      return rig.swim.onExchange(id, { kind: "failure", reason: "timeout", detail: "" });
    }
  }
}

/** Incarnations never fall, but where the name went to another address. */
function expectNoFall(before: ReadonlyMap<string, SwimMember>, rig: Rig): void {
  for (const member of rig.swim.members) {
    const old = before.get(member.name);
    if (old === undefined || old.addr !== member.addr || old.port !== member.port) continue;
    expect(member.incarnation).toBeGreaterThanOrEqual(old.incarnation);
  }
}

const LOOPS = ["probeRound", "gossipRound", "pushPullRound"] as const;

test("any sequence of messages leaves the invariants standing", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const rig = new Rig({ membersMaxCount: 4, relaysMaxCount: 3, evidenceMaxCount: 5 }, LOOPS);
      for (const one of steps) {
        const before = new Map([...rig.swim.members].map((m) => [m.name, m]));
        take(rig, one);
        expectNoFall(before, rig);
        for (const packet of rig.takeSent()) encodeSwim(packet.message);
        for (const begun of rig.env.exchanges) encodeSwim(begun.message);
        expect(rig.swim.members.local.status).toBe("alive");
        expect(rig.swim.members.size).toBeLessThanOrEqual(4);
        expect([...rig.swim.members].length).toBe(rig.swim.members.size);
        const living = [...rig.swim.members].filter((m) => /alive|suspect/.test(m.status));
        expect(rig.swim.members.livingCount).toBe(living.length);
        expect(rig.swim.view.size).toBe(living.length - 1);
        expect(rig.swim.awarenessScore).toBeLessThan(8);
        // 3 loops, 2 of a probe, 3 relays, a suspicion each.
        expect(rig.env.timers.length).toBeLessThanOrEqual(3 + 2 + 3 + 3);
        for (const member of rig.swim.members) {
          expect(rig.swim.evidence(member.name).length).toBeLessThanOrEqual(5);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("compounds inside compounds end somewhere", () => {
  let deep: SwimMessage = { kind: "user", payload: Uint8Array.of(1) };
  for (let i = 0; i < 5_000; i += 1) deep = { kind: "compound", parts: [deep] };
  const rig = new Rig();
  rig.receive(deep);
  expect(rig.passenger.heard).toEqual([]);
  expect(rig.count("swim.dropped.tooDeep")).toBe(1);
});

test("nothing is done before start or after stop", () => {
  const rig = new Rig({}, LOOPS);
  rig.swim.stop();
  rig.takeSent();
  rig.receive({ kind: "nack", seqNo: 1 });
  rig.advance(5_000);
  expect(rig.takeSent()).toEqual([]);
  expect(rig.swim.onRequest(addressAt(2), { kind: "err", error: "" })).toBeUndefined();
  expect([...rig.counts.keys()].filter((name) => name.startsWith("swim.dropped"))).toEqual([]);
});
