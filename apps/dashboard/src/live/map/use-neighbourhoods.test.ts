import { expect, test } from "vitest";
import { withAnswer } from "./use-neighbourhoods.ts";

const said = (name: string, active: readonly string[]) => {
  return { name, status: "answered" as const, active, passive: [] };
};

test("what nodes said is kept until they say something else, or are no members any more", () => {
  const members = new Set(["a", "b"]);
  const first = withAnswer(new Map(), { nodes: [said("a", ["b"]), said("x", ["a"])] }, members);
  expect([...first.keys()]).toEqual(["a"]);
  const silent = { name: "a", status: "silent" as const, active: [], passive: [] };
  const second = withAnswer(first, { nodes: [silent, said("b", ["a"])] }, members);
  expect(second.get("a")?.active).toEqual(["b"]);
  const third = withAnswer(second, { nodes: [said("b", [])] }, new Set(["b"]));
  expect([...third].map(([name, { active }]) => [name, active])).toEqual([["b", []]]);
});
