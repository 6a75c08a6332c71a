import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareHybridTimes, HybridClock, type HybridTime, isHybridTime } from "./hybrid-clock.ts";
import { LamportClock } from "./lamport-clock.ts";
import {
  compareVectorClocks,
  incrementVectorClock,
  mergeVectorClocks,
  type VectorClock,
} from "./vector-clock.ts";

describe("a hybrid clock", () => {
  class Wall {
    ms = 1_000;
    wallClock(): number {
      return this.ms;
    }
  }

  test("follows the wall clock and counts within a millisecond", () => {
    const wall = new Wall();
    const clock = new HybridClock(wall);
    expect([clock.now(), clock.now()]).toEqual([
      { ms: 1_000, counter: 0 },
      { ms: 1_000, counter: 1 },
    ]);
    wall.ms = 1_002;
    expect(clock.now()).toEqual({ ms: 1_002, counter: 0 });
    wall.ms = 900;
    expect(clock.now()).toEqual({ ms: 1_002, counter: 1 });
  });

  test("is later than what it observed", () => {
    const clock = new HybridClock(new Wall());
    clock.observe({ ms: 3_000, counter: 7 });
    expect(clock.now()).toEqual({ ms: 3_000, counter: 9 });
    clock.observe({ ms: 2_000, counter: 99 });
    expect(clock.now().ms).toBe(3_000);
    expect([clock.excessCount, clock.malformedCount]).toEqual([0, 0]);
  });

  test("believes a remote clock five seconds ahead and no more", () => {
    const clock = new HybridClock(new Wall());
    clock.observe({ ms: 6_000, counter: 0 });
    expect(clock.excessCount).toBe(0);
    clock.observe({ ms: 6_001, counter: 0 });
    clock.observe({ ms: Number.MAX_SAFE_INTEGER, counter: 65_535 });
    expect(clock.excessCount).toBe(2);
    expect(clock.now().ms).toBe(6_000);
  });

  test.each([
    { ms: Number.NaN, counter: 0 },
    { ms: -1, counter: 0 },
    { ms: 1.5, counter: 0 },
    { ms: 2 ** 53, counter: 0 },
    { ms: 1, counter: -1 },
    { ms: 1, counter: 65_536 },
    { ms: 1, counter: 0.5 },
  ])("takes no notice of %o but counts it", (time) => {
    const clock = new HybridClock(new Wall());
    clock.observe(time);
    expect([clock.malformedCount, clock.now()]).toEqual([1, { ms: 1_000, counter: 0 }]);
    expect(isHybridTime(time)).toBe(false);
  });

  test("a full counter borrows the next millisecond", () => {
    const clock = new HybridClock(new Wall());
    clock.observe({ ms: 1_000, counter: 65_535 });
    expect(clock.now()).toEqual({ ms: 1_001, counter: 1 });
  });

  test("never goes back nor stands still, whatever the wall clock does and others say", () => {
    const step = fc.oneof(
      fc.record({ jump: fc.integer({ min: -10_000, max: 10_000 }) }),
      fc.record({ ms: fc.nat(60_000), counter: fc.nat(70_000) }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const wall = new Wall();
        wall.ms = 30_000;
        let highestWall = wall.ms;
        const clock = new HybridClock(wall);
        let last: HybridTime = { ms: 0, counter: 0 };
        for (const one of steps) {
          if ("jump" in one) wall.ms = Math.max(0, wall.ms + one.jump);
          else clock.observe(one);
          highestWall = Math.max(highestWall, wall.ms);
          const now = clock.now();
          expect(compareHybridTimes(now, last)).toBeGreaterThan(0);
          expect(now.ms).toBeLessThanOrEqual(highestWall + 5_001);
          last = now;
        }
      }),
    );
  });
});

describe("a Lamport clock", () => {
  test("ticks and witnesses as Serf's", () => {
    const clock = new LamportClock(1_000);
    expect([clock.tick(), clock.tick(), clock.current]).toEqual([1, 2, 3]);
    expect([clock.witness(2), clock.current]).toEqual([true, 3]);
    expect([clock.witness(3), clock.current]).toEqual([true, 4]);
    expect([clock.witness(10), clock.current]).toEqual([true, 11]);
  });

  test.each([
    Number.MAX_SAFE_INTEGER,
    2 ** 53,
    1_002,
    -1,
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ])("is not moved by %d", (time) => {
    const clock = new LamportClock(1_000);
    expect([clock.witness(time), clock.current]).toEqual([false, 1]);
  });

  test("never comes near the end of safe integers, however often it is pushed", () => {
    const clock = new LamportClock(2 ** 51);
    for (let push = 0; push < 100; push += 1) clock.witness(clock.current + 2 ** 51);
    expect(Number.isSafeInteger(clock.current + 2 ** 51)).toBe(true);
    const before = clock.current;
    expect([clock.tick(), clock.current]).toEqual([before, before + 1]);
  });
});

describe("vector clocks", () => {
  const clocks = fc
    .dictionary(fc.constantFrom("a", "b", "c"), fc.nat(3))
    .map((record): VectorClock => new Map(Object.entries(record)));

  test("are ordered by every entry", () => {
    const clock = (record: Record<string, number>): VectorClock => new Map(Object.entries(record));
    expect(compareVectorClocks(clock({}), clock({ a: 0 }))).toBe("equal");
    expect(compareVectorClocks(clock({ a: 1 }), clock({ a: 1, b: 1 }))).toBe("before");
    expect(compareVectorClocks(clock({ a: 2 }), clock({ a: 1 }))).toBe("after");
    expect(compareVectorClocks(clock({ a: 1 }), clock({ b: 1 }))).toBe("concurrent");
  });

  test("merge to the least upper bound, and an event comes after its past", () => {
    fc.assert(
      fc.property(clocks, clocks, clocks, (x, y, z) => {
        const merged = mergeVectorClocks(x, y);
        expect(["equal", "after"]).toContain(compareVectorClocks(merged, x));
        expect(["equal", "after"]).toContain(compareVectorClocks(merged, y));
        expect(compareVectorClocks(merged, mergeVectorClocks(y, x))).toBe("equal");
        const left = mergeVectorClocks(merged, z);
        expect(compareVectorClocks(left, mergeVectorClocks(x, mergeVectorClocks(y, z)))).toBe(
          "equal",
        );
        expect(compareVectorClocks(incrementVectorClock(x, "a"), x)).toBe("after");
        const opposite = {
          equal: "equal",
          before: "after",
          after: "before",
          concurrent: "concurrent",
        };
        expect(compareVectorClocks(y, x)).toBe(opposite[compareVectorClocks(x, y)]);
      }),
    );
  });
});
