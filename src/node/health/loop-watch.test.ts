import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { LoopWatch } from "./loop-watch.ts";

function standStill(forMs: number): void {
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs);
}

it("measures a block of the loop, once", async () => {
  const watch = new LoopWatch();
  watch.start();
  await sleep(120);
  // Right after the last look, and looked at before any timer.
  watch.take();
  standStill(400);
  const { delayMs } = watch.take();
  expect(delayMs).toBeGreaterThanOrEqual(300);
  expect(watch.delay.maxMs).toBeGreaterThanOrEqual(300);
  // No look but the first sees it.
  await expect.poll(() => watch.take().delayMs, { interval: 60 }).toBeLessThan(delayMs);
  watch.stop();
});

it("hears of the garbage collector's pauses, until it is stopped", async () => {
  const watch = new LoopWatch();
  watch.start();
  const kept: object[] = [];
  for (let round = 0; round < 200 && watch.gc.pausesCount === 0; round += 1) {
    for (let count = 0; count < 20_000; count += 1) kept[count % 1_000] = { count };
    await turn();
  }
  const { pausesCount, totalMs, maxMs } = watch.gc;
  expect(pausesCount).toBeGreaterThan(0);
  expect(totalMs).toBeGreaterThanOrEqual(maxMs);
  expect(Math.abs(watch.take().gcMs - maxMs)).toBeLessThanOrEqual(0.55);
  expect(watch.take().gcMs).toBe(0);
  watch.stop();
});
