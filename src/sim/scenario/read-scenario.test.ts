import { describe, expect, it } from "vitest";
import { readScenario } from "./read-scenario.ts";

const least = {
  name: "x",
  proves: "y",
  nodes: 5,
  durationMs: 1_000,
  checkers: { convergence: {} },
};
const read = (change: object) => () => readScenario({ ...least, ...change });

describe("a scenario", () => {
  it("has its defaults filled in, and reads the same when written out", () => {
    const scenario = readScenario({ ...least, heal: { withinMs: 5 } });
    expect(scenario).toMatchObject({
      seed: 1,
      protocols: { peers: "swim", wire: "serf", exchange: ["broadcast", "agreement"] },
      form: { seedsCount: 3 },
      heal: { withinMs: 5, restart: "crashed", quietMs: 5_000 },
      checkers: { convergence: { quietMs: 0 } },
    });
    expect(readScenario(JSON.parse(JSON.stringify(scenario)))).toEqual(scenario);
  });

  it("can be had in another size", () => {
    expect(readScenario(least, { nodes: 9 }).nodes).toBe(9);
  });

  it("that is smaller than the usual number of seeds needs not say so", () => {
    expect(readScenario({ ...least, nodes: 2 }).form.seedsCount).toBe(2);
    expect(readScenario(least, { nodes: 1 }).form.seedsCount).toBe(1);
  });

  it("takes every seed that the command line takes", () => {
    expect(readScenario({ ...least, seed: 999_999_999_999_999 }).seed).toBe(999_999_999_999_999);
    expect(read({ seed: 1e15 })).toThrow("seed is 1000000000000000, but must be a whole number, 0");
  });

  it.each([
    [{ name: 5 }, "name is 5, but must be a text in quotes"],
    [{ nodes: 0 }, "nodes is 0, but must be a whole number of nodes"],
    [{ durationMs: "1s" }, 'durationMs is "1s", but must be a number of milliseconds'],
    [{ fault: [] }, "fault is no field here. Known: "],
    [{ faults: {} }, "faults is {}, but must be a list"],
    [{ checkers: {} }, "checkers is {}, but must be at least one of falsePositives"],
    [{ checkers: { convergance: {} } }, "checkers.convergance is no field here"],
    [
      { checkers: { convergence: { quietMs: -1 } } },
      "checkers.convergence.quietMs is -1, but must be a finite number of milliseconds",
    ],
    [{ checkers: { convergence: { quiet: 1 } } }, "convergence.quiet is no option. Did you mean"],
    [{ checkers: { healing: {} } }, "heal is missing, but must be there for checkers.healing"],
    [{ options: { swim: { probeIntervalsMs: 1 } } }, "swim.probeIntervalsMs is no option. Did you"],
    [{ options: { swim: { probeTimeoutMs: 5_000 } } }, "swim: probeTimeoutMs must be below"],
    [{ options: { raft: {} } }, "options.raft is no slice that runs. Known here: swim, serf"],
    [{ options: { swim: { probeIntervalMs: [1] } } }, "options.swim.probeIntervalMs is [1], but"],
    [{ network: { lossRatio: 2 } }, "network.lossRatio is 2, but must be a number from 0 to 1"],
    [{ network: { latency: { kind: "slow" } } }, 'network.latency.kind is "slow", but must be one'],
    [{ protocols: { peers: "chord" } }, 'protocols.peers is "chord", but must be one of "swim"'],
    [{ protocols: { exchange: ["mail"] } }, 'protocols.exchange[0] is "mail", but must be one of'],
    [{ protocols: { exchange: ["broadcast"] } }, "but must be a combination that exists: peers"],
    [{ groups: { all: [1] } }, "groups.all"],
    [{ groups: { a: [7] } }, "groups.a: node 7 is in another group, or above 4"],
    [{ faults: [{ atMs: 1, do: "pause", nodes: "b" }] }, 'faults[0].nodes names the group "b"'],
    [{ faults: [{ atMs: 2_000, do: "heal" }] }, "faults[0].atMs is 2000, but must be at most 1000"],
    [{ workload: [{ atMs: 1, do: "publish", nodes: [9] }] }, "workload[0].nodes names node 9"],
    [{ workload: [{ atMs: 1, do: "shout" }] }, 'workload[0].do is "shout", but must be one of'],
    [
      { protocols: { exchange: [] }, workload: [{ atMs: 1, do: "publish" }] },
      'workload[0].do is "publish", but must be possible: add "broadcast"',
    ],
    [{ form: { seedsCount: 6 } }, "form.seedsCount is 6, but must be at most 5 (nodes)"],
    [{ heal: { withinMs: 5, restart: "all" } }, 'heal.restart is "all", but must be one of'],
  ])("that is wrong is refused by its field: %j", (change, message) => {
    expect(read(change)).toThrow(message);
  });

  it("that is no object at all is refused too", () => {
    for (const json of [null, [], "x", 5]) {
      expect(() => readScenario(json)).toThrow("the scenario is");
    }
  });
});
