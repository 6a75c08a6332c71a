import { expect, test } from "vitest";
import { Random } from "../../../core/random.ts";
import { SuspectQueue } from "./suspect-queue.ts";

function queueOf(probersCount: number, population: number, seed = 1): SuspectQueue {
  return new SuspectQueue({ random: new Random(seed), probersCount, population: () => population });
}

test("who waits longest comes first, and each once", () => {
  const queue = queueOf(10, 5);
  for (const name of ["a", "b", "a"]) queue.offer(name);
  expect([queue.take(), queue.take(), queue.take()]).toEqual(["a", "b", undefined]);
});

test("as many members take part as are wanted, on average", () => {
  let taking = 0;
  for (let seed = 1; seed <= 4_000; seed += 1) {
    const queue = queueOf(12, 102, seed);
    queue.offer("a");
    if (queue.take() !== undefined) taking += 1;
  }
  // 12 of the 100 who are neither suspect nor accuser; the standard error is 21 of 4,000.
  expect(Math.abs(taking - 480)).toBeLessThan(70);
});

test("0 probers: nobody waits", () => {
  const queue = queueOf(0, 3);
  queue.offer("a");
  expect(queue.take()).toBeUndefined();
});

test("the queue is bounded", () => {
  const queue = queueOf(1_000, 10);
  for (let index = 0; index < 1_000; index += 1) queue.offer(`n${index}`);
  let waiting = 0;
  while (queue.take() !== undefined) waiting += 1;
  expect(waiting).toBe(64);
});
