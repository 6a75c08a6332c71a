import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import { Peeler } from "../../core/reconcile/peeler.ts";
import type { DotSketch } from "./dot-sketch.ts";
import type { Lacking } from "./lacking.ts";

/**
 * What a difference costs on the wire when it is found by sketch: 1.4 symbols of 13.5 bytes and a
 * key of 8. A digest is chosen where it costs less. [bench/reconcile]
 */
export const SKETCH_BYTES_PER_DIFFERENCE = 27;
/** Symbols a difference, where there are many. [spec papers section 9: 1.35] */
const SYMBOLS_PER_DIFFERENCE = 1.36;
/** Share of the expected need that is asked for at once: the estimate may be too large. */
const FIRST_SHARE = 0.95;
/** Share of the differences by which the need is approached after that. */
const STEP_SHARE = 0.02;
const STEP_SYMBOLS_COUNT = 8;
/** Symbols a difference beyond which the sets must be others than they seem. */
const HOPELESS_SYMBOLS_PER_DIFFERENCE = 3;
const HOPELESS_SYMBOLS_COUNT = 256;

/** One replica's sketch within a round. */
export interface SketchTalk {
  readonly replica: string;
  readonly sketch: DotSketch;
  /** Of the initiator, who takes the symbols of the two apart. */
  readonly peeler: Peeler;
  /** Of the initiator: how many keys the other's sketch is made of. */
  theirTotal: number;
  /** Keys of `peeler.added` that were named so far. */
  keysNamedCount: number;
  /** Of the initiator: the runs that only the other has, as far as it listed them. */
  readonly listed: DotSet;
  /** Runs that only the initiator has and that were not offered so far, once all are known. */
  own: Lacking | undefined;
}

export function beginTalk(replica: string, sketch: DotSketch): SketchTalk {
  return {
    replica,
    sketch,
    peeler: new Peeler(),
    listed: new DotSet(),
    theirTotal: 0,
    keysNamedCount: 0,
    own: undefined,
  };
}

/**
 * How many more symbols to ask for; "digests" when these cost less, or when symbols lead nowhere.
 */
export function nextAsk(
  peeler: Peeler,
  limits: { readonly digestsBytes: number; readonly symbolsMaxCount: number },
): number | "digests" {
  const differences = peeler.estimatedCount;
  const have = peeler.symbolsCount;
  const expected = Math.ceil(differences * SYMBOLS_PER_DIFFERENCE * FIRST_SHARE);
  const step = Math.max(STEP_SYMBOLS_COUNT, Math.ceil(differences * STEP_SHARE));
  const ask = Math.max(expected - have, step);
  const isDear = differences * SKETCH_BYTES_PER_DIFFERENCE > limits.digestsBytes;
  const hopeless = HOPELESS_SYMBOLS_COUNT + HOPELESS_SYMBOLS_PER_DIFFERENCE * differences;
  if (isDear || have > hopeless || have + ask > limits.symbolsMaxCount) return "digests";
  return ask;
}

/**
 * Whether a sketch may pay, by sizes alone: sets differ in at least as many dots as one has more,
 * and a set that is empty has nothing to take off.
 */
export function isWorthSketching(
  seen: ReadonlyDotSet,
  { digestBytes, theirSize }: { readonly digestBytes: number; readonly theirSize: number },
): boolean {
  if (theirSize === 0) return false;
  const runsPerDot = Math.min(1, seen.rangesCount / Math.max(1, seen.size));
  const leastRuns = Math.abs(seen.size - theirSize) * runsPerDot;
  return leastRuns * SKETCH_BYTES_PER_DIFFERENCE <= digestBytes;
}
