import { expect, test } from "vitest";
import { census } from "./census.ts";

class Table {
  readonly rows = new Map<string, number[]>();
}

test("a census finds what grows, wherever it is, and names the place", () => {
  const table = new Table();
  for (let i = 0; i < 30; i += 1) table.rows.set(`row ${i}`, [1, 2, 3]);
  const root = { inside: { table, again: table }, few: [1] };
  expect(census(root, 2)).toEqual([
    { path: "Table.rows", largest: 30, total: 30 },
    { path: "Table.rows[]", largest: 3, total: 90 },
  ]);
});

test("a circle is gone round once", () => {
  const one: { other?: object; list: number[] } = { list: [1, 2] };
  one.other = { one };
  expect(census(one)).toEqual([{ path: ".list", largest: 2, total: 2 }]);
});
