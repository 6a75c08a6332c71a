import { expect, test } from "vitest";
import type { LogEntryAnswer } from "../../../../../src/agent/routes/logs.messages.ts";
import { causalGraph, concurrentWith } from "./causal-graph.ts";

type Dot = LogEntryAnswer["dot"];
const dot = (name: string, seq = 1): Dot => ({ origin: `${name}#1`, seq });

function entry(name: string, causes: readonly Dot[] | undefined, seq = 1): LogEntryAnswer {
  const base = {
    index: 0,
    value: name,
    from: name,
    dot: dot(name, seq),
    clock: { ms: 1, counter: 0 },
  };
  return causes === undefined ? base : { ...base, causes };
}

test("two that are concurrent have no arrow, and one that saw both has two", () => {
  const graph = causalGraph([
    entry("b", []),
    entry("a", []),
    entry("c", [dot("a"), dot("b")]),
    entry("a", [dot("c")], 2),
  ]);
  expect(graph.lanes).toEqual(["a", "b", "c"]);
  expect(graph.rows.map(({ lane }) => lane)).toEqual([1, 0, 2, 0]);
  expect(graph.arrows).toEqual([
    { from: 0, to: 2 },
    { from: 1, to: 2 },
    { from: 2, to: 3 },
  ]);
  expect(concurrentWith(graph, 0)).toEqual([1]);
  expect(concurrentWith(graph, 3)).toEqual([]);
});

test("a cause that another one leads to is left out, and those not shown are counted", () => {
  const older = dot("z", 9);
  const spare = entry("c", [dot("a"), dot("b"), older]);
  const graph = causalGraph([entry("a", []), entry("b", [dot("a")]), spare]);
  expect(graph.arrows).toEqual([
    { from: 0, to: 1 },
    { from: 1, to: 2 },
  ]);
  expect(graph.rows[2]?.hiddenCount).toBe(1);
  expect(graph.rows[2]?.past).toEqual(new Set([0, 1]));
});

test("what cannot be is drawn as if it were not said", () => {
  const selfish = entry("a", [dot("a"), dot("b")]);
  const graph = causalGraph([selfish, entry("b", [dot("a"), dot("a")]), entry("c", undefined)]);
  expect(graph.arrows).toEqual([{ from: 0, to: 1 }]);
  // Whose author did not say is not called concurrent with anything.
  expect(concurrentWith(graph, 0)).toEqual([]);
  expect(concurrentWith(graph, 2)).toEqual([]);
});
