import { expect, it } from "vitest";
import { LogTown } from "../../sim/ordered-log/log-town.ts";

it("views of those who are no voters are handed out by the leader, and hang together", () => {
  const town = new LogTown({ seed: 5, votersCount: 3, sparesCount: 12 });
  for (let left = 12; left > 0; left -= 1) town.raft.addSpare();
  const views = new Map<number, Set<number>>();
  town.watch.onMessage = (from, to, message) => {
    if (message.kind !== "view") return;
    expect(from).toBe(town.leader?.node);
    views.set(Number(to), new Set(message.peers.map(Number)));
  };
  expect(town.simulator.runUntil(() => views.size === 14, 60_000)).toBe(true);
  town.simulator.runForMs(20_000);
  const reached = new Set([3]);
  for (const node of reached) for (const peer of views.get(node) ?? []) reached.add(peer);
  for (let learner = 3; learner < 15; learner += 1) {
    expect(reached.has(learner)).toBe(true);
    const view = views.get(learner) ?? new Set();
    expect(view.has(learner)).toBe(false);
    expect(view.size).toBeGreaterThanOrEqual(4);
    expect(view.size).toBeLessThanOrEqual(8);
  }
});
