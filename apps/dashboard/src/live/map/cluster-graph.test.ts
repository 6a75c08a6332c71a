import { expect, test } from "vitest";
import type { Member } from "../../../../../src/agent/admin.messages.ts";
import { graphOf, type LinksShown, type Neighbourhood } from "./cluster-graph.ts";

const members = ["c", "a", "b"].map((name) => ({ name, status: "alive" }) as Member);

function shown(neighbourhoods: readonly Neighbourhood[], links: LinksShown = "all") {
  const graph = graphOf(members, "b", neighbourhoods, links);
  const nameOf = (at: number) => graph.members[at]!.name;
  return graph.edges.map(({ from, isDouble, kind, to, ways }) => {
    return `${nameOf(from)}${nameOf(to)} ${kind} ${ways}${isDouble ? " double" : ""}`;
  });
}

test("a link that both keep is one line; what only one says has a direction", () => {
  expect(
    shown([
      { name: "a", active: ["b", "c", "nobody", "a"] },
      { name: "b", active: ["a"] },
    ]),
  ).toEqual(["ab view both", "ac view one"]);
});

test("the strongest kind counts, each way by itself", () => {
  expect(
    shown([
      { name: "a", active: ["b"], eager: ["b"], passive: ["b"] },
      { name: "b", active: ["a"], lazy: ["a"] },
    ]),
  ).toEqual(["ab eager one double", "ba lazy one double"]);
});

test("reserves are a choice of their own, and move nobody on the map", () => {
  const told = [{ name: "a", active: ["b"], passive: ["c"] }];
  expect(shown(told, "used")).toEqual(["ab view one"]);
  expect(shown(told, "reserve")).toEqual(["ac reserve one"]);
  expect(graphOf(members, "b", told, "reserve")).toMatchObject({ near: [[0, 1]], self: 1 });
});
