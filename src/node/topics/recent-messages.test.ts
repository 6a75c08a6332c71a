import { expect, test } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin } from "../../core/peer.ts";
import { RecentMessages, type RecentOptions, topicMessages } from "./recent-messages.ts";

const a = makeOrigin("a", 1);
const b = makeOrigin("b", 1);

const bounds: RecentOptions = {
  keptMaxCount: 100,
  keptMaxBytes: 10_000,
  keptMaxMs: 1_000,
  payloadMaxBytes: 500,
  originsMaxCount: 4,
  gapsMaxCount: 8,
};

function rig(options: Partial<RecentOptions> = {}) {
  const counts: Record<string, number> = {};
  const later: (() => void)[] = [];
  const clock = { nowMs: 0 };
  const recent = new RecentMessages(
    {
      origin: () => makeOrigin("me", 1),
      now: () => clock.nowMs,
      afterStep: (body) => later.push(body),
      count: (name, by = 1) => {
        counts[name] = (counts[name] ?? 0) + by;
      },
    },
    { ...bounds, ...options },
    topicMessages,
  );
  const hear = (origin: typeof a, seq: number, bytesCount = 10) =>
    recent.apply({ origin, seq }, { atMs: 1, payload: new Uint8Array(bytesCount) });
  return { recent, hear, counts, clock, later };
}

test("each message is news once, and listeners hear of it when the step has ended", () => {
  const { hear, later, recent } = rig();
  const told: number[] = [];
  recent.subscribe({ onNews: ({ seq }) => told.push(seq) });
  expect([hear(a, 1), hear(a, 1), hear(a, 3), hear(b, 1)]).toEqual([
    "news",
    "known",
    "news",
    "news",
  ]);
  expect(told).toEqual([]);
  for (const body of later.splice(0)) body();
  expect(told).toEqual([1, 3, 1]);
  expect(recent.get({ origin: a, seq: 3 })?.payload.length).toBe(10);
  expect(recent.get({ origin: a, seq: 2 })).toBeUndefined();
});

test("what exceeds count or bytes goes in the order in which it came, and stays seen", () => {
  const { hear, recent } = rig({ keptMaxCount: 32 });
  for (let seq = 1; seq <= 100; seq += 1) hear(a, seq);
  expect(recent.size).toBeLessThanOrEqual(32);
  expect(recent.size).toBeGreaterThanOrEqual(30);
  expect(recent.seen.prefix(a)).toBe(100);
  expect(recent.forgotten.size).toBe(100 - recent.size);
  const heavy = rig({ keptMaxBytes: 1_000 });
  for (let seq = 1; seq <= 100; seq += 1) heavy.hear(a, seq, 100);
  expect(heavy.recent.payloadBytes).toBeLessThanOrEqual(1_000);
  expect(heavy.recent.get({ origin: a, seq: 100 })).toBeDefined();
});

test("what is old is forgotten, and what is too large was never held", () => {
  const { clock, hear, recent } = rig();
  hear(a, 1);
  recent.expire();
  hear(a, 2);
  clock.nowMs = 999;
  recent.expire();
  expect(recent.size).toBe(2);
  clock.nowMs = 1_000;
  recent.expire();
  expect(recent.size).toBe(1);
  clock.nowMs = 1_999;
  recent.expire();
  expect(recent.size).toBe(0);
  expect(hear(a, 3, 501)).toBe("rejected");
  expect(recent.seen.has({ origin: a, seq: 3 })).toBe(true);
});

test("too many gaps of one publisher count as lost, the oldest first", () => {
  const { counts, hear, recent } = rig({ gapsMaxCount: 3 });
  for (const seq of [1, 3, 5, 7, 9]) hear(a, seq);
  expect([...recent.seen.ranges()].map(({ first, last }) => [first, last])).toEqual([
    [1, 5],
    [7, 7],
    [9, 9],
  ]);
  expect(hear(a, 2)).toBe("known");
  expect(counts["topics.forgottenGaps"]).toBe(2);
});

test("publishers of whom nothing is held make room for others", () => {
  const { clock, counts, hear, recent } = rig({ originsMaxCount: 3 });
  for (let boot = 1; boot <= 3; boot += 1) hear(makeOrigin("p", boot), 1);
  expect(hear(makeOrigin("p", 4), 1)).toBe("deferred");
  recent.expire();
  clock.nowMs = 5_000;
  recent.expire();
  expect(hear(makeOrigin("p", 4), 1)).toBe("news");
  expect(counts["topics.forgottenOrigins"]).toBe(3);
  expect(recent.seen.originsCount).toBe(1);
});

test("a peer gets what it wants in order, within its budget", () => {
  const { hear, recent } = rig();
  for (const seq of [2, 1, 4]) hear(a, seq, 100);
  hear(b, 1, 100);
  const wanted = new DotSet();
  wanted.addRange(a, 1, Number.MAX_SAFE_INTEGER);
  const all = recent.collect(wanted, new DotSet(), 10_000);
  expect(all.updates.map(([{ seq }]) => seq)).toEqual([1, 2, 4]);
  expect(all.more).toBe(false);
  const few = recent.collect(wanted, DotSet.of({ origin: a, seq: 1 }), 150);
  expect(few.updates.map(([{ seq }]) => seq)).toEqual([2]);
  expect(few.more).toBe(true);
});

test("what others say is covered or forgotten is not waited for", () => {
  const { recent } = rig();
  recent.cover(DotSet.of({ origin: a, seq: 1 }), DotSet.of({ origin: a, seq: 2 }));
  expect(recent.seen.prefix(a)).toBe(2);
  expect([...recent.forgotten].map(({ seq }) => seq)).toEqual([2]);
});
