import { describe, expect, it } from "vitest";
import { Clock } from "./clock.ts";

describe("Clock", () => {
  it("starts at 1, gives each time out once, and moves past what it witnesses", () => {
    const clock = new Clock(1_000);
    expect(clock.time).toBe(1);
    expect(clock.takeTime()).toBe(1);
    expect(clock.takeTime()).toBe(2);
    expect(clock.witness(1)).toBe(true);
    expect(clock.time).toBe(3);
    expect(clock.witness(3)).toBe(true);
    expect(clock.time).toBe(4);
    expect(clock.witness(10)).toBe(true);
    expect(clock.time).toBe(11);
  });

  it.each([Number.MAX_SAFE_INTEGER, 2 ** 53, 1_002, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    "is not moved by %d",
    (time) => {
      const clock = new Clock(1_000);
      expect(clock.witness(time)).toBe(false);
      expect(clock.time).toBe(1);
    },
  );

  it("never comes near the end of safe integers, however often it is pushed", () => {
    const clock = new Clock(2 ** 51);
    for (let push = 0; push < 100; push += 1) clock.witness(clock.time + 2 ** 51);
    expect(Number.isSafeInteger(clock.time + 2 ** 51)).toBe(true);
    const before = clock.time;
    expect(clock.takeTime()).toBe(before);
    expect(clock.time).toBe(before + 1);
  });
});
