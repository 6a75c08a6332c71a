import { expect, test } from "vitest";
import { Random } from "../random.ts";
import { AgeQueue } from "./age-queue.ts";

test("gives back the oldest first, in whatever order they came", () => {
  const random = new Random(7);
  const queue = new AgeQueue<{ due: number }>();
  const held: number[] = [];
  for (let round = 0; round < 20_000; round += 1) {
    if (random.below(3) > 0 || held.length === 0) {
      const due = round - random.below(random.below(10) === 0 ? 50 : 1);
      queue.put(due, { due });
      held.push(due);
    } else {
      held.sort((a, b) => a - b);
      expect(queue.nextDue).toBe(held[0]);
      expect(queue.takeNext()?.due).toBe(held.shift());
    }
    expect(queue.size).toBe(held.length);
  }
});

test("an empty one has nothing, and begins again", () => {
  const queue = new AgeQueue<{ name: string }>();
  expect([queue.nextDue, queue.takeNext(), queue.size]).toEqual([Infinity, undefined, 0]);
  queue.put(5, { name: "a" });
  queue.put(5, { name: "b" });
  expect([queue.takeNext()?.name, queue.takeNext()?.name]).toEqual(["a", "b"]);
  queue.put(1, { name: "c" });
  expect(queue.takeNext()?.name).toBe("c");
});
