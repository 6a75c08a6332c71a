import type { DeathNews } from "../../../../../src/sim/playground/death-record.ts";
import type { WatchMark } from "../../../../../src/sim/playground/watch-course.ts";

/** What theory says of a death: ms since it. */
export interface ExpectedTimes {
  readonly firstSuspectedMs: number;
  readonly firstKnewMs: number;
  readonly halfKnewMs: number;
  readonly allKnewMs: number;
}

/** A moment of a town whose nodes watch each other. */
export interface WatchState {
  readonly count: WatchMark;
  /** As it stood at the end of each second so far. */
  readonly marks: readonly WatchMark[];
  /** What theory says of each second: the share of the pairs that can know of a death. */
  readonly expectedByTick: readonly (number | null)[];
  /** What each holds of each, and 1 of those that live (watch-tally.ts). */
  readonly verdicts: Uint8Array<ArrayBuffer>;
  readonly living: Uint8Array<ArrayBuffer>;
  /** The latest of all deaths. */
  readonly deaths: readonly (DeathNews & { readonly expected: ExpectedTimes })[];
}
