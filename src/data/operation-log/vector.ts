import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import type { Vector } from "./operation-log.messages.ts";

/** What something comes after, as a caller gives it. */
export interface OpenCauses {
  readonly prev: Vector;
  readonly beyond?: ReadonlyDotSet | undefined;
}

/** Per origin, how far `dots` goes without a gap. */
export function prefixesOf(dots: ReadonlyDotSet): Map<Origin, number> {
  const vector = new Map<Origin, number>();
  for (const origin of dots.origins()) {
    const upTo = dots.prefix(origin);
    if (upTo > 0) vector.set(origin, upTo);
  }
  return vector;
}

/** Entry-wise maximum. [spec §1] */
export function mergedVectors(one: Vector, other: Vector): Map<Origin, number> {
  const merged = new Map(one);
  for (const [origin, upTo] of other) {
    if (upTo > (merged.get(origin) ?? 0)) merged.set(origin, upTo);
  }
  return merged;
}

/** True when all of `vector` is in `dots`. */
export function isWithin(vector: Vector, dots: ReadonlyDotSet): boolean {
  for (const [origin, upTo] of vector) if (dots.prefix(origin) < upTo) return false;
  return true;
}

/** True when nothing in `causes` has a number above what `last` says of its origin. */
export function isBelow({ beyond, prev }: OpenCauses, last: (origin: Origin) => number): boolean {
  for (const [origin, upTo] of prev) if (upTo > last(origin)) return false;
  for (const origin of beyond?.origins() ?? []) {
    if (beyond !== undefined && beyond.last(origin) > last(origin)) return false;
  }
  return true;
}

/** The entries of `vector` that `floor` does not have. */
export function above(vector: Vector, floor: Vector): Map<Origin, number> {
  const rest = new Map<Origin, number>();
  for (const [origin, upTo] of vector) if (upTo > (floor.get(origin) ?? 0)) rest.set(origin, upTo);
  return rest;
}

/** All that this life has written, or will write. */
export function allOf(origin: Origin): DotSet {
  const all = new DotSet();
  all.addRange(origin, 1, Number.MAX_SAFE_INTEGER);
  return all;
}
