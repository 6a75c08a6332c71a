import { expect, test } from "vitest";
import type { VersionHistoryAnswer } from "../../../../../src/agent/routes/versions.messages.ts";
import { placedVersions, remembered } from "./version-graph.ts";

type Answer = VersionHistoryAnswer["versions"][number];

function version(name: string, seq: number, seen: Readonly<Record<string, number>>): Answer {
  const runs = Object.entries(seen).map(([one, last]) => ({ origin: `${one}#1`, first: 1, last }));
  const clock = { ms: seq * 10, counter: 0 };
  return {
    value: `${name}${seq}`,
    from: name,
    dot: { origin: `${name}#1`, seq },
    clock,
    seen: runs,
  };
}
const history = (
  versions: readonly Answer[],
  replaced: VersionHistoryAnswer["replaced"] = [],
): VersionHistoryAnswer => ({ store: "s", key: "k", versions, replaced, context: "c" });

const shape = (nodes: Parameters<typeof placedVersions>[0]) =>
  placedVersions(nodes).map(({ column, node, offset, parents }) => {
    return `${node.name} ${node.kind} ${column}/${offset} < ${parents.join(" ")}`;
  });

test("branches that grew while somebody looked are joined by the write that saw both", () => {
  const first = remembered([], history([version("p", 1, {})]));
  expect(shape(first)).toEqual(["p#1:1 head 0/0 < "]);
  const split = remembered(
    first,
    history([version("p", 2, { p: 1 }), version("q", 3, { p: 1 })], [{ origin: "p#1", seq: 1 }]),
  );
  expect(shape(split)).toEqual([
    "p#1:1 remembered 0/0 < ",
    "p#1:2 head 1/-0.5 < p#1:1",
    "q#1:3 head 1/0.5 < p#1:1",
  ]);
  const merged = remembered(split, history([version("r", 4, { p: 2, q: 3 })]));
  expect(shape(merged).at(-1)).toBe("r#1:4 head 2/0 < p#1:2 q#1:3");
});

test("of what was replaced before, the numbers are shown while the store remembers them", () => {
  const nodes = remembered([], history([version("p", 2, { p: 1 })], [{ origin: "p#1", seq: 1 }]));
  expect(shape(nodes)).toEqual(["p#1:1 number 0/0 < ", "p#1:2 head 1/0 < p#1:1"]);
});

test("however many writes there were, the last ones are shown; and absurd ones end", () => {
  let nodes = remembered([], history([]));
  for (let seq = 1; seq <= 100; seq += 1) {
    nodes = remembered(nodes, history([version("p", seq, { p: seq - 1 })]));
  }
  expect(nodes).toHaveLength(40);
  expect(placedVersions(nodes).at(-1)?.column).toBe(39);
  const loop = history([version("p", 1, { q: 2 }), version("q", 2, { p: 1 })]);
  expect(placedVersions(remembered([], loop))).toHaveLength(2);
});
