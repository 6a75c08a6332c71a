import { expect, it } from "vitest";
import { at } from "../../../core/collections/at.ts";
import { MonitorTown } from "./monitor-town.ts";

const deadOf = (town: MonitorTown, observer: number): string[] =>
  at(town.monitors, observer)
    .members()
    .flatMap(({ subject, verdict }) => (verdict === "dead" ? [String(subject)] : []));

it("each side of a partition declares the other dead, and takes it back when it heals", () => {
  const town = new MonitorTown({ seed: 1, nodesCount: 20 });
  town.runRounds(15);
  const half = town.simulator.nodes.slice(0, 10);
  town.simulator.partition(half);
  town.runRounds(40);
  const names = (from: number): string[] => {
    return Array.from({ length: 10 }, (_, index) => `n${from + index}`).sort();
  };
  for (const observer of [0, 9]) expect(deadOf(town, observer).sort()).toEqual(names(10));
  for (const observer of [10, 19]) expect(deadOf(town, observer).sort()).toEqual(names(0));
  town.simulator.heal();
  town.runRounds(15);
  for (const observer of town.monitors.keys()) expect(deadOf(town, observer)).toEqual([]);
  expect(town.counts.get("monitor.returns")).toBe(200);
});

it("a node that was paused accuses nobody, and is taken back", () => {
  const town = new MonitorTown({ seed: 2, nodesCount: 12 });
  town.runRounds(15);
  const sleeper = at(town.simulator.nodes, 5);
  town.simulator.pause(sleeper);
  town.runRounds(45);
  expect(deadOf(town, 0)).toEqual(["n5"]);
  town.simulator.resume(sleeper);
  town.runRounds(10);
  for (const observer of town.monitors.keys()) expect(deadOf(town, observer)).toEqual([]);
  expect(town.verdicts.filter(({ observer }) => observer === 5)).toEqual([]);
});

it("all of a group but one die, and the one that is left says so", () => {
  const town = new MonitorTown({ seed: 3, nodesCount: 9, lossRatio: 0.1 });
  town.runRounds(15);
  town.crash(town.simulator.nodes.slice(1));
  town.runRounds(45);
  expect(deadOf(town, 0)).toHaveLength(8);
  expect(town.falseDeaths()).toEqual([]);
});

it("a group whose death leaves few enough for one group is agreed dead first", () => {
  const town = new MonitorTown({ seed: 5, nodesCount: 70 });
  town.runRounds(12);
  const [doomed = ""] = town.layout.groups.keys();
  town.bury(town.nodesOf(doomed));
  expect([...town.layout.groups.keys()]).toEqual(["all"]);
  town.runRounds(45);
  expect(town.deathsOf(doomed)).toHaveLength(town.living().length);
  expect(town.falseDeaths()).toEqual([]);
  town.runRounds(25);
  for (const monitor of town.living()) {
    expect([monitor.groupId, monitor.members().length]).toEqual(["all", town.layout.size]);
  }
});

it("the same seed gives the same verdicts", () => {
  const course = (): unknown => {
    const town = new MonitorTown({ seed: 4, nodesCount: 10, lossRatio: 0.3 });
    town.runRounds(10);
    town.crash(town.simulator.nodes.slice(0, 2));
    town.runRounds(40);
    return [town.verdicts, [...town.counts], town.takeTraffic(50)];
  };
  expect(course()).toEqual(course());
});
