import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeNode } from "../agent/fake-node.ts";
import type { Agent } from "../agent/run-agent.ts";
import { runAt, startFakeAgent } from "./agents-rig.ts";

let fake: FakeNode;
let agent: Agent;

beforeEach(async () => {
  fake = new FakeNode("p1");
  agent = await startFakeAgent(fake);
  const rest = { ageMs: 1_240, epoch: 7, rounds: 30 };
  fake.aggregateReports = [
    {
      name: "load",
      kind: "number",
      own: 0.5,
      estimates: {
        average: { value: 1 / 3, errorBound: 0.001, stale: false, ...rest },
        count: { value: 5, errorBound: Number.POSITIVE_INFINITY, stale: true, ...rest },
        max: undefined,
      },
      top: [
        { item: "/a", atLeast: 3, atMost: 4, certain: true },
        { item: "/b", atLeast: 2, atMost: 3, certain: false },
      ],
    },
  ];
});

afterEach(() => agent.stop());

const aggregate = (...args: readonly string[]) => runAt(agent, ["aggregate", ...args]);
const cells = (text: string): string[][] => text.split("\n").map((line) => line.split(/ {2,}/));

test("aggregates are listed, and one is shown with how well it is known", async () => {
  expect(cells((await aggregate("ls")).out).slice(0, 2)).toEqual([
    ["NAME", "OWN", "AVERAGE", "SUM", "COUNT", "MIN", "MAX"],
    ["load", "0.5", "0.333333", "-", "~5", "-", "-"],
  ]);
  const shown = await aggregate("get", "load");
  expect(cells(shown.out).slice(0, 5)).toEqual([
    ["STATISTIC", "VALUE", "OFF BY AT MOST", "AGE", "ROUNDS"],
    ["average", "0.333333", "0.001", "1.2 s", "30"],
    ["count", "~5", "unknown", "1.2 s", "30"],
    ["/a: 3 to 4 times"],
    ["/b: 2 to 3 times, not certainly among the first"],
  ]);
  const json = JSON.parse((await aggregate("get", "load", "--json")).out);
  expect(json).toMatchObject({ own: 0.5, estimates: { count: { errorBound: null } } });
  const all = JSON.parse((await aggregate("ls", "--json")).out);
  expect(all.aggregates).toHaveLength(1);
});

test("what is not there, and what makes no sense, is said so", async () => {
  expect((await aggregate("get", "other")).err).toMatch(/takes part in no aggregate "other"/);
  expect(await aggregate("sing")).toMatchObject({ code: 2 });
  expect(await aggregate("get")).toMatchObject({ code: 2 });
});
