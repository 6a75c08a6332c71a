import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssertionError } from "./assert.ts";
import { Random } from "./random.ts";

function draws(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => random.uint32());
}

/** Pearson's statistic of `draw` over `cells` equally likely cells. */
function chiSquare(cells: number, count: number, draw: () => number): number {
  const seen = new Array<number>(cells).fill(0);
  for (let n = 0; n < count; n += 1) {
    const cell = draw();
    seen[cell] = (seen[cell] ?? 0) + 1;
  }
  const expected = count / cells;
  return seen.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
}

describe("a sequence", () => {
  test("is fixed for ever by its seed", () => {
    expect(draws(new Random(1), 4)).toMatchInlineSnapshot(`
      [
        727315524,
        3553276802,
        3021142415,
        2308193583,
      ]
    `);
    expect(draws(Random.derive(1, "a", "swim"), 4)).toMatchInlineSnapshot(`
      [
        2811605643,
        397610026,
        302835832,
        307433189,
      ]
    `);
    expect(new Random("hearsay").real()).toMatchInlineSnapshot(`0.8774024984304692`);
    expect(new Random(7).normal(0, 1)).toMatchInlineSnapshot(`-0.6843927508066778`);
  });

  test("differs for other seeds, nodes, channels and splits of the path", () => {
    const paths = [
      [1],
      [2],
      ["1"],
      [1, 1],
      ["a", "bc"],
      ["ab", "c"],
      ["abc"],
      [1, "a", "x"],
      [1, "a", "y"],
    ];
    const firsts = paths.map((path) => draws(Random.derive(...path), 2).join());
    expect(new Set(firsts).size).toBe(paths.length);
    expect(draws(new Random(1n), 3)).toEqual(draws(new Random(1), 3));
  });

  test("goes on from a saved state", () => {
    const random = new Random(5);
    draws(random, 9);
    const state = random.state();
    expect(draws(Random.restore(state), 20)).toEqual(draws(random, 20));
  });

  test("of neighbouring seeds has no common bits beyond chance", () => {
    let same = 0;
    for (let seed = 0; seed < 2_000; seed += 1) {
      const difference = new Random(seed).uint32() ^ new Random(seed + 1).uint32();
      for (let bit = 0; bit < 32; bit += 1) same += (difference >>> bit) & 1 ? 0 : 1;
    }
    expect(same / 64_000).toBeGreaterThan(0.49);
    expect(same / 64_000).toBeLessThan(0.51);
  });
});

describe("uniformity", () => {
  // 99.99 % of chi-square with 9, 255 and 99 degrees of freedom stay below.
  test("of below, of bytes and of real", () => {
    const random = new Random(3);
    expect(chiSquare(10, 100_000, () => random.below(10))).toBeLessThan(34);
    expect(chiSquare(256, 100_000, () => random.uint32() & 255)).toBeLessThan(350);
    expect(chiSquare(100, 100_000, () => Math.floor(random.real() * 100))).toBeLessThan(165);
    expect(chiSquare(256, 100_000, () => random.bytes(3)[2] ?? 0)).toBeLessThan(350);
  });

  test("of below near powers of two and beyond 32 bits", () => {
    const random = new Random(4);
    const large = 3 * 2 ** 51;
    expect(chiSquare(3, 30_000, () => Math.floor(random.below(large) / 2 ** 51))).toBeLessThan(19);
    const third = 3 * 2 ** 30;
    expect(chiSquare(3, 30_000, () => Math.floor(random.below(third) / 2 ** 30))).toBeLessThan(19);
  });

  test("of every ordered sample", () => {
    const random = new Random(6);
    const cellOf = (): number => {
      const [first = 0, second = 0] = random.sampleIndexes(4, 2);
      return first * 3 + (second > first ? second - 1 : second);
    };
    expect(chiSquare(12, 60_000, cellOf)).toBeLessThan(38);
  });

  test("of every order of a shuffle", () => {
    const random = new Random(8);
    const orders = ["abc", "acb", "bac", "bca", "cab", "cba"];
    const draw = (): number => orders.indexOf(random.shuffle(["a", "b", "c"]).join(""));
    expect(chiSquare(6, 60_000, draw)).toBeLessThan(26);
  });
});

test("below stays below, and refuses what is no bound", () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      (seed, bound) => {
        const draw = new Random(seed).below(bound);
        expect(draw >= 0 && draw < bound && Number.isInteger(draw)).toBe(true);
      },
    ),
  );
  for (const bound of [0, -1, 1.5, Number.NaN]) {
    expect(() => new Random(1).below(bound)).toThrow(AssertionError);
  }
});

test("samples are distinct and no longer than what there is", () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(60), fc.nat(60), (seed, bound, count) => {
      const sample = new Random(seed).sampleIndexes(bound, count);
      expect(sample.length).toBe(Math.min(bound, count));
      expect(new Set(sample).size).toBe(sample.length);
      expect(sample.every((index) => index >= 0 && index < bound)).toBe(true);
    }),
  );
});

test("chance, pick and bytes at their edges", () => {
  const random = new Random(9);
  expect(Array.from({ length: 100 }, () => random.chance(0)).includes(true)).toBe(false);
  expect(Array.from({ length: 100 }, () => random.chance(1)).includes(false)).toBe(false);
  expect(random.pick([])).toBeUndefined();
  expect(random.pick(["only"])).toBe("only");
  expect(random.bytes(0).length).toBe(0);
  expect(random.bytes(7).length).toBe(7);
});

test("exponential and normal draws have their mean and deviation", () => {
  const random = new Random(10);
  let sum = 0;
  let squares = 0;
  let waiting = 0;
  const count = 50_000;
  for (let n = 0; n < count; n += 1) {
    const x = random.normal(5, 2);
    sum += x;
    squares += (x - 5) ** 2;
    waiting += random.exponential(3);
  }
  expect(sum / count).toBeCloseTo(5, 1);
  expect(Math.sqrt(squares / count)).toBeCloseTo(2, 1);
  expect(waiting / count).toBeCloseTo(3, 1);
});
