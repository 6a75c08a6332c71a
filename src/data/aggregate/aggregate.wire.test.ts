import fc from "fast-check";
import { expect, it } from "vitest";
import { peerId } from "../../core/peer.ts";
import type { AggregateMessage, AggregatePart } from "./aggregate.messages.ts";
import { partBytes } from "./aggregate.sizes.ts";
import { decodeAggregate, encodeAggregate } from "./aggregate.wire.ts";

const ranges = [{ window: 7, low: Number.NEGATIVE_INFINITY, high: 2.5 }];
const record = { value: -1.5, origin: peerId("ann"), epoch: 3, seq: 9 };
const parts: readonly AggregatePart[] = [
  {
    kind: "flow",
    task: "load",
    step: "ask",
    life: 0xfedcba98,
    seq: 300,
    flow: [1, -2.25],
    estimate: [0, 1e300],
    ranges,
  },
  {
    kind: "half",
    task: "load",
    transfer: "counted",
    life: 1,
    sent: [3, 0.5],
    received: [],
    ranges,
  },
  { kind: "average", task: "load", seq: 2 ** 40, step: "answer", values: [0.1], ranges: [] },
  { kind: "average", task: "load", seq: 1, step: "commit" },
  { kind: "minima", task: "n", hash: 0xffffffff, minima: [0.5, 0.25, Number.POSITIVE_INFINITY] },
  { kind: "minima", task: "n", hash: 4, minima: undefined },
  {
    kind: "extremes",
    task: "load",
    low: record,
    high: undefined,
    retracted: [{ origin: peerId("bob"), epoch: 3, seq: 4 }],
  },
  {
    kind: "records",
    task: "load#top",
    records: [{ origin: peerId("ann"), seq: 1_600_000_000_000, bytes: Uint8Array.of(1, 2) }],
  },
  { kind: "registers", task: "d", form: "distinct", bytes: Uint8Array.of(1, 9, 3) },
];
const message: AggregateMessage = { kind: "ask", epoch: 113_333_333, nextEpochInMs: 1_500, parts };

it("reads what it wrote, and knows what a part takes", () => {
  const bytes = encodeAggregate(message);
  expect(decodeAggregate(bytes)).toEqual(message);
  for (const part of parts) {
    const alone = encodeAggregate({ ...message, parts: [part] });
    expect(alone.length).toBeLessThanOrEqual(partBytes(part) + 24);
  }
});

it("passes over parts of kinds that are to come", () => {
  const [first] = parts;
  if (first === undefined) throw new Error("a part");
  const bytes = encodeAggregate({ ...message, parts: [first, ...parts.slice(-1)] });
  const unknown = bytes.slice();
  const at = unknown.lastIndexOf(6);
  expect(at).toBeGreaterThan(0);
  unknown[at] = 99;
  expect(decodeAggregate(unknown)?.parts).toEqual([first]);
});

it("reads bytes of any kind without throwing", () => {
  const whole = encodeAggregate(message);
  for (let end = 0; end < whole.length; end += 1) {
    expect(decodeAggregate(whole.subarray(0, end))).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      decodeAggregate(bytes);
    }),
  );
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (place, byte) => {
      const changed = whole.slice();
      changed[place] = byte;
      decodeAggregate(changed);
    }),
  );
});
