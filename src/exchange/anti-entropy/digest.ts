import { at } from "../../core/collections/at.ts";
import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import { utf8ByteLength } from "../../core/text.ts";
import type { Digest } from "./anti-entropy.messages.ts";

/** Two varints of a range, as a rule. */
const RANGE_BYTES = 3;
/** Length of the origin's text and count of its ranges; numbers are larger in few ranges. */
const ORIGIN_HEAD_BYTES = 5;

/** About what a whole digest takes on the wire. */
export function digestBytesOf(seen: ReadonlyDotSet): number {
  let total = 0;
  for (const origin of seen.origins()) total += costOf(seen, origin);
  return total;
}

/**
 * What was seen of `replica`, whole or as many origins as fit, beginning at a random one, so that
 * after some rounds each was listed. An origin is listed with all its ranges, and at least one is.
 */
export function digestOf(
  replica: string,
  seen: ReadonlyDotSet,
  cut: { readonly maxBytes: number; readonly random: Random },
): Digest {
  const { size } = seen;
  if (digestBytesOf(seen) <= cut.maxBytes) {
    return { replica, seen: seen.clone(), extent: "whole", size };
  }
  const origins = [...seen.origins()];
  const listed = new DotSet();
  const first = cut.random.below(origins.length);
  let leftBytes = cut.maxBytes;
  for (let step = 0; step < origins.length; step += 1) {
    const origin = at(origins, (first + step) % origins.length);
    leftBytes -= costOf(seen, origin);
    if (leftBytes < 0 && step > 0) break;
    copyOrigin(seen, origin, listed);
  }
  return { replica, seen: listed, extent: "partial", size };
}

/**
 * The piece of a long digest that begins at `from`, or at the beginning; it says where the next one
 * begins. Pieces follow this node's order of origins and may part an origin's ranges.
 */
export function digestPieceOf(
  replica: string,
  seen: ReadonlyDotSet,
  { from, maxBytes }: { readonly from: Dot | undefined; readonly maxBytes: number },
): Digest {
  const listed = new DotSet();
  const { size } = seen;
  let leftBytes = maxBytes;
  let isReached = from === undefined || seen.rangesOf(from.origin) === undefined;
  for (const origin of seen.origins()) {
    const ranges = seen.rangesOf(origin);
    const isFirst = from?.origin === origin;
    isReached ||= isFirst;
    if (!isReached || ranges === undefined) continue;
    leftBytes -= ORIGIN_HEAD_BYTES + utf8ByteLength(origin);
    const start = isFirst ? ranges.rangeFrom(from.seq) : 0;
    for (let range = start; range < ranges.rangesCount; range += 1) {
      const first = ranges.firstOf(range);
      if (leftBytes <= 0 && !listed.isEmpty) {
        return { replica, seen: listed, extent: "partial", size, next: { origin, seq: first } };
      }
      listed.addRange(origin, first, ranges.lastOf(range));
      leftBytes -= RANGE_BYTES;
    }
  }
  return { replica, seen: listed, extent: "partial", size };
}

/** Adds to `to` all that `from` has of one origin. */
export function copyOrigin(from: ReadonlyDotSet, origin: Origin, to: DotSet): void {
  const ranges = from.rangesOf(origin);
  if (ranges === undefined) return;
  for (let range = 0; range < ranges.rangesCount; range += 1) {
    to.addRange(origin, ranges.firstOf(range), ranges.lastOf(range));
  }
}

function costOf(seen: ReadonlyDotSet, origin: Origin): number {
  const count = seen.rangesOf(origin)?.rangesCount ?? 0;
  return ORIGIN_HEAD_BYTES + utf8ByteLength(origin) + RANGE_BYTES * count;
}
