import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import { utf8ByteLength } from "../../core/text.ts";
import type { Digest } from "./anti-entropy.messages.ts";

/** Two varints of a range, as a rule. */
const RANGE_BYTES = 6;
/** Length of the origin's text and count of its ranges. */
const ORIGIN_HEAD_BYTES = 2;

/**
 * What was seen of `replica`, whole or as many origins as fit, beginning at a random one, so that
 * after some rounds each was listed. An origin is listed with all its ranges, and at least one is.
 */
export function digestOf(
  replica: string,
  seen: ReadonlyDotSet,
  cut: { readonly maxBytes: number; readonly random: Random },
): Digest {
  const costs = new Map<Origin, number>();
  let total = 0;
  for (const { origin } of seen.ranges()) {
    const known = costs.get(origin);
    const cost = RANGE_BYTES + (known ?? ORIGIN_HEAD_BYTES + utf8ByteLength(origin));
    costs.set(origin, cost);
    total += cost - (known ?? 0);
  }
  if (total <= cut.maxBytes) return { replica, seen: seen.clone(), extent: "whole" };
  const origins = [...costs.keys()];
  const listed = new DotSet();
  const first = cut.random.below(origins.length);
  let leftBytes = cut.maxBytes;
  for (let step = 0; step < origins.length; step += 1) {
    const origin = origins[(first + step) % origins.length];
    if (origin === undefined) continue;
    leftBytes -= costs.get(origin) ?? 0;
    if (leftBytes < 0 && step > 0) break;
    copyOrigin(seen, origin, listed);
  }
  return { replica, seen: listed, extent: "partial" };
}

/** Adds to `to` all that `from` has of one origin. */
export function copyOrigin(from: ReadonlyDotSet, origin: Origin, to: DotSet): void {
  const ranges = from.rangesOf(origin);
  if (ranges === undefined) return;
  for (let range = 0; range < ranges.rangesCount; range += 1) {
    to.addRange(origin, ranges.firstOf(range), ranges.lastOf(range));
  }
}
