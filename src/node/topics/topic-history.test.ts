import { expect, test } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin } from "../../core/peer.ts";
import { historyDefaults } from "../../data/history/history.options.ts";
import { History } from "../../data/history/history.ts";
import type { Gap } from "../api.ts";
import { TopicHistory } from "./topic-history.ts";

test("nobody can call this life's own numbers forgotten", () => {
  const origin = () => makeOrigin("a", 1);
  const afterStep = (body: () => void): void => body();
  const history = new History({ origin, wallClock: () => 1_000, afterStep }, historyDefaults);
  const gaps: Gap[] = [];
  const reader = {
    tag: "t",
    causesOf: () => [],
    readKept: () => ({ kind: "rejected" as const, rejection: {} as never }),
    deliver: () => {},
    tellRejected: () => {},
    tellGap: (gap: Gap) => gaps.push(gap),
  };
  const ports = {
    origin,
    afterStep,
    count: () => {},
    observe: () => {},
    now: () => 0,
    timers: { startTimer: () => 0, stopTimer: () => {} },
    hasRoom: () => true,
    durable: () => Promise.resolve(false),
  };
  const limitName = "topics.valueMaxBytes";
  const past = new TopicHistory(reader, history, { ...historyDefaults, limitName }, ports);
  const lie = new DotSet();
  lie.addRange(origin(), 1, Number.MAX_SAFE_INTEGER);
  lie.addRange(makeOrigin("b", 1), 1, 2);
  past.cover(lie, lie);
  expect(past.nextSeq).toBe(1);
  expect(gaps).toEqual([
    { tag: "t", count: 2, ranges: [{ origin: makeOrigin("b", 1), first: 1, last: 2 }] },
  ]);
  // Nor can anybody make a message vanish without a gap, by calling it replaced.
  const replaced = DotSet.of({ origin: makeOrigin("c", 1), seq: 1 });
  past.cover(replaced, new DotSet());
  expect(gaps[1]?.count).toBe(1);
  expect(history.forgotten.contains(replaced)).toBe(true);
});
