import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LamportRing } from "./lamport-ring.ts";

const strings = { isSame: (a: string, b: string) => a === b, bytesOf: (a: string) => a.length };
const bounds = { timesCount: 8, perTimeMaxCount: 3, maxBytes: 100 };

function ring(change: Partial<typeof bounds> = {}): LamportRing<string> {
  return new LamportRing({ ...bounds, ...change }, strings);
}

describe("LamportRing", () => {
  it("takes an entry once, and two different ones of the same time", () => {
    const events = ring();
    expect(events.accept(5, "a", 6)).toBe("news");
    expect(events.accept(5, "a", 6)).toBe("duplicate");
    expect(events.accept(5, "b", 6)).toBe("news");
    expect(events.accept(4, "a", 6)).toBe("news");
  });

  it("calls old what the slots may have forgotten, once the clock has passed them", () => {
    const events = ring();
    expect(events.accept(0, "a", 8)).toBe("news");
    expect(events.accept(0, "b", 9)).toBe("old");
    expect(events.accept(1, "b", 9)).toBe("news");
  });

  it("replaces an older time in its slot", () => {
    const events = ring();
    events.accept(1, "a", 2);
    expect(events.accept(9, "a", 10)).toBe("news");
    const times: number[] = [];
    events.forEach((lTime) => {
      times.push(lTime);
    });
    expect(times).toEqual([9]);
  });

  it("calls old what lies before the least time, and forgets what it held there", () => {
    const events = ring();
    events.accept(3, "a", 5);
    events.accept(4, "a", 5);
    events.ignoreBefore(4);
    expect(events.accept(3, "x", 5)).toBe("old");
    expect(events.accept(4, "a", 5)).toBe("duplicate");
  });

  it("bounds what one time may hold", () => {
    const events = ring();
    for (const entry of ["a", "b", "c"]) expect(events.accept(1, entry, 2)).toBe("news");
    expect(events.accept(1, "d", 2)).toBe("crowded");
    expect(events.accept(1, "a", 2)).toBe("duplicate");
  });

  it("forgets the oldest times when its bytes run out, and never takes them again", () => {
    const events = ring({ maxBytes: 10 });
    events.accept(1, "aaaaaa", 2);
    events.accept(2, "bbbbbb", 3);
    expect(events.accept(1, "aaaaaa", 3)).toBe("old");
    expect(events.accept(2, "bbbbbb", 3)).toBe("duplicate");
  });

  it("never takes the same entry twice, whatever the order", () => {
    const arrivals = fc.array(fc.tuple(fc.nat(40), fc.constantFrom("a", "b", "cc", "dddd")));
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 20 }), (list, maxBytes) => {
        const events = ring({ maxBytes });
        const taken = new Set<string>();
        let clock = 1;
        for (const [lTime, entry] of list) {
          clock = Math.max(clock, lTime + 1);
          if (events.accept(lTime, entry, clock) !== "news") continue;
          expect(taken.has(`${lTime} ${entry}`)).toBe(false);
          taken.add(`${lTime} ${entry}`);
        }
      }),
    );
  });
});
