import fc from "fast-check";
import { expect, test } from "vitest";
import { type Dot, dotKey } from "../../src/core/dot.ts";
import { DotSet } from "../../src/core/dot-set.ts";
import { decodeDotSet, encodeDotSet } from "../../src/core/dot-set-bytes.ts";
import { makeOrigin } from "../../src/core/peer.ts";

const origins = [makeOrigin("a", 1), makeOrigin("a", 2), makeOrigin("é#x", 0)] as const;

const dots = fc.array(
  fc.record({ origin: fc.constantFrom(...origins), seq: fc.integer({ min: 1, max: 30 }) }),
  { maxLength: 80 },
);
const runs = { numRuns: 500 };

function keys(list: Iterable<Dot>): Set<string> {
  return new Set([...list].map(dotKey));
}

test("a dot set holds what a plain set holds", () => {
  fc.assert(
    fc.property(dots, dots, (list, asked) => {
      const set = new DotSet();
      const model = new Set<string>();
      for (const dot of list) {
        expect(set.add(dot)).toBe(!model.has(dotKey(dot)));
        model.add(dotKey(dot));
        expect(set.size).toBe(model.size);
      }
      expect(keys(set)).toEqual(model);
      for (const dot of asked) expect(set.has(dot)).toBe(model.has(dotKey(dot)));
      for (const origin of origins) {
        let prefix = 0;
        while (model.has(dotKey({ origin, seq: prefix + 1 }))) prefix += 1;
        expect(set.prefix(origin)).toBe(prefix);
      }
    }),
    runs,
  );
});

test("its algebra is that of plain sets", () => {
  fc.assert(
    fc.property(dots, dots, fc.nat(20), (left, right, maxCount) => {
      const [x, y] = [DotSet.of(...left), DotSet.of(...right)];
      const [p, q] = [keys(left), keys(right)];
      const lacking = [...p].filter((key) => !q.has(key));
      expect(keys(x.union(y))).toEqual(new Set([...p, ...q]));
      expect(keys(x.difference(y))).toEqual(new Set(lacking));
      expect(keys(x.intersection(y))).toEqual(new Set([...p].filter((key) => q.has(key))));
      expect(x.contains(y)).toBe([...q].every((key) => p.has(key)));
      expect(x.equals(y)).toBe(p.size === q.size && lacking.length === 0);
      const missing = x.missingFrom(y, maxCount).map(dotKey);
      expect(missing.length).toBe(Math.min(maxCount, lacking.length));
      expect(missing.every((key) => lacking.includes(key))).toBe(true);
      expect(x.isEmpty).toBe(p.size === 0);
    }),
    runs,
  );
});

test("equal sets have equal ranges, hashes and bytes in whatever order they were built", () => {
  fc.assert(
    fc.property(dots, fc.nat(), (list, rotation) => {
      const cut = list.length === 0 ? 0 : rotation % list.length;
      const one = DotSet.of(...list);
      const other = DotSet.of(...list.slice(cut)).union(DotSet.of(...list.slice(0, cut)));
      expect(one.hash()).toBe(other.hash());
      expect(encodeDotSet(one)).toEqual(encodeDotSet(other));
      for (const origin of origins) {
        const ranges = [...one.ranges()].filter((range) => range.origin === origin);
        for (const [index, range] of ranges.entries()) {
          expect(range.first <= range.last).toBe(true);
          if (index > 0) expect(range.first).toBeGreaterThan((ranges[index - 1]?.last ?? 0) + 1);
        }
      }
      const decoded = decodeDotSet(encodeDotSet(one));
      expect(decoded?.equals(one)).toBe(true);
      expect(decoded?.hash()).toBe(one.hash());
    }),
    runs,
  );
});

test("different sets have different hashes, even those that differ in one dot", () => {
  const seen = new Map<number, string>();
  for (const origin of origins) {
    for (let first = 1; first <= 60; first += 1) {
      for (let last = first; last <= 60; last += 1) {
        const set = new DotSet();
        set.addRange(origin, first, last);
        expect(seen.has(set.hash())).toBe(false);
        seen.set(set.hash(), `${origin} ${first} ${last}`);
      }
    }
  }
});

test("hostile bytes give undefined or a set in its one form, and never throw", () => {
  const set = DotSet.of({ origin: origins[0], seq: 1 }, { origin: origins[2], seq: 9 });
  const good = encodeDotSet(set);
  const bent = fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([index, byte]) => {
    const bytes = good.slice();
    bytes[index] = byte;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), bent), (bytes) => {
      const decoded = decodeDotSet(bytes);
      if (decoded !== undefined) expect(encodeDotSet(decoded)).toEqual(bytes);
    }),
    { numRuns: 3_000 },
  );
});
