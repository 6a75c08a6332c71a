import { describe, expect, it } from "vitest";
import { antiEntropyDefaults } from "../exchange/anti-entropy/anti-entropy.options.ts";
import { FlowControl } from "./flow-control.ts";

function rig(options: Record<string, number> = {}) {
  const clock = { nowMs: 0 };
  const flow = new FlowControl({ ...antiEntropyDefaults, ...options }, () => clock.nowMs);
  /** So many writes in a second, evenly; returns how many were let through. */
  const second = (count: number): number => {
    let takenCount = 0;
    for (let step = 0; step < count; step += 1) {
      clock.nowMs += 1_000 / count;
      if (flow.takeTurn()) takenCount += 1;
    }
    flow.onRound();
    return takenCount;
  };
  return { flow, clock, second };
}

describe("flow control", () => {
  it("lets through as many writes a second as the limit says", () => {
    const { flow, second } = rig({ flowStartPerSecond: 20, flowIncreasePerSecond: 0 });
    second(50);
    let takenCount = 0;
    for (let at = 0; at < 20; at += 1) takenCount += second(50);
    expect(takenCount).toBeGreaterThan(390);
    expect(takenCount).toBeLessThan(410);
    expect(flow.report.demandPerSecond).toBeCloseTo(50, 0);
  });

  it("says how long to wait for the next", () => {
    const { clock, flow } = rig({ flowStartPerSecond: 4, flowIncreasePerSecond: 0 });
    for (let at = 0; at < 4; at += 1) expect(flow.takeTurn()).toBe(true);
    expect(flow.takeTurn()).toBe(false);
    expect(flow.waitMs).toBe(250);
    clock.nowMs += 250;
    expect(flow.waitMs).toBe(0);
    expect(flow.takeTurn()).toBe(true);
  });

  it("lowers the limit after two overflows in ten rounds, and else raises it", () => {
    const { flow } = rig();
    flow.onRound();
    // Nobody wants that much.
    expect(flow.report.limitPerSecond).toBe(100);
    for (let at = 0; at < 20_000; at += 1) flow.takeTurn();
    flow.onRound();
    expect(flow.report.limitPerSecond).toBe(101);
    flow.onOverflow();
    flow.onRound();
    expect(flow.report.limitPerSecond).toBe(102);
    flow.onOverflow();
    flow.onRound();
    expect(flow.report.limitPerSecond).toBeCloseTo(81.6);
    // The two are behind it now.
    flow.onRound();
    expect(flow.report.limitPerSecond).toBeCloseTo(82.6);
  });

  it("never falls below its floor, nor grows without bound", () => {
    const { flow } = rig({ flowIncreasePerSecond: 0 });
    for (let at = 0; at < 100; at += 1) {
      flow.onOverflow();
      flow.onRound();
    }
    expect(flow.report.limitPerSecond).toBe(1);
    flow.onExchange({ limitPerSecond: Number.MAX_VALUE, demandPerSecond: 0 });
    expect(flow.report.limitPerSecond).toBe(1e6);
    flow.onExchange({ limitPerSecond: Number.NaN, demandPerSecond: -1 });
    expect(flow.report.limitPerSecond).toBe(1e6);
  });

  it("shares what is left with whom it meets, and the sum stays", () => {
    const [idle, busy] = [rig(), rig()];
    for (let at = 0; at < 40; at += 1) busy.second(150);
    for (let at = 0; at < 40; at += 1) idle.second(10);
    const [one, other] = [idle.flow.report, busy.flow.report];
    idle.flow.onExchange(other);
    busy.flow.onExchange(one);
    const [after, afterOther] = [idle.flow.report, busy.flow.report];
    const sum = one.limitPerSecond + other.limitPerSecond;
    expect(after.limitPerSecond + afterOther.limitPerSecond).toBeCloseTo(sum);
    const spare = (sum - one.demandPerSecond - other.demandPerSecond) / 2;
    expect(after.limitPerSecond).toBeCloseTo(one.demandPerSecond + spare);
    expect(afterOther.limitPerSecond).toBeGreaterThan(other.limitPerSecond);
  });
});
