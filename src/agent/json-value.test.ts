import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fromJson, toJson } from "./json-value.ts";

const throughText = (value: unknown): unknown =>
  fromJson(JSON.parse(JSON.stringify(toJson(value))));

test("every value a topic can carry survives JSON", () => {
  const value = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.double(),
      fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
      fc.uint8Array({ maxLength: 20 }),
      fc.date({ noInvalidDate: true }),
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(
        fc.oneof(fc.string(), fc.constantFrom("$bytes", "$plain", "$date", "__proto__")),
        tie("tree"),
        { maxKeys: 3, noNullPrototype: true },
      ),
    ),
  })).tree;
  fc.assert(
    fc.property(value, (it) => {
      expect(throughText(it)).toStrictEqual(it);
    }),
  );
});

test("signs that hold nonsense are refused", () => {
  for (const bad of [
    { $bytes: "not base64!" },
    { $bytes: 1 },
    { $bigint: "1e5" },
    { $date: "tomorrow" },
    { $number: "12" },
    { $plain: 5 },
  ]) {
    expect(() => fromJson(bad)).toThrow("ADMIN_BAD_REQUEST");
  }
});

test("depth is bounded both ways", () => {
  const deep = (count: number): unknown => JSON.parse("[".repeat(count) + "]".repeat(count));
  expect(() => fromJson(deep(100_000))).toThrow("ADMIN_BAD_REQUEST");
  expect(JSON.stringify(toJson(deep(100_000)))).toHaveLength(2 * 101 + 4);
});
