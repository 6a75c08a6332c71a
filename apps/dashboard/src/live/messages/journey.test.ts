import { expect, test } from "vitest";
import type { TraceAnswer } from "../../../../../src/agent/routes/traces.messages.ts";
import { journeyOf } from "./journey.ts";

const dot = { origin: "a#1", seq: 1 };

test("a journey is put together from what its nodes remember", () => {
  const answer: TraceAnswer = {
    topic: "t",
    dot,
    nodes: [
      { name: "c", status: "answered", arrivals: [{ kind: "news", from: "b", at: 107 }] },
      {
        name: "b",
        status: "answered",
        arrivals: [
          { kind: "news", from: "a", at: 103 },
          { kind: "copy", from: "c", at: 109 },
        ],
      },
      { name: "a", status: "answered", arrivals: [{ kind: "published", at: 100 }] },
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
  expect(journey.stops[1]?.copies).toEqual([{ from: "c", afterMs: 9 }]);
});

test("where the way is not known, or nodes contradict each other, hops are not known", () => {
  const journey = journeyOf({
    topic: "t",
    dot,
    nodes: [
      { name: "b", status: "answered", arrivals: [{ kind: "news", from: "c", at: 5 }] },
      { name: "c", status: "answered", arrivals: [{ kind: "news", from: "b", at: 6 }] },
      { name: "f", status: "answered", arrivals: [{ kind: "news", at: 7 }] },
    ],
  });
  expect(journey.stops.map(({ hops }) => hops)).toEqual([undefined, undefined, undefined]);
});
