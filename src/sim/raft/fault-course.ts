import type { Random } from "../../core/random.ts";
import type { Simulator } from "../simulator.ts";

/** Elections of a run are watched for at most so long before its first leader. */
const BIRTH_MAX_MS = 10_000;

/** What is done to a group of servers, and to whom it is told. */
export interface FaultCourse {
  readonly simulator: Simulator;
  /** Draws the pace and each delay. */
  readonly random: Random;
  isLed(): boolean;
  call(): void;
  strike(): void;
}

/**
 * Waits for the first leader; then calls and faults come at a drawn pace.
 * @returns what is wrong, when nobody was ever elected
 */
export function runFaultCourse(course: FaultCourse, durationMs: number): string | undefined {
  const { random, simulator } = course;
  if (!simulator.runUntil(() => course.isLed(), BIRTH_MAX_MS)) return "no leader was ever elected";
  const endMs = simulator.nowMs + durationMs;
  const pace = { faultMs: 50 + random.exponential(300), callMs: 5 + random.exponential(30) };
  let nextFaultMs = simulator.nowMs;
  while (simulator.nowMs < endMs) {
    simulator.runForMs(random.exponential(pace.callMs));
    course.call();
    if (simulator.nowMs < nextFaultMs) continue;
    course.strike();
    nextFaultMs = simulator.nowMs + random.exponential(pace.faultMs);
  }
  return undefined;
}
