/**
 * Monitoring in the manner of GEMS: deaths of members and groups by consensus, at what a message of
 * √n entries weighs. The same experiment as `hearsay sim monitor-groups`.
 */
import { describe, expect, it } from "vitest";
import { monitorGroups } from "../../src/sim/experiments/monitor/monitor-groups.ts";
import { MonitorTown } from "../../src/sim/experiments/monitor/monitor-town.ts";
import { holds } from "./experiments.ts";

const ROUNDS = 10_000;

/** Of a message without records, once all have heard of all. */
function messageBytes(nodesCount: number, layers: "flat" | "groups"): number {
  const town = new MonitorTown({ seed: 1, nodesCount, options: { layers } });
  town.runRounds(5);
  town.takeTraffic(5);
  town.runRounds(3);
  return town.takeTraffic(3).messageBytes;
}

describe("monitors in groups", () => {
  holds(monitorGroups, { runsCount: 1, parameters: { nodesCount: 64 } });
  holds(monitorGroups, { runsCount: 2 });
  holds(monitorGroups, { runsCount: 1, parameters: { nodesCount: 512 } });

  it("send messages that grow as √n, and without groups as n", () => {
    const grouped = [256, 1_024].map((count) => messageBytes(count, "groups"));
    const flat = [64, 256].map((count) => messageBytes(count, "flat"));
    const growth = ([small = 0, large = 0]: readonly number[]): number => large / small;
    // Four times the nodes: 2 by √n, 4 by n.
    expect(growth(grouped)).toBeGreaterThan(1.5);
    expect(growth(grouped)).toBeLessThan(2.4);
    expect(growth(flat)).toBeGreaterThan(3.2);
  });

  it(`declare nobody dead in ${ROUNDS} rounds at 10 % loss [spec aggregation §11]`, () => {
    const town = new MonitorTown({ seed: 7, nodesCount: 16, lossRatio: 0.1 });
    town.runRounds(ROUNDS);
    expect(town.verdicts.filter(({ verdict }) => verdict === "dead")).toEqual([]);
    expect(town.counts.get("monitor.rounds")).toBeGreaterThan(15 * ROUNDS);
  });
});
