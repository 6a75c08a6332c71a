/** How a town lets time pass, so that its course is counted at regular marks. */
import type { Random } from "../../core/random.ts";
import type { Simulator } from "../simulator.ts";
import type { IsEnough } from "./play-town.ts";

/** A course that is counted at marks. */
export interface MarkedCourse {
  readonly markMs: number;
  /** The latest moment that was counted. */
  readonly markedMs: number;
}

export interface MarkedTown {
  readonly simulator: Simulator;
  /** How long the simulator has run when time begins in the town. */
  readonly leadMs: number;
  readonly course: MarkedCourse;
  /** It is the next mark now. */
  readonly onMark: () => void;
}

/** @returns false where it was enough before. */
export function advanceMarked(town: MarkedTown, nowMs: number, isEnough: IsEnough): boolean {
  const { course, leadMs, onMark, simulator } = town;
  // In the simulator's own time: a sum is not always undone by a difference.
  const endMs = leadMs + nowMs;
  while (simulator.nowMs < endMs) {
    const markMs = leadMs + course.markedMs + course.markMs;
    const nextMs = Math.min(markMs, endMs);
    while (simulator.engine.runMoment(nextMs)) if (isEnough()) return false;
    simulator.engine.runTo(nextMs);
    if (nextMs === markMs) onMark();
  }
  return true;
}

/** So many of them, drawn. */
export function drawSome(dice: Random, nodes: readonly number[], ratio: number): number[] {
  const count = Math.min(nodes.length, Math.round(nodes.length * ratio));
  return dice.sampleIndexes(nodes.length, count).flatMap((place) => nodes[place] ?? []);
}
