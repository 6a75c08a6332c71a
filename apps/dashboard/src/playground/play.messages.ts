import type { Experiment } from "../../../../src/sim/experiments/experiment.ts";
import type { ExperimentReport } from "../../../../src/sim/experiments/run-experiment.ts";
import type {
  DatedDeed,
  Deed,
  SpreadCount,
  SpreadSetting,
} from "../../../../src/sim/playground/spread-town.ts";

/** What the page asks of the worker that has a town. */
export type PlayRequest =
  /** Another town, with what was done to it, up to this time. */
  | {
      readonly kind: "build";
      readonly round: number;
      readonly setting: SpreadSetting;
      readonly deeds: readonly DatedDeed[];
      readonly nowMs: number;
    }
  | { readonly kind: "advance"; readonly round: number; readonly toMs: number }
  | { readonly kind: "act"; readonly round: number; readonly deed: Deed }
  | { readonly kind: "catalog"; readonly round: number }
  | {
      readonly kind: "experiment";
      readonly round: number;
      readonly name: string;
      readonly seed: number;
      readonly runsCount: number;
    };

/** Of each node: bit 0 it has heard, bit 1 it is dead, bit 2 it heard in the last round. */
export const HEARD = 1;
export const DEAD = 2;
export const FRESH = 4;

/** An experiment, as it is chosen from. */
export type Listed = Pick<Experiment, "name" | "proves" | "source">;

export type PlayAnswer =
  | {
      readonly kind: "state";
      readonly round: number;
      readonly count: SpreadCount;
      /** Nodes that had heard by the end of each round so far. */
      readonly heardByRound: readonly number[];
      readonly nodes: Uint8Array;
      /** Absent for towns too large to draw them. */
      readonly toldBy?: Int32Array;
    }
  | { readonly kind: "catalog"; readonly round: number; readonly experiments: readonly Listed[] }
  | { readonly kind: "progress"; readonly round: number; readonly text: string }
  | { readonly kind: "report"; readonly round: number; readonly report: ExperimentReport }
  | { readonly kind: "failure"; readonly round: number; readonly text: string };
