import { expect, test } from "vitest";
import { assertCommutes, findOrderConflict } from "./commutativity.ts";

interface Add {
  readonly kind: "add" | "double";
  readonly by: number;
}

const sum = (state: number, { by, kind }: Add): number => (kind === "add" ? state + by : state * 2);

test("a pair whose order matters is found, with what came before and both states", () => {
  const options = {
    reducer: sum,
    initial: 1,
    operation: (random: { below(count: number): number }): Add => ({
      kind: random.below(2) === 0 ? "add" : "double",
      by: 1 + random.below(3),
    }),
  };
  const conflict = findOrderConflict(options);
  expect(new Set(conflict?.pair.map(({ kind }) => kind))).toEqual(new Set(["add", "double"]));
  expect(conflict?.states[0]).not.toBe(conflict?.states[1]);
  expect(findOrderConflict(options)).toEqual(conflict);
  expect(() => assertCommutes(options)).toThrow(/TEST_CLUSTER.*the other way round.*total/);
  // Those that never meet do not have to commute.
  const mayMeet = (one: Add, other: Add): boolean => one.kind === other.kind;
  expect(findOrderConflict({ ...options, mayMeet })).toBeUndefined();
});

test("what commutes is found fit: sums, sets in any order of insertion, and what throws", () => {
  assertCommutes({
    reducer: (state: number, by: number) => state + by,
    initial: 0,
    operation: (random) => random.below(100),
  });
  assertCommutes({
    reducer: (state: ReadonlySet<string>, word: string) => {
      if (word === "7") throw new Error("no");
      return new Set([...state, word]);
    },
    initial: new Set<string>(),
    operation: (random) => `${random.below(10)}`,
  });
});

test("the states are shown by who knows what their readers see", () => {
  const options = {
    reducer: (state: readonly string[], word: string) => [...state, word],
    initial: [] as readonly string[],
    operation: (random: { below(count: number): number }) => `${random.below(10)}`,
  };
  expect(findOrderConflict(options)?.states[0]).toBeInstanceOf(Array);
  const show = (state: readonly string[]): string => [...state].sort().join();
  expect(findOrderConflict({ ...options, show, roundsCount: 200, seed: 9 })).toBeUndefined();
});
