import { expect, test } from "vitest";
import { DotSet } from "./dot-set.ts";
import { encodeDotSet, readFixedDots } from "./dot-set-bytes.ts";
import { FixedDots } from "./fixed-dots.ts";
import { makeOrigin, type Origin } from "./peer.ts";
import { Random } from "./random.ts";
import { ByteReader } from "./varint.ts";

const origins = ["b", "a", "é", "a-much-longer-name"].map((name) => makeOrigin(name, 1));

function randomRange(random: Random): [Origin, number, number] {
  const first = 1 + random.below(60);
  return [random.pick(origins) ?? makeOrigin("b", 1), first, first + random.below(4)];
}

/** Few ranges, or so many that they are looked up in another way. */
function randomSet(random: Random): DotSet {
  const set = new DotSet();
  const count = random.below(random.chance(0.3) ? 80 : 8);
  for (let at = 0; at < count; at += 1) set.addRange(...randomRange(random));
  return set;
}

function checkSame(fixed: FixedDots, set: DotSet, other: DotSet): void {
  expect([...fixed.clone().ranges()]).toHaveLength(set.rangesCount);
  expect([fixed.size, fixed.rangesCount, fixed.originsCount, fixed.isEmpty]).toEqual([
    set.size,
    set.rangesCount,
    set.originsCount,
    set.isEmpty,
  ]);
  expect([fixed.equals(set), set.equals(fixed), fixed.hash()]).toEqual([true, true, set.hash()]);
  for (const origin of origins) {
    expect([fixed.prefix(origin), fixed.last(origin)]).toEqual([
      set.prefix(origin),
      set.last(origin),
    ]);
    for (let seq = 1; seq < 66; seq += 1) {
      expect(fixed.has({ origin, seq })).toBe(set.has({ origin, seq }));
    }
  }
  expect(fixed.contains(other)).toBe(set.contains(other));
  expect(other.contains(fixed)).toBe(other.contains(set));
  expect(fixed.isWithin(other)).toBe(other.contains(set));
  expect(fixed.equals(other)).toBe(set.equals(other));
  expect(fixed.union(other).equals(set.union(other))).toBe(true);
  expect(fixed.difference(other).equals(set.difference(other))).toBe(true);
  expect(other.difference(fixed).equals(other.difference(set))).toBe(true);
  expect(fixed.intersection(other).equals(set.intersection(other))).toBe(true);
  expect(fixed.joinedWith(FixedDots.from(other)).equals(set.union(other))).toBe(true);
  expect(fixed.hashWith(other)).toBe(set.hashWith(other));
}

test("fixed dots say of themselves what a dot set of the same dots says", () => {
  const random = new Random("fixed dots");
  for (let run = 0; run < 150; run += 1) {
    const set = randomSet(random);
    const fixed = FixedDots.from(set);
    checkSame(fixed, set, randomSet(random));
    const bytes = encodeDotSet(set);
    const read = readFixedDots(new ByteReader(bytes));
    expect(read?.equals(fixed)).toBe(true);
    expect(encodeDotSet(read ?? FixedDots.none)).toEqual(bytes);
  }
});

test("a longer set is another one, whichever way it grows", () => {
  const random = new Random("longer");
  for (let run = 0; run < 150; run += 1) {
    const set = randomSet(random);
    const before = FixedDots.from(set);
    const copy = set.clone();
    let fixed = before;
    for (let step = 0; step < 6; step += 1) {
      const range = randomRange(random);
      set.addRange(...range);
      fixed = fixed.with(...range);
    }
    checkSame(fixed, set, randomSet(random));
    expect(before.equals(copy)).toBe(true);
  }
});

test("what is in it already makes no other set", () => {
  const [origin = makeOrigin("b", 1)] = origins;
  const fixed = FixedDots.none.with(origin, 1, 5);
  expect(fixed.with(origin, 2, 5)).toBe(fixed);
  expect(FixedDots.from(fixed)).toBe(fixed);
  expect(FixedDots.from(new DotSet())).toBe(FixedDots.none);
});
