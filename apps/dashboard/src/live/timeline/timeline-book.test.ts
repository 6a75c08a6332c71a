import { expect, test } from "vitest";
import type { TimelineEvent } from "../../../../../src/agent/routes/timeline.messages.ts";
import { emptyTimeline, withAnswer, withEvent } from "./timeline-book.ts";

function event(number: number): TimelineEvent {
  const state = { name: "p2", address: "", status: "suspect", incarnation: 1, degraded: false };
  return { number, kind: "suspect", at: number, evidence: [], ...state } as TimelineEvent;
}

function answer(life: string, numbers: readonly number[], lostCount = 0) {
  const events = numbers.map(event);
  const lastNumber = numbers.at(-1) ?? 0;
  return { local: "p1", life, beganAt: 1, lastNumber, lostCount, events };
}

const numbersOf = ({ events }: { readonly events: readonly TimelineEvent[] }) =>
  events.map(({ number }) => number);

test("what a watch tells goes on where the answer ended, once each, and gaps are noticed", () => {
  const first = withAnswer(undefined, answer("a", [3, 4], 2));
  expect(first).toMatchObject({ lostCount: 2, lastNumber: 4 });
  expect(withEvent(first, event(4))).toBe(first);
  const next = withEvent(first, event(5))!;
  expect(numbersOf(next)).toEqual([3, 4, 5]);
  expect(withEvent(next, event(7))).toBeUndefined();
  // What was missed is asked for; what overlaps is no event of its own.
  const mended = withAnswer(next, answer("a", [5, 6, 7]));
  expect(numbersOf(mended)).toEqual([3, 4, 5, 6, 7]);
  expect(numbersOf(withEvent(mended, event(8))!)).toEqual([3, 4, 5, 6, 7, 8]);
});

test("an agent that was started anew begins anew", () => {
  const before = withAnswer(undefined, answer("a", [1, 2, 3]));
  expect(numbersOf(withAnswer(before, answer("b", [1])))).toEqual([1]);
});

test("of an agent that numbers nothing all is shown as it comes", () => {
  const one = withEvent(emptyTimeline(0), event(0))!;
  expect(numbersOf(withEvent(one, event(0))!)).toEqual([1, 2]);
  expect(numbersOf(withAnswer(one, answer("a", [1, 2, 3])))).toEqual([1, 2, 3]);
});

test("a page keeps as many as it can show", () => {
  let all = withAnswer(undefined, answer("a", []));
  for (let number = 1; number <= 3_000; number += 1) all = withEvent(all, event(number))!;
  expect(all.events).toHaveLength(2_048);
  expect(all.events.at(-1)?.number).toBe(3_000);
  expect(all.lostCount).toBe(952);
});
