import { expect, it } from "vitest";
import { checkLinearizable } from "../../testing/linearizability/check-linearizable.ts";
import { registerModel } from "../../testing/linearizability/models.ts";
import { RaftTown } from "./raft-town.ts";

it("a group is born, elects a leader, and keeps registers", () => {
  const town = new RaftTown({ seed: 1, votersCount: 3 });
  expect(town.simulator.runUntil(() => town.leader !== undefined, 10_000)).toBe(true);
  // All have heard of it.
  town.simulator.runForMs(500);
  for (const server of town.servers) {
    const write = { kind: "write", key: "a", value: server.node.name } as const;
    town.call(server, () => town.clients.call(server, write));
  }
  town.simulator.runForMs(1_000);
  for (const server of town.servers) {
    town.call(server, () => town.clients.call(server, { kind: "read", key: "a" }));
  }
  town.simulator.runForMs(1_000);
  expect(town.clients.history).toHaveLength(6);
  expect(town.clients.answeredCount).toBe(6);
  expect(checkLinearizable(registerModel, town.clients.history).kind).toBe("linearizable");
});
