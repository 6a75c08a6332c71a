import { expect } from "vitest";
import { growthBytes } from "./memory-curve.ts";
import { type HostileOptions, type HostileResult, runHostile, SLOW_MS } from "./run-hostile.ts";

/** What a run may hold more at its end than in its middle: caches that fill slowly. */
const GROWTH_MAX_BYTES = 4 * 2 ** 20;

/** The properties that the issue asks for, of all inputs of a run. */
export async function expectNoHarm(options: HostileOptions): Promise<HostileResult> {
  const result = await runHostile(options);
  expect(result.found).toEqual([]);
  expect(result.count).toBe(options.count);
  expect(result.slowestMs).toBeLessThanOrEqual(SLOW_MS);
  expect(growthBytes(result.memory)).toBeLessThan(GROWTH_MAX_BYTES);
  return result;
}
