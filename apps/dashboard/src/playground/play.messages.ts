import type { DatedDeed } from "../../../../src/sim/playground/play-town.ts";
import type { SpreadCount } from "../../../../src/sim/playground/spread-course.ts";
import type { SpreadTheory } from "../../../../src/sim/playground/spread-theory.ts";
import type { SpreadSetting } from "../../../../src/sim/playground/spread-town.ts";

/** What the page asks of the worker that has a town. */
export type PlayRequest =
  /**
   * This moment of the town with this course. A request supersedes the one before; the same town is
   * kept from one to the next.
   */
  | {
      readonly kind: "show";
      readonly round: number;
      readonly setting: SpreadSetting;
      readonly deeds: readonly DatedDeed[];
      readonly atMs: number;
    }
  /** What is being computed is left where it is. */
  | { readonly kind: "stop"; readonly round: number };

export type PlayAnswer =
  | {
      readonly kind: "state";
      readonly round: number;
      /** Whether this is the moment that was asked for; else there is more to come. */
      readonly isDone: boolean;
      readonly count: SpreadCount;
      /** Nodes that had heard by the end of each tick so far. */
      readonly heardByTick: readonly number[];
      readonly theory: SpreadTheory;
      /** Bits of each node (spread-course.ts). */
      readonly nodes: Uint8Array<ArrayBuffer>;
      /** Absent for towns too large to draw them. */
      readonly toldBy?: Int32Array<ArrayBuffer>;
    }
  | { readonly kind: "building"; readonly round: number; readonly settledCount: number }
  | { readonly kind: "failure"; readonly round: number; readonly text: string };
