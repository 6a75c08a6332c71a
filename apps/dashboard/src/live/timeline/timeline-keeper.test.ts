import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Notice } from "../../../../../src/agent/admin.messages.ts";
import type { TimelineAnswer } from "../../../../../src/agent/routes/timeline.messages.ts";
import { catchUp, noteMember, timeline } from "./timeline-keeper.ts";

type Answer = TimelineAnswer | "fails";

/** Each question waits here for its answer. */
let asked: ((answer: Answer) => void)[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  vi.stubGlobal("sessionStorage", { getItem: () => null });
  vi.stubGlobal("fetch", () => {
    return new Promise<Response>((resolve, reject) => {
      asked.push((answer) => {
        if (answer === "fails") reject(new TypeError("refused"));
        else resolve(Response.json(answer));
      });
    });
  });
});
afterEach(() => {
  timeline.value = undefined;
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function answer(life: string, numbers: readonly number[]): TimelineAnswer {
  const events = numbers.map((number) => ({ ...eventOf(number), number, evidence: [] }));
  return { local: "p1", life, beganAt: 0, lastNumber: numbers.at(-1) ?? 0, lostCount: 0, events };
}

function eventOf(number: number) {
  const state = { name: `n${number}`, address: "", status: "alive", incarnation: 0 } as const;
  return { kind: "join", at: number, degraded: false, ...state } as const;
}

function notice(number: number): Extract<Notice, { readonly kind: "member" }> {
  const { at, kind, degraded: _, ...member } = eventOf(number);
  const event = { kind, at, member: { ...member, tags: {} } } as never;
  return { kind: "member", event, number, evidence: [] };
}

async function tellNext(next: Answer): Promise<void> {
  asked.shift()?.(next);
  await vi.advanceTimersByTimeAsync(0);
}

const numbers = () => timeline.value?.events.map(({ number }) => number);

test("what happens while an agent is asked stands after what it answers", async () => {
  void catchUp("new");
  noteMember(notice(2));
  noteMember(notice(3));
  await tellNext(answer("a", [1, 2]));
  expect(numbers()).toEqual([1, 2, 3]);
  expect(asked).toHaveLength(0);
});

test("an agent that did not answer is asked again, though nothing happens", async () => {
  void catchUp("new");
  await tellNext("fails");
  expect(timeline.value).toBeUndefined();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(1);
  await tellNext(answer("a", [1]));
  expect(numbers()).toEqual([1]);
});

test("what was lost while the agent was asked is asked for, not left out", async () => {
  void catchUp("new");
  noteMember(notice(2));
  void catchUp("same");
  noteMember(notice(9));
  await tellNext(answer("a", [1]));
  await tellNext(answer("a", [1, 2, 3, 4, 5, 6, 7, 8, 9]));
  expect(numbers()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(asked).toHaveLength(0);
});

test("events of a new life are not taken for known ones, nor old ones for new", async () => {
  void catchUp("new");
  await tellNext(answer("a", [1, 2, 3]));
  void catchUp("same");
  noteMember(notice(4));
  await tellNext("fails");
  // The agent begins anew, and is too busy for the first question.
  void catchUp("new");
  await tellNext("fails");
  noteMember(notice(1));
  await tellNext(answer("b", [1, 2, 3]));
  expect(timeline.value?.life).toBe("b");
  expect(numbers()).toEqual([1, 2, 3]);
  noteMember({ ...notice(4), number: 4 });
  expect(numbers()).toEqual([1, 2, 3, 4]);
});
