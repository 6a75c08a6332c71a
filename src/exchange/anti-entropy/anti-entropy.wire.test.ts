import fc from "fast-check";
import { expect, test } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin } from "../../core/peer.ts";
import { decodeFrame } from "../../wire/frame.ts";
import type { UpdateCodec } from "../enrolled.ts";
import { ANTI_ENTROPY_CHANNEL, type AntiEntropyMessage } from "./anti-entropy.messages.ts";
import { decodeAntiEntropy, encodeAntiEntropy } from "./anti-entropy.wire.ts";

const me = makeOrigin("p1", 1_790_000_000_000);
const other = makeOrigin("ünï#code", 7);
/** Updates are lists of bytes that do not begin with 255. */
const bytes: UpdateCodec = {
  encode: (update) => Uint8Array.from(update as number[]),
  decode: (body) => (body[0] === 255 ? undefined : [...body]),
};
const codecOf = (replica: string) => (replica === "closed" ? undefined : bytes);
const seen = DotSet.of({ origin: me, seq: 1 }, { origin: me, seq: 2 }, { origin: other, seq: 9 });
const dot = { origin: other, seq: 12 };
const none = new DotSet();
const digests = [{ replica: "a", seen, extent: "partial" as const, size: 9, next: dot }];
const wants = [{ replica: "a", dots: DotSet.of({ origin: other, seq: 2 ** 40 }) }];
const items = [
  {
    replica: "a",
    delta: {
      updates: [
        [{ origin: me, seq: 1 }, [1, 2, 3]],
        [{ origin: other, seq: Number.MAX_SAFE_INTEGER }, []],
        [{ origin: me, seq: 2 }, [4]],
      ] as const,
      covers: none,
      forgotten: seen,
      more: true,
    },
  },
];

const messages: readonly AntiEntropyMessage[] = [
  {
    kind: "compare",
    round: 2 ** 32 - 1,
    turn: 3,
    mode: "pushPull",
    claims: [
      { replica: "a", hash: Number.MAX_SAFE_INTEGER, recent: seen, size: 3, resume: dot },
      { replica: "b", hash: 0, recent: none, size: 0 },
    ],
  },
  { kind: "compare", round: 0, turn: 3, mode: "push", claims: [] },
  {
    kind: "compare",
    round: 0,
    turn: 0,
    mode: "pull",
    claims: [],
    flow: { limitPerSecond: 1.5, demandPerSecond: 0.001 },
  },
  { kind: "same", round: 1, turn: 3 },
  { kind: "busy", round: 2, turn: 3 },
  { kind: "digests", round: 3, turn: 3, digests, wants },
  {
    kind: "digests",
    round: 3,
    turn: 1,
    digests,
    wants,
    flow: { limitPerSecond: 100_000, demandPerSecond: 0 },
  },
  {
    kind: "wants",
    round: 4,
    turn: 3,
    digests: [{ replica: "b", seen: none, extent: "whole", size: 0 }],
    wants,
    items,
    more: true,
  },
  { kind: "itemsWants", round: 5, turn: 3, items, wants },
  { kind: "items", round: 6, turn: 3, items },
  {
    kind: "sketch",
    round: 7,
    turn: 1,
    replica: "a",
    unit: "runs",
    salt: 2 ** 32 - 1,
    first: 2 ** 40,
    symbols: Uint8Array.of(1, 2, 3),
    digestBytes: 123_456,
  },
  { kind: "more", round: 8, turn: 2, replica: "a", first: 64, count: 128 },
  { kind: "differing", round: 9, turn: 3, replica: "a", keys: new Uint8Array(16) },
  { kind: "differing", round: 9, turn: 3, replica: "a", keys: "unknown" },
];

function throughTheWire(message: AntiEntropyMessage): AntiEntropyMessage | undefined {
  return decodeAntiEntropy(bodyOf(encodeAntiEntropy(message, me, codecOf)), codecOf);
}

function bodyOf(whole: Uint8Array): Uint8Array {
  const frame = decodeFrame(whole);
  expect(frame?.channel).toBe(ANTI_ENTROPY_CHANNEL);
  expect(frame?.origin).toBe(me);
  return frame?.body ?? new Uint8Array();
}

/** Sets are equal when they hold the same, however they were built. */
function plain(value: unknown): unknown {
  const text = JSON.stringify(value, (_, one: unknown) => {
    return one instanceof DotSet ? { dots: [...one.ranges()] } : one;
  });
  return JSON.parse(text);
}

test.each(messages)("$kind makes the round trip", (message) => {
  expect(plain(throughTheWire(message))).toEqual(plain(message));
});

test("a comparison of equals is some twenty bytes for each replica", () => {
  const claims = [{ replica: "topic:Commit", hash: 2 ** 52, recent: none, size: 0 }];
  const whole = encodeAntiEntropy(
    { kind: "compare", round: 9, turn: 3, mode: "pushPull", claims },
    me,
    codecOf,
  );
  expect(whole.length).toBeLessThan(60);
});

test("updates of a replica that was closed meanwhile are left out", () => {
  const [one] = items;
  if (one === undefined) throw new Error("no items");
  const whole = encodeAntiEntropy(
    { kind: "items", round: 1, turn: 3, items: [one] },
    me,
    () => bytes,
  );
  const back = decodeAntiEntropy(bodyOf(whole), () => undefined);
  expect(back).toEqual({ kind: "items", round: 1, turn: 3, items: [] });
});

test("an update that its codec refuses, or that names no origin, spoils the message", () => {
  const encode = (update: readonly number[]) => {
    const updates = [[{ origin: me, seq: 1 }, update]] as const;
    const delta = { updates, covers: none, forgotten: none, more: false };
    return bodyOf(
      encodeAntiEntropy(
        { kind: "items", round: 1, turn: 3, items: [{ replica: "a", delta }] },
        me,
        codecOf,
      ),
    );
  };
  expect(decodeAntiEntropy(encode([1]), codecOf)).toBeDefined();
  expect(decodeAntiEntropy(encode([255]), codecOf)).toBeUndefined();
});

test("a message of too many parts is refused before it is parsed", () => {
  const claims = Array.from({ length: 1_025 }, (_, at) => ({
    replica: `a${at}`,
    hash: 1,
    recent: none,
    size: 0,
  }));
  const compare = { kind: "compare", round: 1, turn: 3, mode: "pull" } as const;
  expect(throughTheWire({ ...compare, claims: claims.slice(1) })).toBeDefined();
  expect(throughTheWire({ ...compare, claims })).toBeUndefined();
  // Items of two bytes each: `{}` again and again.
  const hollow = new Uint8Array(2 * 140_000 + 5);
  hollow.set([0x42, 0xc0, 0x8b, 0x11]);
  for (let at = 4; at + 1 < hollow.length; at += 2) hollow[at] = 0x0a;
  expect(decodeAntiEntropy(hollow.subarray(0, 4 + 2 * 140_000), codecOf)).toBeUndefined();
});

test("a message that names a replica twice is refused; a size beyond all numbers is told", () => {
  const claim = { replica: "a", hash: 1, recent: none, size: 2 ** 60 };
  const compare = { kind: "compare", round: 1, turn: 3, mode: "pull" } as const;
  const told = throughTheWire({ ...compare, claims: [claim] });
  expect(told).toMatchObject({ claims: [{ size: Number.MAX_SAFE_INTEGER }] });
  expect(throughTheWire({ ...compare, claims: [claim, claim] })).toBeUndefined();
  const twice = [...wants, ...wants];
  const itemsWants = { kind: "itemsWants", round: 1, turn: 3, items: [], wants: twice } as const;
  expect(throughTheWire(itemsWants)).toBeUndefined();
});

test("hostile bytes are no message, and never throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
      decodeAntiEntropy(body, codecOf);
    }),
  );
  for (const message of messages) {
    const body = bodyOf(encodeAntiEntropy(message, me, codecOf));
    for (let end = 0; end < body.length; end += 1)
      decodeAntiEntropy(body.subarray(0, end), codecOf);
    const spoil = fc.tuple(fc.nat(Math.max(0, body.length - 1)), fc.nat(255));
    fc.assert(
      fc.property(spoil, ([place, byte]) => {
        const spoilt = Uint8Array.from(body);
        spoilt[place] = byte;
        decodeAntiEntropy(spoilt, codecOf);
      }),
    );
  }
});
