import { expect, test } from "vitest";
import type { TraceAnswer } from "../../../../../src/agent/routes/traces.messages.ts";
import { journeyOf } from "./journey.ts";
import { HALF_HEIGHT, HALF_WIDTH, layoutOf } from "./journey-layout.ts";
import { frameAt, lengthOf, momentsOf, slownessOf } from "./replay.ts";

const means = "broadcast" as const;
const dot = { origin: "a#1", seq: 1 };

test("a journey is put together from what its nodes remember", () => {
  const answer: TraceAnswer = {
    topic: "t",
    dot,
    nodes: [
      { name: "c", status: "answered", arrivals: [{ kind: "news", means, from: "b", at: 107 }] },
      {
        name: "b",
        status: "answered",
        arrivals: [
          { kind: "news", means, from: "a", at: 103 },
          { kind: "copy", means, from: "c", at: 109 },
        ],
      },
      { name: "a", status: "answered", arrivals: [{ kind: "published", means, at: 100 }] },
      { name: "d", status: "answered", arrivals: [] },
      { name: "e", status: "silent", arrivals: [] },
    ],
  };
  const journey = journeyOf(answer);
  expect(journey.stops.map(({ afterMs, from, hops, name }) => [name, from, hops, afterMs])).toEqual(
    [
      ["a", undefined, 0, 0],
      ["b", "a", 1, 3],
      ["c", "b", 2, 7],
    ],
  );
  expect(journey).toMatchObject({ without: ["d"], silent: ["e"], copiesCount: 1 });
  expect(journey.stops[1]?.copies).toEqual([{ from: "c", means, afterMs: 9 }]);
});

test("where the way is not known, or nodes contradict each other, hops are not known", () => {
  const journey = journeyOf({
    topic: "t",
    dot,
    nodes: [
      { name: "b", status: "answered", arrivals: [{ kind: "news", means, from: "c", at: 5 }] },
      { name: "c", status: "answered", arrivals: [{ kind: "news", means, from: "b", at: 6 }] },
      { name: "f", status: "answered", arrivals: [{ kind: "news", means, at: 7 }] },
    ],
  });
  expect(journey.stops.map(({ hops }) => hops)).toEqual([undefined, undefined, undefined]);
});

const told: TraceAnswer = {
  topic: "t",
  dot,
  nodes: [
    { name: "a", status: "answered", arrivals: [{ kind: "published", means, at: 100 }] },
    {
      name: "b",
      status: "answered",
      arrivals: [
        { kind: "news", means, from: "a", at: 104 },
        { kind: "copy", means, from: "c", at: 112 },
      ],
    },
    // Its clock is behind: by it the message came before its teller had it.
    { name: "c", status: "answered", arrivals: [{ kind: "news", means, from: "b", at: 98 }] },
    { name: "d", status: "answered", arrivals: [] },
  ],
};

test("a replay shows what had left and come at each moment, never before its cause", () => {
  const journey = journeyOf(told);
  expect(journey.moves.map(({ cameMs, from, kind, to }) => [kind, from, to, cameMs])).toEqual([
    ["news", "a", "b", 4],
    ["news", "b", "c", 4],
    ["copy", "c", "b", 12],
  ]);
  expect(momentsOf(journey, "hidden")).toEqual([0, 4]);
  expect(momentsOf(journey, "shown")).toEqual([0, 4, 12]);
  expect([lengthOf(journey, "hidden"), lengthOf(journey, "shown")]).toEqual([4, 12]);
  const early = frameAt(journey, 2);
  expect([...early.reached.keys()]).toEqual(["a"]);
  expect(early.parts[0]?.share).toBe(0.5);
  const late = frameAt(journey, 8);
  expect([...late.reached]).toEqual([
    ["a", 0],
    ["b", 4],
    ["c", 4],
  ]);
  expect(late.parts[2]?.share).toBe(0.5);
  expect(frameAt(journey, 12).copies.get("b")).toBe(1);
  expect(slownessOf(5)).toBe(1_000);
  expect(slownessOf(12_000)).toBe(1);
  // Of a clock that is ten minutes ahead.
  expect(slownessOf(600_000) * 600_000).toBe(20_000);
});

test("nothing comes before its teller had it, though nobody knows who told that one", () => {
  const news = (name: string, at: number, from?: string) => {
    const sender = from === undefined ? {} : { from };
    const arrivals = [{ kind: "news" as const, means, at, ...sender }];
    return { name, status: "answered" as const, arrivals };
  };
  const nodes = [
    {
      name: "a",
      status: "answered" as const,
      arrivals: [{ kind: "published" as const, means, at: 100 }],
    },
    news("b", 110, "ahead"),
    // Five minutes ahead, and told by an address that nobody has.
    news("ahead", 300_100),
    news("x", 120, "y"),
    news("y", 130, "x"),
  ];
  const journey = journeyOf({ topic: "t", dot, nodes });
  expect(journey.stops.map(({ hops }) => hops)).toEqual([
    0,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  const cameOf = new Map(journey.moves.map(({ cameMs, to }) => [to, cameMs]));
  expect(cameOf.get("b")).toBe(300_000);
  for (const { cameMs, leftMs } of journey.moves) expect(cameMs).toBeGreaterThanOrEqual(leftMs);
});

test("the author stands in the middle, each hop farther out, nobody outside the drawing", () => {
  const { hasOutside, ringsCount, spots } = layoutOf(journeyOf(told));
  expect([...spots.keys()].sort()).toEqual(["a", "b", "c", "d"]);
  expect({ hasOutside, ringsCount }).toEqual({ hasOutside: true, ringsCount: 2 });
  const far = (name: string) => {
    const { x, y } = spots.get(name)!;
    expect(Math.abs(x)).toBeLessThan(HALF_WIDTH);
    expect(Math.abs(y)).toBeLessThan(HALF_HEIGHT);
    return Math.hypot(x / HALF_WIDTH, y / HALF_HEIGHT);
  };
  expect(far("a")).toBe(0);
  expect(far("b")).toBeLessThan(far("c"));
  expect(far("c")).toBeLessThan(far("d"));
});

test("a journey of which little is known is drawn all the same", () => {
  const nodes = [
    { name: "b", status: "answered" as const, arrivals: [{ kind: "news" as const, means, at: 5 }] },
    { name: "c", status: "silent" as const, arrivals: [] },
  ];
  const journey = journeyOf({ topic: "t", dot, nodes: [...nodes] });
  expect([...layoutOf(journey).spots.keys()].sort()).toEqual(["a", "b", "c"]);
  expect(frameAt(journey, lengthOf(journey, "shown")).reached.has("b")).toBe(true);
});
