import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import { compareUtf8 } from "../../core/text.ts";
import type { OperationSnapshot } from "./operation-log.messages.ts";

/** What a replica is, to which a snapshot is offered. */
export interface OfferedTo {
  readonly origin: Origin;
  readonly seen: ReadonlyDotSet;
  readonly applied: ReadonlyDotSet;
  /** Executed, and kept no more. */
  readonly gone: ReadonlyDotSet;
}

/**
 *   needless   all that it has is executed here
 *   refused    no replica can be so, or this one's own history is the one that stays
 *   lost       it may be installed: this was executed here, and has no effect any more
 */
export type SnapshotVerdict = "needless" | "refused" | { readonly lost: ReadonlyDotSet };

export function judgeSnapshot(
  snapshot: OperationSnapshot,
  { applied, gone, origin, seen }: OfferedTo,
): SnapshotVerdict {
  if (applied.contains(snapshot.applied)) return "needless";
  const theirs = goneOf(snapshot);
  const isWhole = snapshot.applied.contains(theirs) && snapshot.seen.contains(snapshot.applied);
  // Nobody knows more of what this life wrote than it does itself.
  if (!isWhole || snapshot.seen.last(origin) > seen.last(origin)) return "refused";
  const lost = gone.difference(snapshot.applied);
  return lost.isEmpty || isElder(theirs, gone) ? { lost } : "refused";
}

/** Executed there, and told to nobody any more. */
function goneOf({ forgotten, log, seen }: OperationSnapshot): ReadonlyDotSet {
  return seen.difference(DotSet.of(...log.map(({ dot }) => dot))).difference(forgotten);
}

/**
 * Which of two histories stays that began apart, each with something that it cannot tell the other:
 * the one with the first origin. Both sides find the same.
 */
function isElder(one: ReadonlyDotSet, other: ReadonlyDotSet): boolean {
  const [first = "", second = ""] = [firstOrigin(one), firstOrigin(other)];
  if (first !== second) return first < second;
  return one.size === other.size ? one.hash() < other.hash() : one.size > other.size;
}

function firstOrigin(dots: ReadonlyDotSet): string | undefined {
  return [...dots.origins()].sort(compareUtf8)[0];
}
