import fc from "fast-check";
import { expect, test } from "vitest";
import { holdsBytes, packBytes, unpackBytes } from "../packed-bytes.ts";
import { Random } from "../random.ts";
import { IntList } from "./int-list.ts";
import { indexSeed } from "./name-index.ts";
import { NameSet } from "./name-set.ts";
import { RandomSet } from "./random-set.ts";

test("a name set behaves as a random set, draw for draw", () => {
  const steps = fc.array(fc.record({ name: fc.nat(40), add: fc.boolean() }), { maxLength: 300 });
  fc.assert(
    fc.property(steps, fc.integer(), (given, seed) => {
      const names = new NameSet(seed);
      const model = new RandomSet<string>();
      for (const { name, add } of given) {
        const text = `n${name}`;
        if (add) expect(names.add(text)).toBe(model.add(text));
        else expect(names.delete(text)).toBe(model.delete(text));
        expect([...names]).toEqual([...model]);
      }
      for (let name = 0; name <= 40; name += 1) {
        expect(names.has(`n${name}`)).toBe(model.has(`n${name}`));
      }
      const [ours, theirs]: [string[], string[]] = [[], []];
      const count = names.sample({ random: new Random(3), count: 5, exclude: "n1" }, ours);
      expect(count).toBe(model.sample(new Random(3), 5, theirs, "n1"));
      expect(ours).toEqual(theirs);
    }),
  );
});

test("ten thousand names are found again, and gone after their removal", () => {
  const names = new NameSet(indexSeed(new Random(1)));
  for (let index = 0; index < 10_000; index += 1) names.add(`member-${index}`);
  for (let index = 0; index < 10_000; index += 2) names.delete(`member-${index}`);
  for (let index = 0; index < 10_000; index += 1) {
    expect(names.has(`member-${index}`)).toBe(index % 2 === 1);
  }
});

test("the seed of an index throws no dice", () => {
  const random = new Random(4);
  indexSeed(random);
  expect(random.state()).toEqual(new Random(4).state());
});

test("an int list behaves as a list", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })), (given) => {
      const list = new IntList();
      for (const value of given) list.push(value);
      const read = (): number[] => Array.from({ length: list.length }, (_, at) => list.at(at));
      expect(read()).toEqual(given);
      list.renumber((value) => (value % 2 === 0 ? Math.abs(value >> 1) : -1));
      expect(read()).toEqual(given.filter((v) => v % 2 === 0).map((v) => Math.abs(v >> 1)));
    }),
  );
});

test("packed bytes come back as they were, and are told from others", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 9_000 }), fc.uint8Array(), (bytes, other) => {
      const packed = packBytes(bytes);
      expect(unpackBytes(packed)).toEqual(bytes);
      expect(holdsBytes(packed, bytes)).toBe(true);
      expect(holdsBytes(packed, other)).toBe(packed === packBytes(other));
    }),
  );
});
