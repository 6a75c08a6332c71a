import { expect, test } from "vitest";
import { BroadcastTime } from "./broadcast-time.ts";

function clockAt(ms: number): { clock: BroadcastTime; set(ms: number): void; capped(): number } {
  let now = ms;
  let capped = 0;
  const counters = {
    add: () => {
      capped += 1;
    },
  };
  const clock = new BroadcastTime(() => now, counters);
  return {
    clock,
    set: (next) => {
      now = next;
    },
    capped: () => capped,
  };
}

test("ticks follow the wall clock and never repeat, even when it is set back", () => {
  const { clock, set } = clockAt(1_000);
  expect(clock.tick()).toEqual({ ms: 1_000, counter: 0 });
  expect(clock.tick()).toEqual({ ms: 1_000, counter: 1 });
  set(1_001);
  expect(clock.tick()).toEqual({ ms: 1_001, counter: 0 });
  set(500);
  expect(clock.tick()).toEqual({ ms: 1_001, counter: 1 });
});

test("what was heard is earlier than what is said next", () => {
  const { clock } = clockAt(1_000);
  clock.merge({ ms: 3_000, counter: 7 });
  expect(clock.tick()).toEqual({ ms: 3_000, counter: 9 });
  clock.merge({ ms: 10, counter: 99 });
  expect(clock.tick()).toEqual({ ms: 3_000, counter: 11 });
});

test("a clock far in the future is followed for five seconds only, and counted", () => {
  const { clock, capped } = clockAt(1_000);
  clock.merge({ ms: 1_000_000, counter: 3 });
  expect(clock.tick().ms).toBe(6_000);
  expect(capped()).toBe(1);
});

test("a full counter carries into the milliseconds", () => {
  const { clock } = clockAt(1_000);
  clock.merge({ ms: 2_000, counter: 2 ** 32 - 1 });
  expect(clock.tick()).toEqual({ ms: 2_001, counter: 1 });
});
