import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssertionError } from "../assert.ts";
import { Random } from "../random.ts";
import { BoundedMap } from "./bounded-map.ts";
import { BoundedQueue, type QueuePolicy } from "./bounded-queue.ts";
import { ExpiringMap } from "./expiring-map.ts";
import { RandomSet } from "./random-set.ts";
import { RingBuffer } from "./ring-buffer.ts";

const operations = fc.array(fc.option(fc.nat(50)), { maxLength: 120 });

test("a ring buffer behaves as a list", () => {
  fc.assert(
    fc.property(operations, fc.integer({ min: 1, max: 40 }), (steps, capacity) => {
      const ring = new RingBuffer<number>(capacity);
      const list: number[] = [];
      for (const step of steps) {
        if (step === null) expect(ring.takeFirst()).toBe(list.shift());
        else if (!ring.isFull) {
          ring.push(step);
          list.push(step);
        }
        expect([...ring]).toEqual(list);
        expect(ring.size).toBe(list.length);
        expect(ring.get(list.length - 1)).toBe(list.at(-1));
        expect(ring.get(list.length)).toBeUndefined();
      }
      ring.clear();
      expect([...ring]).toEqual([]);
    }),
  );
  const full = new RingBuffer<number>(1);
  full.push(1);
  expect(() => full.push(2)).toThrow(AssertionError);
  expect(() => new RingBuffer(0)).toThrow(AssertionError);
});

describe("a bounded queue", () => {
  function filled(policy: QueuePolicy): BoundedQueue<number> {
    const queue = new BoundedQueue<number>(2, policy);
    expect([queue.offer(1), queue.offer(2)]).toEqual(["queued", "queued"]);
    return queue;
  }

  test("drops the oldest, drops the newest or refuses, and counts", () => {
    const oldest = filled("dropOldest");
    expect(oldest.offer(3)).toBe("droppedOldest");
    expect([[...oldest], oldest.droppedCount, oldest.rejectedCount]).toEqual([[2, 3], 1, 0]);
    const newest = filled("dropNewest");
    expect(newest.offer(3)).toBe("droppedNewest");
    expect([[...newest], newest.droppedCount, newest.rejectedCount]).toEqual([[1, 2], 1, 0]);
    const strict = filled("reject");
    expect(strict.offer(3)).toBe("rejected");
    expect([[...strict], strict.droppedCount, strict.rejectedCount]).toEqual([[1, 2], 0, 1]);
  });

  test("gives back in order and can be emptied", () => {
    const queue = filled("reject");
    expect([queue.takeFirst(), queue.takeFirst(), queue.takeFirst()]).toEqual([1, 2, undefined]);
    queue.offer(7);
    queue.clear();
    expect([queue.size, queue.capacity]).toEqual([0, 2]);
  });
});

test("a bounded map drops what was used longest ago", () => {
  const map = new BoundedMap<string, number>(2);
  map.set("a", 1);
  map.set("b", 2);
  expect(map.get("a")).toBe(1);
  map.set("c", 3);
  expect([[...map], map.evictedCount]).toEqual([
    [
      ["a", 1],
      ["c", 3],
    ],
    1,
  ]);
  expect(map.peek("a")).toBe(1);
  map.set("a", 4);
  expect([...map]).toEqual([
    ["c", 3],
    ["a", 4],
  ]);
  expect([map.get("b"), map.has("c"), map.delete("c"), map.delete("c")]).toEqual([
    undefined,
    true,
    true,
    false,
  ]);
  map.clear();
  expect(map.size).toBe(0);
});

test("a bounded map keeps what a Map keeps of the keys used last", () => {
  const step = fc.tuple(fc.constantFrom("set", "get", "delete", "sweep"), fc.nat(7));
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const map = new BoundedMap<number, number>(4);
      const model = new Map<number, number>();
      for (const [at, [what, key]] of steps.entries()) {
        const known = model.get(key);
        if (what === "set" || (what === "get" && known !== undefined)) {
          model.delete(key);
          for (const oldest of [...model.keys()].slice(0, -3)) model.delete(oldest);
          model.set(key, what === "set" ? at : (known ?? 0));
        }
        if (what === "set") map.set(key, at);
        else if (what === "get") expect(map.get(key)).toBe(known);
        else if (what === "delete") expect(map.delete(key)).toBe(model.delete(key));
        else
          for (const [one] of map) if (one <= key) expect(map.delete(one)).toBe(model.delete(one));
        expect([...map]).toEqual([...model]);
        expect([map.size, map.peek(key), map.has(key)]).toEqual([
          model.size,
          model.get(key),
          model.has(key),
        ]);
      }
    }),
  );
});

describe("an expiring map", () => {
  test("forgets after its time, and counts what it had to drop before", () => {
    const map = new ExpiringMap<string, number>(10, 2);
    map.set("a", 1, 0);
    map.set("b", 2, 5);
    expect([map.get("a", 9), map.get("a", 10), map.has("b", 14), map.has("b", 15)]).toEqual([
      1,
      undefined,
      true,
      false,
    ]);
    map.set("a", 3, 6);
    expect(map.get("a", 15)).toBe(3);
    map.set("c", 4, 7);
    expect([map.get("b", 7), map.size, map.evictedCount]).toEqual([undefined, 2, 1]);
    expect([map.expire(16), map.size, map.delete("c"), map.delete("c")]).toEqual([
      1,
      1,
      true,
      false,
    ]);
  });

  test("an entry set again lives anew and drops nobody", () => {
    const map = new ExpiringMap<string, number>(10, 1);
    map.set("a", 1, 0);
    map.set("a", 2, 9);
    expect([map.get("a", 18), map.evictedCount]).toEqual([2, 0]);
    map.clear();
    expect(map.size).toBe(0);
  });
});

describe("a random set", () => {
  test("holds what a set holds", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(20))), (steps) => {
        const set = new RandomSet<number>();
        const model = new Set<number>();
        for (const [isAdd, item] of steps) {
          if (isAdd) {
            expect(set.add(item)).toBe(!model.has(item));
            model.add(item);
          } else expect(set.delete(item)).toBe(model.delete(item));
          expect(set.size).toBe(model.size);
          expect(set.has(item)).toBe(model.has(item));
        }
        expect(new Set(set)).toEqual(model);
      }),
    );
  });

  test("samples distinct elements without the excluded one, uniformly", () => {
    const set = new RandomSet<string>();
    for (const item of ["a", "b", "c", "d", "e"]) set.add(item);
    const random = new Random(1);
    const seen = new Map<string, number>();
    const out: string[] = [];
    for (let n = 0; n < 8_000; n += 1) {
      expect(set.sample(random, 2, out, "b")).toBe(2);
      expect(out[0]).not.toBe(out[1]);
      for (const item of out.slice(0, 2)) seen.set(item, (seen.get(item) ?? 0) + 1);
    }
    expect([...seen.keys()].sort()).toEqual(["a", "c", "d", "e"]);
    for (const count of seen.values()) expect(Math.abs(count - 4_000)).toBeLessThan(250);
    expect(set.sample(random, 9, out)).toBe(5);
    expect(set.sample(random, 9, out, "absent")).toBe(5);
  });

  test("draws one, or nothing when empty", () => {
    const set = new RandomSet<string>();
    expect(set.pick(new Random(1))).toBeUndefined();
    set.add("x");
    expect(set.pick(new Random(1))).toBe("x");
    set.clear();
    expect([set.size, set.has("x")]).toEqual([0, false]);
  });
});
