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
  // Nobody knows more of what this life wrote than it does itself.
  if (!isWhole(snapshot, theirs) || snapshot.seen.last(origin) > seen.last(origin))
    return "refused";
  const lost = gone.difference(snapshot.applied);
  return lost.isEmpty || isElder(theirs, gone) ? { lost } : "refused";
}

/** Of all that it speaks of, it says that it was received. */
function isWhole(snapshot: OperationSnapshot, gone: ReadonlyDotSet): boolean {
  const { applied, forgotten, log, order, seen } = snapshot;
  const isLogSeen = log.every(({ dot }) => seen.has(dot));
  // A clock that runs ahead would let this replica pass over what is still to come.
  const isOrderSeen = order.clocks.every(({ origin, seq }) => seq <= seen.prefix(origin));
  const isSeen = isLogSeen && isOrderSeen && seen.contains(forgotten) && seen.contains(applied);
  const held = DotSet.of(...log.map(({ dot }) => dot));
  const isQueueHeld = (order.placed?.queue ?? []).every((dot) => held.has(dot));
  return isSeen && isQueueHeld && applied.contains(gone);
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
