import type { SpreadCount } from "../../../../../src/sim/playground/spread-course.ts";
import type { SpreadTheory } from "../../../../../src/sim/playground/spread-theory.ts";

/** A moment of a town in which an update spreads. */
export interface SpreadState {
  readonly count: SpreadCount;
  /** Nodes that had heard by the end of each tick so far. */
  readonly heardByTick: readonly number[];
  readonly theory: SpreadTheory;
  /** Bits of each node (spread-course.ts). */
  readonly nodes: Uint8Array<ArrayBuffer>;
  /** Absent for towns too large to draw them. */
  readonly toldBy?: Int32Array<ArrayBuffer>;
}
