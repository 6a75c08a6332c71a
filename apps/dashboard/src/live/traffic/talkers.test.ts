import { expect, test } from "vitest";
import type { MonitorAnswer } from "../../../../../src/agent/routes/monitor.messages.ts";
import { talkersOf, withReadings } from "./talkers.ts";

type Member = MonitorAnswer["members"][number];

function member(name: string, counted: Readonly<Record<string, number>>): Member {
  const readings = Object.entries(counted).map(([sensor, value]) => {
    return { name: sensor, unit: "", kind: "counter" as const, value };
  });
  const common = { address: "", status: "alive", group: "all", verdict: "live" } as const;
  return { ...common, name, ageRounds: 0, rttMs: 1, readings, readingsAgeMs: 0 };
}

const at = (uptime: number, netSent: number) => ({ uptime, netSent, netReceived: 10 });

test("who moves most bytes a second stands first, by what members say of themselves", () => {
  let meters = withReadings(new Map(), [
    member("a", at(100, 9_000)),
    member("b", at(5, 0)),
    member("without sensors", {}),
  ]);
  expect(talkersOf(meters).map(({ name, sent }) => [name, sent])).toEqual([
    ["a", undefined],
    ["b", undefined],
  ]);
  meters = withReadings(meters, [member("a", at(102, 9_200)), member("b", at(7, 1_000))]);
  // The same reading again says nothing new.
  meters = withReadings(meters, [member("a", at(102, 9_200)), member("b", at(7, 1_000))]);
  expect(talkersOf(meters)).toEqual([
    { name: "b", sent: 500, received: 0, allBytes: 1_010 },
    { name: "a", sent: 100, received: 0, allBytes: 9_210 },
  ]);
});

test("who began anew has no rate yet, and who went is forgotten", () => {
  let meters = withReadings(new Map(), [member("a", at(100, 9_000)), member("b", at(5, 0))]);
  meters = withReadings(meters, [member("a", at(1, 20))]);
  expect(talkersOf(meters)).toEqual([
    { name: "a", sent: undefined, received: undefined, allBytes: 30 },
  ]);
});
