import { expect } from "vitest";
import type { Dot } from "../core/dot.ts";
import type { LogServer } from "../sim/ordered-log/log-server.ts";
import { LogTown, type LogTownOptions } from "../sim/ordered-log/log-town.ts";
import type { SimNode } from "../sim/sim-node.ts";

export const LONG_MS = 20_000;

export function begin(options: Partial<LogTownOptions> = {}): { town: LogTown; leader: LogServer } {
  const latency = { kind: "constant", ms: 10 } as const;
  const town = new LogTown({ seed: 3, votersCount: 3, latency, ...options });
  const { simulator } = town;
  expect(simulator.runUntil(() => town.leader?.raft.raft.isSettled === true, LONG_MS)).toBe(true);
  simulator.runForMs(500);
  return { town, leader: leaderOf(town) };
}

export function leaderOf(town: LogTown): LogServer {
  const { leader } = town;
  if (leader === undefined) throw new Error("there is no leader");
  return leader;
}

export function others(town: LogTown, ...not: readonly LogServer[]): LogServer[] {
  return town.servers.filter((server) => !not.some(({ node }) => node === server.node));
}

export function first<One>(list: readonly One[]): One {
  const [found] = list;
  if (found === undefined) throw new Error("the list is empty");
  return found;
}

export function allTold(town: LogTown, count: number): boolean {
  return town.servers.every(({ log, told }) => {
    return told.orderIndex >= count && log.status.pendingCount === 0;
  });
}

export function expectAllTold(town: LogTown, count: number): void {
  town.simulator.runUntil(() => allTold(town, count), 3 * LONG_MS);
  expect(town.servers.map(({ told }) => told.orderIndex)).toEqual(town.servers.map(() => count));
}

export function cutOff(town: LogTown, from: SimNode, to: readonly SimNode[]): void {
  for (const node of to) town.simulator.network.cut(from, node);
}

export function dotOf({ origin }: LogServer, seq: number): Dot {
  return { origin, seq };
}
