import { expect, test } from "vitest";
import { makeOrigin } from "../../core/peer.ts";
import type { PublicDot } from "../../node/api.ts";
import { causesIn, headsAfter, headsOf, type NamedDot, namedCauses } from "./log-causes.ts";

const dot = (name: string, seq: number): PublicDot => ({ origin: makeOrigin(name, 1), seq });
const all = { has: () => true };

/** Random writers who have each seen a random part of what was written, with its causes. */
function randomHistory(below: (count: number) => number) {
  const entries: { dot: PublicDot; causes: readonly NamedDot[]; past: Set<string> }[] = [];
  const nameOf = ({ origin, seq }: NamedDot): string => `${origin}:${seq}`;
  for (let at = 0; at < 60; at += 1) {
    const past = new Set<string>();
    for (let seen = below(3); seen > 0 && entries.length > 0; seen -= 1) {
      const other = entries[below(entries.length)];
      for (const one of other?.past ?? []) past.add(one);
      if (other !== undefined) past.add(nameOf(other.dot));
    }
    const own = dot(`w${below(4)}`, at + 1);
    const causes = headsOf(entries, { has: (one) => past.has(nameOf(one)) });
    entries.push({ dot: own, causes, past });
  }
  return { entries, nameOf };
}

test("direct causes are the least that all others follow from", () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    let state = seed;
    const below = (count: number): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state % count;
    };
    const { entries, nameOf } = randomHistory(below);
    const byName = new Map(entries.map((entry) => [nameOf(entry.dot), entry]));
    for (const { causes, past } of entries) {
      const reached = causes.flatMap((one) => [
        nameOf(one),
        ...(byName.get(nameOf(one))?.past ?? []),
      ]);
      expect(new Set(reached)).toEqual(past);
      for (const one of causes) {
        const others = causes.filter((other) => other !== one);
        const isSpare = others.some((other) => byName.get(nameOf(other))?.past.has(nameOf(one)));
        expect(isSpare).toBe(false);
      }
    }
    let heads: NamedDot[] = [];
    for (const entry of entries) heads = headsAfter(heads, entry);
    expect(heads).toEqual(headsOf(entries, all));
  }
});

test("of many heads the last ones are named, and the others counted", () => {
  const heads = Array.from({ length: 40 }, (_, at) => dot("p1", at + 1));
  const { causes, causesLeftOut } = namedCauses(heads);
  expect([causes.length, causes[0]?.seq, causesLeftOut]).toEqual([32, 9, 8]);
  expect(namedCauses(heads.slice(0, 32))).toEqual({ causes: heads.slice(0, 32) });
});

test.each([
  [{}],
  [{ causes: "p1" }],
  [{ causes: [1] }],
  [{ causes: [{ origin: "p1#1", seq: 0 }] }],
  [{ causes: [{ origin: "p1#1", seq: 1.5 }] }],
  [{ causes: [{ origin: 7, seq: 1 }] }],
  [{ causes: [{ origin: "x".repeat(300), seq: 1 }] }],
  [{ causes: Array.from({ length: 33 }, () => ({ origin: "p1#1", seq: 1 })) }],
])("%j says no causes", (operation) => {
  expect(causesIn(operation)).toBeUndefined();
});

test("what an author says is taken without what does not belong to it", () => {
  const causes = [{ origin: "p1#1", seq: 1, more: "of it" }];
  const taken = { causes: [{ origin: "p1#1", seq: 1 }] };
  expect(causesIn({ causes, causesLeftOut: -1, value: 1 })).toEqual(taken);
  expect(causesIn({ causes, causesLeftOut: 3 })).toEqual({ ...taken, causesLeftOut: 3 });
});
