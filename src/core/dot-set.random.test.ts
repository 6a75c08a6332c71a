import { expect, test } from "vitest";
import { DotSet } from "./dot-set.ts";
import { makeOrigin } from "./peer.ts";
import { Random } from "./random.ts";

const origins = [makeOrigin("a", 1), makeOrigin("b", 1), makeOrigin("c", 1)] as const;

/** A set, and the dots that ought to be in it. */
interface Twin {
  set: DotSet;
  dots: ReadonlySet<string>;
}

/** The same dots in an order in which no shortcut helps. */
function rebuilt(dots: ReadonlySet<string>): DotSet {
  const set = new DotSet();
  for (const dot of [...dots].sort().reverse()) {
    const origin = origins.find((one) => dot.startsWith(`${one} `));
    if (origin !== undefined) set.add({ origin, seq: Number(dot.split(" ")[1]) });
  }
  return set;
}

function grow(twin: Twin, random: Random): void {
  const origin = random.pick(origins) ?? origins[0];
  const isNext = random.chance(0.6);
  const first = isNext ? twin.set.last(origin) + 1 : 1 + random.below(30);
  const last = first + random.below(isNext ? 2 : 6);
  const dots = new Set(twin.dots);
  for (let seq = first; seq <= last; seq += 1) dots.add(`${origin} ${seq}`);
  expect(twin.set.addRange(origin, first, last)).toBe(dots.size - twin.dots.size);
  twin.dots = dots;
}

function combine(twin: Twin, { dots, set }: Twin, random: Random): void {
  switch (random.below(3)) {
    case 0: {
      const hash = twin.set.hashWith(set);
      twin.set = twin.set.union(set);
      twin.dots = new Set([...twin.dots, ...dots]);
      expect(twin.set.hash()).toBe(hash);
      return;
    }
    case 1:
      twin.set = twin.set.difference(set);
      twin.dots = new Set([...twin.dots].filter((dot) => !dots.has(dot)));
      return;
    default:
      twin.set = twin.set.intersection(set);
      twin.dots = new Set([...twin.dots].filter((dot) => dots.has(dot)));
  }
}

function check({ dots, set }: Twin, other: Twin): void {
  expect(set.size).toBe(dots.size);
  expect(new Set([...set].map(({ origin, seq }) => `${origin} ${seq}`))).toEqual(dots);
  expect(set.contains(other.set)).toBe([...other.dots].every((dot) => dots.has(dot)));
  const same = rebuilt(dots);
  expect([set.hash(), set.equals(same)]).toEqual([same.hash(), true]);
}

test("any order of calls gives the dots, sizes and hashes of a plain set", () => {
  const random = new Random(11);
  for (let round = 0; round < 60; round += 1) {
    const twins = [0, 1, 2].map((): Twin => ({ set: new DotSet(), dots: new Set() }));
    for (let step = 0; step < 150; step += 1) {
      const [twin, other] = [random.pick(twins), random.pick(twins)];
      if (twin === undefined || other === undefined) throw new Error("there are three");
      const dice = random.below(10);
      if (dice < 6) grow(twin, random);
      else if (dice === 6) combine(twin, other, random);
      else if (dice === 7) twin.set = twin.set.freeze().clone();
      else if (dice === 8) check(twin, other);
    }
  }
});
