import { expect, test } from "vitest";
import { FakeNode, fakeMember } from "../fake-node.ts";
import { MemberHistory } from "./member-history.ts";

const bounds = { timelineMaxCount: 4, timelineEvidenceMaxCount: 2 };

function emit(fake: FakeNode, name: string, at: number): void {
  fake.emit({ kind: "suspect", member: fakeMember(name, { status: "suspect" }), at });
}

test("events have numbers, those after one can be had, and those that are lost are counted", () => {
  const fake = new FakeNode("p1");
  const history = new MemberHistory(fake.node, bounds);
  for (let at = 1; at <= 12; at += 1) emit(fake, at % 2 === 0 ? "p2" : "p3", at);
  const { life, ...all } = history.read({});
  const numbers = all.events.map(({ number }) => number);
  expect(numbers.length).toBeGreaterThanOrEqual(bounds.timelineMaxCount);
  expect(numbers.length).toBeLessThanOrEqual(bounds.timelineMaxCount * 1.5);
  expect(all).toMatchObject({ local: "p1", lastNumber: 12, lostCount: 12 - numbers.length });
  expect(numbers.at(-1)).toBe(12);
  expect(history.read({ since: 10, life })).toMatchObject({
    lostCount: 0,
    events: [{ number: 11 }, { number: 12 }],
  });
  expect(history.read({ since: 12, life }).events).toEqual([]);
  expect(history.read({ since: 10, life, name: "p2" }).events).toMatchObject([{ number: 12 }]);
  // A number that this life has not come to, or one of another life, says nothing.
  expect(history.read({ since: 10_000, life }).events).toEqual([]);
  expect(history.read({ since: 12, life: "another" }).events).toHaveLength(numbers.length);
});

test("each event has the evidence of its moment, and no more of it than is allowed", () => {
  const fake = new FakeNode("p1");
  const history = new MemberHistory(fake.node, bounds);
  const entry = (at: number) => ({ at, what: "probe", text: `no answer at ${at}` });
  fake.evidence.set("p2", [entry(1), entry(2), entry(3)]);
  emit(fake, "p2", 3);
  fake.evidence.set("p2", [entry(4)]);
  emit(fake, "p2", 4);
  const [first, second] = history.read({}).events;
  expect(first?.evidence.map(({ at }) => at)).toEqual([2, 3]);
  expect(second?.evidence.map(({ at }) => at)).toEqual([4]);
});

test("who was there before the agent listened is in it, with what became of them", () => {
  const fake = new FakeNode("p1");
  fake.members.set("p2", fakeMember("p2", { status: "failed" }));
  fake.members.set("p3", fakeMember("p3"));
  const entry = (at: number) => ({ at, what: "w", text: "t" });
  fake.evidence.set("p2", [entry(5), entry(9)]);
  fake.evidence.set("p3", [entry(7)]);
  const { events } = new MemberHistory(fake.node, bounds).read({});
  expect(events.map(({ at, kind, name, number }) => [number, at, kind, name])).toEqual([
    [1, 5, "join", "p2"],
    [2, 7, "join", "p3"],
    [3, 9, "fail", "p2"],
  ]);
});

test("a listener that has stopped hears no more", () => {
  const fake = new FakeNode("p1");
  const history = new MemberHistory(fake.node, bounds);
  const heard: number[] = [];
  const stop = history.on((_, { number }) => heard.push(number));
  emit(fake, "p2", 1);
  stop();
  emit(fake, "p2", 2);
  expect(heard).toEqual([1]);
});
