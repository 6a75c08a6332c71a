import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin, type Origin } from "../../core/peer.ts";
import type {
  OperationClass,
  OperationJournalRecord,
  OperationRecord,
  OperationSnapshot,
} from "./operation-log.messages.ts";
import {
  decodeOperationRecord,
  decodeOperationSnapshot,
  decodeOrderedOperation,
  encodeOperationRecord,
  encodeOperationSnapshot,
  encodeOrderedOperation,
  operationCodec,
  operationUpdateBytes,
} from "./operation-log.wire.ts";
import { decodeClientClock, encodeClientClock } from "./vector-bytes.ts";

const origins = ["a", "b", "ü"].map((name) => makeOrigin(name, 7));
const origin = fc.constantFrom(...origins) as fc.Arbitrary<Origin>;
const count = fc.nat({ max: 2 ** 31 });
const vector = fc.array(fc.tuple(origin, count)).map((entries) => new Map(entries));
const time = fc.record({ ms: count, counter: fc.nat({ max: 65_535 }) });
const dot = fc.record({ origin, seq: fc.integer({ min: 1, max: 1_000 }) });
const dots = fc.array(dot).map((given) => DotSet.of(...given));
const mark = fc.record({
  kind: fc.constant("mark" as const),
  at: time,
  view: count,
  prev: vector,
  closed: vector,
});
const record: fc.Arbitrary<OperationRecord> = fc.oneof(
  mark,
  fc.record({
    kind: fc.constant("operation" as const),
    class: fc.constantFrom(
      ...(["causal", "commutative", "total", "ordered"] satisfies OperationClass[]),
    ),
    id: fc.string({ unit: "grapheme" }),
    isFinal: fc.boolean(),
    prev: vector,
    at: time,
    submittedAtMs: count,
    payload: fc.uint8Array(),
  }),
);
const logged = fc.record({ dot, record });
const snapshot: fc.Arbitrary<OperationSnapshot> = fc.record({
  seen: dots,
  applied: dots,
  forgotten: dots,
  executed: fc.array(
    fc.record({ id: fc.string(), dot, submittedAtMs: count, isFinal: fc.boolean() }),
  ),
  log: fc.array(logged),
  order: fc.record(
    {
      clocks: fc.array(
        fc.record({
          origin,
          seq: fc.integer({ min: 1 }),
          at: time,
          mark: fc.option(mark, { nil: undefined }),
        }),
      ),
      closed: vector,
      placed: fc.record({ place: count, at: time, queue: fc.array(dot) }),
    },
    { requiredKeys: ["clocks", "closed"] },
  ),
  state: fc.uint8Array(),
});

describe("the bytes of operation logs", () => {
  it("give back records, on the wire and in the journal", () => {
    fc.assert(
      fc.property(record, dot, (given, at) => {
        const bytes = encodeOperationRecord(given);
        expect(decodeOperationRecord(bytes)).toEqual(given);
        expect(operationUpdateBytes(given)).toBeGreaterThan(bytes.length / 3);
        const kept: OperationJournalRecord = { kind: "record", dot: at, record: given };
        expect(operationCodec.decodeRecord(operationCodec.encodeRecord(kept))).toEqual(kept);
      }),
    );
  });

  it("give back the other records of the journal, and tokens", () => {
    fc.assert(
      fc.property(dots, origin, vector, time, (given, who, prev, at) => {
        const forgotten = operationCodec.encodeRecord({ kind: "forgotten", dots: given });
        const back = operationCodec.decodeRecord(forgotten);
        expect(back?.kind === "forgotten" && given.equals(back.dots)).toBe(true);
        const closed: OperationJournalRecord = { kind: "closed", origin: who, upTo: at.ms };
        expect(operationCodec.decodeRecord(operationCodec.encodeRecord(closed))).toEqual(closed);
        const queue = [...given];
        const placed: OperationJournalRecord = { kind: "placed", through: at.ms, dots: queue };
        expect(operationCodec.decodeRecord(operationCodec.encodeRecord(placed))).toEqual(placed);
        const token = encodeClientClock("x", { prev, at });
        expect(decodeClientClock("x", token)).toEqual({ prev, at });
        expect(decodeClientClock("y", token)).toBeUndefined();
        const clock = decodeClientClock("x", encodeClientClock("x", { prev, at, beyond: given }));
        expect(clock).toMatchObject({ prev, at });
        expect(given.equals(clock?.beyond ?? new DotSet())).toBe(true);
      }),
    );
    const discarded = operationCodec.encodeRecord({ kind: "discarded" });
    expect(operationCodec.decodeRecord(discarded)).toEqual({ kind: "discarded" });
  });

  it("give back operations in the log that orders them, and nothing else from there", () => {
    fc.assert(
      fc.property(record, dot, fc.uint8Array(), (given, at, junk) => {
        if (given.kind === "mark") return;
        const back = decodeOrderedOperation(encodeOrderedOperation(at, given));
        expect(back).toEqual(given.class === "ordered" ? { dot: at, record: given } : undefined);
        expect(() => decodeOrderedOperation(junk)).not.toThrow();
      }),
    );
  });

  it("give back what an operation comes after one by one", () => {
    fc.assert(
      fc.property(record, dots, (given, beyond) => {
        if (given.kind === "mark") return;
        const whole = beyond.isEmpty ? given : { ...given, beyond };
        const back = decodeOperationRecord(encodeOperationRecord(whole));
        expect(back).toMatchObject(given);
        const again = back?.kind === "operation" ? back.beyond : undefined;
        expect(beyond.equals(again ?? new DotSet())).toBe(true);
      }),
    );
  });

  it("give back snapshots", () => {
    fc.assert(
      fc.property(snapshot, (given) => {
        const back = decodeOperationSnapshot(encodeOperationSnapshot(given));
        const { applied, forgotten, seen, ...rest } = given;
        expect(back).toMatchObject(rest);
        expect(back?.seen.equals(seen)).toBe(true);
        expect(back?.applied.equals(applied)).toBe(true);
        expect(back?.forgotten.equals(forgotten)).toBe(true);
      }),
    );
  });

  it("are read without a throw, whatever they are", () => {
    const decodeToken = (bytes: Uint8Array): unknown => decodeClientClock("x", bytes);
    const decoders = [decodeOperationRecord, decodeOperationSnapshot, decodeToken];
    const cut = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(snapshot, fc.nat(400)).map(([one, at]) => encodeOperationSnapshot(one).slice(0, at)),
      fc.tuple(record, fc.nat(200), fc.nat(255)).map(([one, at, byte]) => {
        const bytes = encodeOperationRecord(one).slice();
        bytes[at % bytes.length] = byte;
        return bytes;
      }),
    );
    fc.assert(
      fc.property(cut, (bytes) => {
        for (const decode of [...decoders, operationCodec.decodeRecord]) decode(bytes);
      }),
    );
  });
});
