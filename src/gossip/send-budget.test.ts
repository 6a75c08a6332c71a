import { expect, it } from "vitest";
import { resolveOptions } from "../core/options.ts";
import { gossipDefaults } from "./gossip.options.ts";
import { SendBudget } from "./send-budget.ts";

it("lets half of a round's bytes go at once, and as many again in M rounds", () => {
  const given = { roundMaxBytes: 2_000, roundIntervalMs: 50, roundsCount: 2 };
  const budget = new SendBudget(resolveOptions("gossip", gossipDefaults, given), 0);
  const sendAll = (nowMs: number): number => {
    let count = 0;
    for (; budget.hasRoom(nowMs); count += 1) budget.spend(36);
    return count;
  };
  expect(sendAll(0)).toBe(10);
  expect(sendAll(0)).toBe(0);
  expect(sendAll(50)).toBe(5);
  expect(sendAll(10_000)).toBe(10);
  // One that is larger than all has to be paid back.
  expect(budget.hasRoom(20_000)).toBe(true);
  budget.spend(5_000);
  expect(budget.hasRoom(20_100)).toBe(false);
  expect(budget.hasRoom(20_600)).toBe(true);
});
