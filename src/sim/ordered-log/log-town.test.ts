import { expect, it } from "vitest";
import { LogTown } from "./log-town.ts";

it("what is appended anywhere is told everywhere, in one order", () => {
  const town = new LogTown({ seed: 1, votersCount: 3 });
  expect(town.simulator.runUntil(() => town.leader !== undefined, 10_000)).toBe(true);
  town.simulator.runForMs(500);
  for (let round = 0; round < 10; round += 1) {
    for (const server of town.servers) town.append(server, "applied");
    town.simulator.runForMs(5);
  }
  town.simulator.runForMs(1_000);
  expect(town.watch.outcomes).toHaveLength(30);
  for (const { outcome } of town.watch.outcomes) expect(outcome.kind).toBe("done");
  for (const server of town.servers) expect(server.told.orderIndex).toBe(30);
});
