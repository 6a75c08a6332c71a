import { expect, it } from "vitest";
import { type PeerId, peerId } from "../../core/peer.ts";
import { AlertBook, type AlertEvent } from "./alert-book.ts";

const a = peerId("a");
const b = peerId("b");
const c = peerId("c");

/** A node whose value and company the test sets. */
function nodeOf(self: PeerId) {
  const state = { value: 0 as number | undefined, living: [a, b, c], told: [] as AlertEvent[] };
  const book = new AlertBook({
    self,
    options: { alertsMaxCount: 8, handoverCount: 2 },
    living: () => state.living,
    onAlert: (event) => state.told.push(event),
  });
  book.add({ name: "hot", above: 10, clear: 5, forCount: 3 }, () => state.value);
  let epoch = 100;
  const run = (epochs: number): void => {
    for (let turn = 0; turn < epochs; turn += 1) {
      epoch += 1;
      book.onEpoch(epoch);
    }
  };
  return { book, state, run };
}

it("an alert begins after so many epochs in a row, and ends beyond where it began", () => {
  const { run, state } = nodeOf(a);
  state.value = 11;
  run(2);
  state.value = 9;
  run(1);
  state.value = 11;
  run(2);
  expect(state.told).toEqual([]);
  run(1);
  const told = { rule: "hot", id: "hot@106", firedBy: a };
  expect(state.told).toEqual([{ ...told, state: "raised", epoch: 106, value: 11 }]);
  run(10);
  state.value = 7;
  run(10);
  expect(state.told).toHaveLength(1);
  state.value = 5;
  run(3);
  expect(state.told.at(-1)).toEqual({ ...told, state: "cleared", epoch: 129, value: 5 });
});

it("the lowest tells, the next one when it hears of nobody, and none that has heard", () => {
  const lowest = nodeOf(a);
  const next = nodeOf(b);
  const last = nodeOf(c);
  for (const { run, state } of [lowest, next, last]) {
    state.value = 20;
    run(3);
  }
  expect([lowest, next, last].map(({ state }) => state.told.length)).toEqual([1, 0, 0]);
  for (const mark of lowest.book.marks()) next.book.onMark(mark);
  for (const { run } of [next, last]) run(4);
  expect(next.state.told).toEqual([]);
  // Nothing was heard here: its turn comes after those of the two before it.
  expect(last.state.told).toMatchObject([{ id: "hot@103", firedBy: c, state: "raised" }]);
});

it("it is told again, by the next one and under its name, when who told it dies", () => {
  const { book, run, state } = nodeOf(b);
  state.value = 20;
  run(3);
  book.onMark({ rule: "hot", epoch: 102, firedBy: a });
  run(10);
  expect(state.told).toEqual([]);
  expect(book.active()).toEqual([{ rule: "hot", id: "hot@102", firedBy: a }]);
  state.living = [b, c];
  run(1);
  expect(state.told).toMatchObject([{ id: "hot@102", firedBy: b }]);
  // An echo of the dead one's word changes nothing.
  book.onMark({ rule: "hot", epoch: 102, firedBy: a });
  run(10);
  expect(state.told).toHaveLength(1);
});

it("the word of others counts for one's own later streak, unless it is of another time", () => {
  const { book, run, state } = nodeOf(c);
  run(1);
  book.onMark({ rule: "hot", epoch: 102, firedBy: a });
  book.onMark({ rule: "unknown", epoch: 101, firedBy: a });
  state.value = 20;
  run(3);
  expect(book.active()).toEqual([{ rule: "hot", id: "hot@102", firedBy: a }]);
  book.onMark({ rule: "hot", epoch: 1, firedBy: b });
  expect(book.active()[0]?.id).toBe("hot@102");
  book.remove("hot");
  expect([book.size, book.active()]).toEqual([0, []]);
});

it("who comes while it is on has no other id for it, and the former life's word is its own", () => {
  const { book, run, state } = nodeOf(a);
  state.value = 20;
  for (let epochs = 0; epochs < 3; epochs += 1) {
    book.onMark({ rule: "hot", epoch: 7, firedBy: epochs < 2 ? b : a });
    run(1);
  }
  run(9);
  expect([state.told, book.active()]).toEqual([[], [{ rule: "hot", id: "hot@7", firedBy: a }]]);
  state.value = 0;
  run(3);
  expect(state.told).toMatchObject([{ state: "cleared", id: "hot@7", firedBy: a }]);
});

it("what was told under one id ends under it, though others told of it earlier", () => {
  const { book, run, state } = nodeOf(b);
  state.value = 20;
  run(6);
  book.onMark({ rule: "hot", epoch: 102, firedBy: a });
  state.value = 0;
  run(3);
  const ids = state.told.map(({ id, state: now }) => [id, now]);
  expect(ids).toEqual([
    ["hot@103", "raised"],
    ["hot@103", "cleared"],
  ]);
});

it("its end is told by the next one when who told of it dies just then", () => {
  const { book, run, state } = nodeOf(b);
  state.value = 20;
  run(3);
  book.onMark({ rule: "hot", epoch: 102, firedBy: a });
  state.value = 0;
  run(6);
  expect([state.told, book.active()]).toEqual([[], []]);
  state.living = [b, c];
  run(9);
  expect(state.told).toMatchObject([{ state: "cleared", id: "hot@102", epoch: 106, firedBy: b }]);
});

it("without a value nothing begins and nothing ends", () => {
  const { book, run, state } = nodeOf(a);
  state.value = undefined;
  run(10);
  state.value = 20;
  run(3);
  state.value = undefined;
  run(10);
  expect(book.active()).toHaveLength(1);
  expect(state.told).toHaveLength(1);
});
