import { expect, test } from "vitest";
import { historyLines, type Operation } from "./history.ts";
import { judgeHistory, type ReadHistory, readHistory } from "./history-file.ts";

const NEVER = Number.POSITIVE_INFINITY;

const good: Operation<unknown, unknown>[] = [
  {
    process: "a",
    callMs: 0,
    returnMs: 1,
    input: { kind: "write", key: "r", value: "1" },
    output: "",
  },
  { process: "b", callMs: 2, returnMs: 3, input: { kind: "read", key: "r" }, output: "1" },
  {
    ...{ process: "b", callMs: 4, returnMs: NEVER, output: undefined },
    input: { kind: "swap", key: "r", from: "1", to: "2" },
  },
  { process: "a", callMs: 5, returnMs: 6, input: { kind: "read", key: "r" }, output: "2" },
  {
    process: "a",
    callMs: 0,
    returnMs: 1,
    input: { kind: "enqueue", queue: "q", value: "x" },
    output: "",
  },
  { process: "b", callMs: 2, returnMs: 3, input: { kind: "dequeue", queue: "q" }, output: "x" },
  {
    process: "a",
    callMs: 0,
    returnMs: 1,
    input: { kind: "append", list: "l", value: "x" },
    output: [],
  },
  { process: "b", callMs: 2, returnMs: 3, input: { kind: "read", list: "l" }, output: ["x"] },
];

function read(text: string): ReadHistory {
  const history = readHistory(text);
  if (typeof history === "number") throw new Error(`line ${history}`);
  return history;
}

test("what was written is read, and judged each kind by itself", () => {
  const history = read(`\n${historyLines(good)}\n`);
  expect([...history.registers, ...history.queues, ...history.lists]).toEqual(good);
  const kinds = judgeHistory(history).map(({ object, operationsCount, verdict }) => {
    return [object, operationsCount, verdict.kind];
  });
  expect(kinds).toEqual([
    ["register", 4, "linearizable"],
    ["queue", 2, "linearizable"],
    ["list", 2, "linearizable"],
  ]);
});

test.each([
  ["a stale read", 3, { output: "1" }, "linearizable"],
  ["a value that nobody wrote", 3, { output: "9" }, "violated"],
  ["a lost write", 1, { output: "" }, "violated"],
  ["a double", 5, { callMs: 9, returnMs: 10, output: "y" }, "violated"],
])("%s is found where there is none to explain it", (_, place, change, kind) => {
  const planted = good.map((one, index) => (index === place ? { ...one, ...change } : one));
  const verdicts = judgeHistory(read(historyLines(planted)));
  const worst = verdicts.find(({ verdict }) => verdict.kind !== "linearizable");
  expect(worst?.verdict.kind ?? "linearizable").toBe(kind);
});

test.each([
  "{",
  "[]",
  '{"process":"a","call":0,"return":1,"output":""}',
  '{"process":"a","call":"0","return":1,"input":{"kind":"read","key":"r"},"output":""}',
  '{"process":"a","call":0,"return":1,"input":{"kind":"grow","key":"r"},"output":""}',
  '{"process":"a","call":0,"return":1,"input":{"kind":"write","key":"r"},"output":""}',
  '{"process":"a","call":0,"return":1,"input":{"kind":"read","key":"r"},"output":7}',
  '{"process":"a","call":0,"return":1,"input":{"kind":"read","key":"r"}}',
  '{"process":"a","call":0,"return":1,"input":{"kind":"read","list":"l"},"output":"x"}',
])("a line that is none is named: %s", (line) => {
  expect(readHistory(`${historyLines(good)}${line}\n`)).toBe(good.length + 1);
});
