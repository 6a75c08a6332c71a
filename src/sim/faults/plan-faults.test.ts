import { describe, expect, it } from "vitest";
import type { Fault, NodeChoice } from "./fault.ts";
import { NodeDraw, planFaults } from "./plan-faults.ts";

const groups = (choices: Record<string, NodeChoice>) => new Map(Object.entries(choices));
const crash = (nodes: NodeChoice, change: Partial<Fault> = {}): Fault =>
  ({ atMs: 0, do: "crash", nodes, what: "process", disk: "kept", ...change }) as Fault;
const struck = (draw: NodeDraw, ...faults: Fault[]) =>
  planFaults(faults, draw).map((fault) => ("nodes" in fault ? fault.nodes : []));

describe("who is who", () => {
  it("is drawn by the seed: groups do not overlap, and rest is whoever is left", () => {
    const choices = groups({ west: { ratio: 0.5 }, few: { count: 3 }, named: [0, 9] });
    const draw = new NodeDraw(
      7,
      20,
      groups({ named: [0, 9], west: { ratio: 0.5 }, few: { count: 3 } }),
    );
    const all = ["west", "few", "named", "rest"].flatMap((name) => draw.resolve(name, "x", "x"));
    expect([...all].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at));
    expect(draw.resolve("west", "x", "x")).toHaveLength(10);
    expect(draw.resolve("few", "x", "x")).toHaveLength(3);
    expect(draw.resolve("all", "x", "x")).toHaveLength(20);
    expect(choices.size).toBe(3);
  });

  it("is the same for the same seed, and another for another", () => {
    const west = (seed: number) =>
      new NodeDraw(seed, 40, groups({ west: { count: 12 } })).resolve("west", "x", "x");
    expect(west(3)).toEqual(west(3));
    expect(west(3)).not.toEqual(west(4));
  });

  it("does not change for one line of a plan when another one goes", () => {
    const draw = new NodeDraw(5, 100, groups({}));
    const [, second] = struck(draw, crash({ count: 5 }), crash({ count: 5 }));
    expect(draw.resolve({ count: 5 }, "x", "faults[1]#0.nodes")).toEqual(second);
  });

  it.each([
    [{ a: { count: 8 }, b: { count: 5 } }, "groups.b wants 5 nodes, but 2 of 10 are left"],
    [{ a: [3], b: [3] }, "groups.b: node 3 is in another group"],
    [{ a: [10] }, "groups.a: node 10 is in another group, or above 9"],
    [{ a: "all" }, "groups.a must say how many"],
  ])("cannot be drawn from %j", (choices, message) => {
    expect(() => new NodeDraw(1, 10, groups(choices as Record<string, NodeChoice>))).toThrow(
      message,
    );
  });
});

describe("a plan", () => {
  const draw = new NodeDraw(1, 10, groups({ pair: [4, 7] }));

  it("has every repetition as a line, in order, with the nodes drawn anew", () => {
    const faults = [
      crash({ count: 2 }, { atMs: 10, everyMs: 100, timesCount: 3, forMs: 5 }),
      crash("pair", { atMs: 50 }),
    ];
    const plan = planFaults(faults, draw);
    expect(plan.map((fault) => fault.atMs)).toEqual([10, 50, 110, 210]);
    expect(plan[1]).toEqual({ ...crash([4, 7]), atMs: 50 });
    expect(plan[0]).toMatchObject({ forMs: 5 });
    const drawn = [plan[0], plan[2], plan[3]].map((fault) => JSON.stringify(fault));
    expect(
      new Set(drawn.map((text) => /"nodes":(\[[^\]]*\])/.exec(text)?.[1])).size,
    ).toBeGreaterThan(1);
  });

  it("names the fault whose group or node does not exist", () => {
    expect(() => planFaults([crash([1]), crash("east")], draw)).toThrow(
      'faults[1].nodes names the group "east", which does not exist. Known: all, pair, rest.',
    );
    expect(() => planFaults([crash([12])], draw)).toThrow(
      "faults[0].nodes names node 12, but nodes are numbered 0 to 9.",
    );
  });
});
