import { afterEach, describe, expect, it, vi } from "vitest";
import { Guarding } from "../../data/ordered-log/guarding.ts";
import { OrderState } from "../../data/ordered-log/order-state.ts";
import { Ordering } from "../../data/ordered-log/ordering.ts";
import { RaftState } from "../../raft/raft-state.ts";
import type { SimNode } from "../sim-node.ts";
import type { LogServer } from "./log-server.ts";
import { runLogSwarm } from "./log-swarm.ts";
import type { LogTownOptions } from "./log-town.ts";

/* Mistakes made on purpose: the watch over all servers must see them. */

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the watch over a log", () => {
  function swarmFinds(from: number, plant: Partial<LogTownOptions> = {}): string {
    for (let seed = from; seed < from + 60; seed += 1) {
      const { problem } = runLogSwarm({ seed, durationMs: 3_000, plant });
      if (problem !== undefined) return problem;
    }
    return "nothing";
  }

  it("sees who keeps an id without its data", () => {
    vi.spyOn(Guarding.prototype, "mayKeep").mockReturnValue(true);
    expect(swarmFinds(1)).toMatch(/keeps the id .*, and has not its data/);
  });

  it("sees a leader that counts its own disk before that has what it counts", () => {
    vi.spyOn(RaftState.prototype, "durableIndex", "get").mockImplementation(function (
      this: RaftState,
    ) {
      return this.log.lastIndex;
    });
    expect(swarmFinds(1)).toMatch(/is on the disks of .* alone/);
  });

  it("sees a leader that calls safe what one disk alone has", () => {
    vi.spyOn(Ordering.prototype, "isSafe").mockImplementation(function (this: Ordering, { dot }) {
      const { log } = this as unknown as { log: LogServer["log"]["log"] };
      return log.store.get(dot) !== undefined;
    });
    expect(swarmFinds(8)).toMatch(/is on the disks of .* alone|was acknowledged, and is lost/);
  });

  it("sees voters that say that they ask, and do not", () => {
    vi.spyOn(RaftState.prototype, "sendTaken").mockImplementation(function (
      this: RaftState,
      to,
      match,
    ) {
      this.send(to, { kind: "taken", match, keeps: "asked" });
    });
    const plant = { votersCount: 3, asks: ({ index }: SimNode) => index === 0 };
    expect(swarmFinds(1, plant)).toMatch(/is on the disks of .* alone/);
  });

  it("sees an order that takes the same event twice", () => {
    const apply = OrderState.prototype.apply;
    vi.spyOn(OrderState.prototype, "apply").mockImplementation(function (
      this: OrderState,
      command,
    ) {
      const step = apply.call(this, command);
      const isBatch = command.kind === "batch" && step.items.length > 0;
      if (!isBatch || this.end.place % 7 !== 0) return step;
      const item = step.items.at(-1);
      if (item === undefined) return step;
      this.end = { place: item.place + 1, orderIndex: item.orderIndex + 1 };
      const again = { ...item, ...this.end };
      (this as unknown as { items: unknown[] }).items.push(again);
      return { ...step, items: [...step.items, again] };
    });
    expect(swarmFinds(1)).toMatch(/two places/);
  });
});
