import type { DatedDeed } from "../../../../src/sim/playground/play-town.ts";

/** What the page asks of the worker that has a town. */
export type TownRequest<Setting> =
  /**
   * This moment of the town with this course. A request supersedes the one before; the same town is
   * kept from one to the next.
   */
  | {
      readonly kind: "show";
      readonly round: number;
      readonly setting: Setting;
      readonly deeds: readonly DatedDeed[];
      readonly atMs: number;
    }
  /** What is being computed is left where it is. */
  | { readonly kind: "stop"; readonly round: number };

/** What every town says of a moment. */
export interface TownMoment {
  readonly count: { readonly nowMs: number };
}

export type TownAnswer<State> =
  | {
      readonly kind: "state";
      readonly round: number;
      /** Whether this is the moment that was asked for; else there is more to come. */
      readonly isDone: boolean;
      readonly state: State;
    }
  | { readonly kind: "building"; readonly round: number; readonly settledCount: number }
  | { readonly kind: "failure"; readonly round: number; readonly text: string };
