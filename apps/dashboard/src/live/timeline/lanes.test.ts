import { expect, test } from "vitest";
import type { Member } from "../../../../../src/agent/admin.messages.ts";
import type { TimelineEvent } from "../../../../../src/agent/routes/timeline.messages.ts";
import { LANES_MAX, lanesOf } from "./lanes.ts";

type Told = readonly [at: number, kind: TimelineEvent["kind"], status: Member["status"]];

function timelineOf(name: string, told: readonly Told[], health: "well" | "busy" = "well") {
  const events = told.map(([at, kind, status], index): TimelineEvent => {
    const state = { name, address: "", status, incarnation: 1, degraded: health === "busy" };
    return { number: index + 1, kind, at, ...state, evidence: [] };
  });
  const numbers = { life: "a", beganAt: 0, lastNumber: events.length, lostCount: 0 };
  return { ...numbers, events, isNumbered: true };
}

function shown(told: readonly Told[]) {
  const [lane] = lanesOf(timelineOf("p2", told), []);
  return lane!.stretches.map(({ from, status, to }) => [status, from, to]);
}

test("statuses follow each other without gaps; what changes nothing begins nothing", () => {
  const told: Told[] = [
    [10, "join", "alive"],
    [20, "update", "alive"],
    [30, "suspect", "suspect"],
    [40, "fail", "failed"],
    [50, "join", "alive"],
  ];
  expect(shown(told)).toEqual([
    ["alive", 10, 30],
    ["suspect", 30, 40],
    ["failed", 40, 50],
    ["alive", 50, undefined],
  ]);
});

test("who was suspected first of all was alive before, and who is forgotten has no status", () => {
  expect(
    shown([
      [30, "suspect", "suspect"],
      [40, "fail", "failed"],
      [90, "reap", "failed"],
    ]),
  ).toEqual([
    ["alive", 0, 30],
    ["suspect", 30, 40],
    ["failed", 40, 90],
  ]);
});

test("the lanes are those of members that changed last, and others while there is room", () => {
  const events = Array.from({ length: LANES_MAX + 4 }, (_, at) => {
    return timelineOf(`p${at}`, [[at, "join", "alive"]]).events[0]!;
  });
  const all = { ...timelineOf("", []), events };
  const names = lanesOf(all, []).map(({ name }) => name);
  expect(names).toHaveLength(LANES_MAX);
  expect(names[0]).toBe("p4");
  const quiet = [{ name: "q", status: "alive" } as Member];
  expect(lanesOf({ ...all, events: events.slice(0, 2) }, quiet).map(({ name }) => name)).toEqual([
    "p0",
    "p1",
    "q",
  ]);
});

test("busy times stand beside the status", () => {
  const busy = timelineOf("p2", [[10, "degrade", "alive"]], "busy");
  const well = timelineOf("p2", [[30, "recover", "alive"]]);
  const [lane] = lanesOf({ ...busy, events: [...busy.events, ...well.events] }, []);
  expect(lane?.degraded).toEqual([{ from: 10, to: 30 }]);
  expect(lane?.stretches).toMatchObject([{ status: "alive", from: 0, to: undefined }]);
});
