import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import type { Delta } from "../../exchange/replica.ts";

/** What somebody holds of a committed prefix. */
export interface HeldPrefix {
  readonly origin: Origin;
  /** Up to here items are gone for good. */
  readonly goneThrough: number;
  readonly through: number;
  updateAt(place: number): Uint8Array | undefined;
}

/**
 * What is held of `wanted`, within a budget. What is gone is said alone, so that whoever has no
 * room yet for what follows hears of it.
 */
export function prefixDelta(
  held: HeldPrefix,
  wanted: ReadonlyDotSet,
  budgetBytes: number,
): Delta<Uint8Array> {
  const { goneThrough, origin, through } = held;
  const updates: [Dot, Uint8Array][] = [];
  const covers = new DotSet();
  const forgotten = new DotSet();
  const ranges = [...wanted.ranges()].filter((range) => range.origin === origin);
  for (const { first, last } of ranges) {
    if (first <= goneThrough) forgotten.addRange(origin, first, Math.min(last, goneThrough));
  }
  if (!forgotten.isEmpty) return { updates, covers, forgotten, more: false };
  let bytes = 0;
  for (const { first, last } of ranges) {
    for (let seq = first; seq <= Math.min(last, through); seq += 1) {
      const update = held.updateAt(seq);
      if (update === undefined) break;
      bytes += update.length;
      if (updates.length > 0 && bytes > budgetBytes) {
        return { updates, covers, forgotten, more: true };
      }
      updates.push([{ origin, seq }, update]);
    }
  }
  return { updates, covers, forgotten, more: false };
}
