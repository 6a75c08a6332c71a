import { describe, expect, test } from "vitest";
import { AssertionError } from "./assert.ts";
import { dotKey, isSameDot } from "./dot.ts";
import { DotSet } from "./dot-set.ts";
import { decodeDotSet, encodeDotSet } from "./dot-set-bytes.ts";
import { makeOrigin } from "./peer.ts";

const a = makeOrigin("a", 1);
const b = makeOrigin("b", 7);

test("a dot is told apart by origin and number", () => {
  expect(dotKey({ origin: a, seq: 3 })).toBe("a#1:3");
  expect(isSameDot({ origin: a, seq: 3 }, { origin: a, seq: 3 })).toBe(true);
  expect(isSameDot({ origin: a, seq: 3 }, { origin: b, seq: 3 })).toBe(false);
  expect(isSameDot({ origin: a, seq: 3 }, { origin: a, seq: 4 })).toBe(false);
});

describe("a dot set", () => {
  test("closes gaps as the missing dots arrive", () => {
    const set = DotSet.of({ origin: a, seq: 1 }, { origin: a, seq: 3 }, { origin: a, seq: 5 });
    expect([set.prefix(a), set.last(a), set.rangesCount, set.size]).toEqual([1, 5, 3, 3]);
    expect(set.add({ origin: a, seq: 2 })).toBe(true);
    expect([set.prefix(a), set.rangesCount]).toEqual([3, 2]);
    expect(set.addRange(a, 1, 9)).toBe(5);
    expect([...set.ranges()]).toEqual([{ origin: a, first: 1, last: 9 }]);
    expect(set.add({ origin: a, seq: 9 })).toBe(false);
    expect([set.prefix(b), set.last(b), set.has({ origin: b, seq: 1 })]).toEqual([0, 0, false]);
  });

  test("names what another lacks, no more than asked for", () => {
    const mine = new DotSet();
    mine.addRange(a, 1, Number.MAX_SAFE_INTEGER - 1);
    mine.addRange(b, 2, 3);
    const theirs = new DotSet();
    theirs.addRange(a, 1, 4);
    theirs.addRange(a, 6, 6);
    expect(mine.missingFrom(theirs, 3).map((dot) => dot.seq)).toEqual([5, 7, 8]);
    expect(mine.missingFrom(theirs, 0)).toEqual([]);
    expect(theirs.missingFrom(mine, 9)).toEqual([]);
    expect(DotSet.of({ origin: b, seq: 2 }).missingFrom(theirs, 9)).toEqual([
      { origin: b, seq: 2 },
    ]);
  });

  test("a clone goes its own way, a frozen set none", () => {
    const set = DotSet.of({ origin: a, seq: 1 });
    const copy = set.clone();
    copy.add({ origin: a, seq: 2 });
    expect([set.size, copy.size]).toEqual([1, 2]);
    expect(set.freeze()).toBe(set);
    expect(() => set.add({ origin: a, seq: 3 })).toThrow(AssertionError);
    expect(set.clone().add({ origin: a, seq: 3 })).toBe(true);
  });

  test("refuses numbers that name no dot", () => {
    for (const seq of [0, -1, 1.5, 2 ** 53]) {
      expect(() => new DotSet().add({ origin: a, seq })).toThrow(AssertionError);
    }
    expect(() => new DotSet().addRange(a, 5, 4)).toThrow(AssertionError);
  });

  test("a million dots in order stay one range", () => {
    const set = new DotSet();
    for (let seq = 1; seq <= 1_000_000; seq += 1) set.add({ origin: a, seq });
    expect([set.size, set.rangesCount, set.prefix(a)]).toEqual([1_000_000, 1, 1_000_000]);
  });
});

describe("in bytes", () => {
  test("the empty set and a small one have a fixed form", () => {
    expect([...encodeDotSet(new DotSet())]).toEqual([0]);
    const set = DotSet.of({ origin: b, seq: 2 });
    set.addRange(a, 1, 3);
    set.add({ origin: a, seq: 5 });
    const text = [..."a#1"].map((c) => c.charCodeAt(0));
    const other = [..."b#7"].map((c) => c.charCodeAt(0));
    const first = [0, 0, 3, ...text, 2, 0, 2, 0, 0];
    expect([...encodeDotSet(set)]).toEqual([2, ...first, 0, 0, 3, ...other, 1, 1, 0]);
  });

  test.each<[string, readonly number[]]>([
    ["no bytes", []],
    ["bytes left over", [0, 0]],
    ["no range", [1, 0, 0, 3, 97, 35, 49, 0]],
    ["an origin without boot", [1, 0, 0, 1, 97, 1, 0, 0]],
    ["an origin that is no text", [1, 0, 0, 3, 255, 35, 49, 1, 0, 0]],
    ["the same origin twice", [2, 0, 0, 3, 97, 35, 49, 1, 0, 0, 3, 0, 0, 1, 5, 0]],
    ["origins out of order", [2, 0, 0, 3, 98, 35, 49, 1, 0, 0, 0, 2, 1, 97, 1, 5, 0]],
    ["an origin too long", [1, 0, 0, 161, 1, ...new Array<number>(161).fill(97)]],
    ["more origins than allowed", [129, 128, 4]],
    ["more ranges than allowed", [1, 0, 0, 3, 97, 35, 49, 129, 128, 16, 0, 0]],
    ["a range beyond 2^53", [1, 0, 0, 3, 97, 35, 49, 1, 255, 255, 255, 255, 255, 255, 255, 15, 0]],
    ["a range cut off", [1, 0, 0, 3, 97, 35, 49, 1, 0]],
  ])("%s is no set", (_, bytes) => {
    expect(decodeDotSet(Uint8Array.from(bytes))).toBeUndefined();
  });

  test("a range of 2^53 dots costs nothing to hold", () => {
    const set = new DotSet();
    set.addRange(a, 1, Number.MAX_SAFE_INTEGER - 1);
    const decoded = decodeDotSet(encodeDotSet(set));
    expect(decoded?.size).toBe(Number.MAX_SAFE_INTEGER - 1);
    expect(decoded?.equals(set)).toBe(true);
  });
});
