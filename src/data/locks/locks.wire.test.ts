import fc from "fast-check";
import { expect, test } from "vitest";
import type { OrderPosition } from "../../core/orderer.ts";
import { LEASE_MAX_MS, LEASE_MIN_MS } from "./lock-bounds.ts";
import type { LockCommand, SessionRecord } from "./locks.messages.ts";
import { lockCodec } from "./locks.wire.ts";

const position = fc.integer({ min: 1, max: 2 ** 50 }).map((at) => at as OrderPosition);
const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
const count = fc.nat(2 ** 40);
const id = fc.integer({ min: 1, max: 2 ** 40 });
const leaseMs = fc.integer({ min: LEASE_MIN_MS, max: LEASE_MAX_MS });
const is = <const Kind extends string>(kind: Kind) => fc.constant(kind);

const command: fc.Arbitrary<LockCommand> = fc.oneof(
  fc.record({ kind: is("open"), owner: name, life: count, attempt: count, leaseMs }),
  fc.record({
    ...{ kind: is("renew"), session: position, round: count },
    ...{ closedUpTo: count, kept: fc.array(count) },
  }),
  fc.record({
    ...{ kind: is("acquire"), session: position, id, name },
    mode: fc.constantFrom("wait", "try"),
  }),
  fc.record({ kind: is("release"), session: position, id }),
  fc.record({ kind: is("close"), session: position }),
  fc.record({ kind: is("expire"), session: position, renewedAt: position }),
);

const session: fc.Arbitrary<SessionRecord> = fc.record({
  ...{ session: position, owner: name, life: count, attempt: count, leaseMs },
  ...{ renewedAt: position, round: count, closedUpTo: count, over: fc.array(count) },
  claims: fc.array(fc.record({ id, name, token: position })),
});

test("commands and snapshots come back as they were", () => {
  fc.assert(
    fc.property(command, (one) => {
      expect(lockCodec.decodeCommand(lockCodec.encodeCommand(one))).toEqual(one);
    }),
  );
  fc.assert(
    fc.property(fc.array(session, { maxLength: 4 }), (all) => {
      expect(lockCodec.decodeSnapshot(lockCodec.encodeSnapshot(all))).toEqual(all);
    }),
  );
});

test("a state with a lease that no session can have is none", () => {
  const [one] = fc.sample(session, { numRuns: 1, seed: 7 });
  if (one === undefined) throw new Error("no session was drawn");
  for (const absurdMs of [0, LEASE_MIN_MS - 1, LEASE_MAX_MS + 1, 2 ** 50]) {
    const bytes = lockCodec.encodeSnapshot([{ ...one, leaseMs: absurdMs }]);
    expect(lockCodec.decodeSnapshot(bytes)).toBeUndefined();
  }
});

test("cut short, lengthened or changed, they never throw", () => {
  fc.assert(
    fc.property(command, fc.nat(), fc.nat(255), (one, place, byte) => {
      const bytes = lockCodec.encodeCommand(one);
      expect(lockCodec.decodeCommand(Uint8Array.of(...bytes, 0))).toBeUndefined();
      lockCodec.decodeCommand(bytes.subarray(0, place % bytes.length));
      bytes[place % bytes.length] = byte;
      lockCodec.decodeCommand(bytes);
    }),
  );
  fc.assert(
    fc.property(fc.array(session, { maxLength: 3 }), fc.nat(), fc.nat(255), (all, place, byte) => {
      const bytes = lockCodec.encodeSnapshot(all);
      expect(lockCodec.decodeSnapshot(bytes.subarray(0, place % bytes.length))).toBeUndefined();
      bytes[place % bytes.length] = byte;
      lockCodec.decodeSnapshot(bytes);
    }),
  );
});
