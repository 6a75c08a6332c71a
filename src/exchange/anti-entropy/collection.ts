import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { Delta, Replica } from "../replica.ts";
import { copyOrigin } from "./digest.ts";

/** Dots of one origin asked for at a time where origins take turns. */
const BREADTH_DOTS_COUNT = 8;
/** What an update may cost beyond its value; a replica counts exactly, this only plans. */
const LEAST_UPDATE_BYTES = 1;

export interface CollectPlan {
  readonly ordering: "depth" | "breadth";
  readonly budgetBytes: number;
  readonly random: Random;
  /** Bytes of an update, as the replica's codec would write it. */
  readonly sizeOf: (update: unknown) => number;
}

/**
 * Collects what a peer wants under a budget. In what order: *depth* gives the origin with the most
 * wanted updates all the room first, *breadth* lets origins take turns, so that none starves; ties
 * are random. Within an origin the oldest go first, always. [Scuttlebutt 2008 §3]
 */
export function collectFor(
  replica: Replica<unknown>,
  wanted: ReadonlyDotSet,
  theirs: ReadonlyDotSet,
  plan: CollectPlan,
): Delta<unknown> {
  const origins = originsByNeed(wanted, plan.random);
  // One call keeps what a replica knows best: which updates replace which.
  if (origins.length <= 1) return replica.collect(wanted, theirs, plan.budgetBytes);
  const pieces = plan.ordering === "depth" ? byOrigin(wanted, origins) : byTurns(wanted, origins);
  return gather(replica, pieces, theirs, plan);
}

function gather(
  replica: Replica<unknown>,
  pieces: Iterable<DotSet>,
  theirs: ReadonlyDotSet,
  plan: CollectPlan,
): Delta<unknown> {
  const updates: (readonly [Dot, unknown])[] = [];
  const covers = new DotSet();
  const forgotten = new DotSet();
  const received = theirs.clone();
  let leftBytes = plan.budgetBytes;
  for (const piece of pieces) {
    const delta = replica.collect(piece, received, Math.max(leftBytes, LEAST_UPDATE_BYTES));
    const isOver = updates.length > 0 && leftBytes <= 0 && delta.updates.length > 0;
    if (isOver) return { updates, covers, forgotten, more: true };
    for (const entry of delta.updates) {
      updates.push(entry);
      received.add(entry[0]);
      leftBytes -= plan.sizeOf(entry[1]);
    }
    covers.addAll(delta.covers);
    forgotten.addAll(delta.forgotten);
    if (delta.more) return { updates, covers, forgotten, more: true };
  }
  return { updates, covers, forgotten, more: false };
}

function* byOrigin(wanted: ReadonlyDotSet, origins: readonly Origin[]): IterableIterator<DotSet> {
  for (const origin of origins) {
    const piece = new DotSet();
    copyOrigin(wanted, origin, piece);
    yield piece;
  }
}

/** Turns grow, for of what is wanted much may be forgotten, and then costs nothing. */
function* byTurns(wanted: ReadonlyDotSet, origins: readonly Origin[]): IterableIterator<DotSet> {
  const reached = new Map<Origin, number>();
  let turnCount = BREADTH_DOTS_COUNT;
  let hasAny = true;
  while (hasAny) {
    hasAny = false;
    for (const origin of origins) {
      const piece = new DotSet();
      const turn = { after: reached.get(origin) ?? 0, count: turnCount };
      reached.set(origin, takeBehind(wanted, origin, turn, piece));
      if (piece.isEmpty) continue;
      hasAny = true;
      yield piece;
    }
    turnCount *= 2;
  }
}

/** Adds the oldest `count` dots of one origin behind `after`; returns the last of them. */
function takeBehind(
  from: ReadonlyDotSet,
  origin: Origin,
  { after, count }: { readonly after: number; readonly count: number },
  to: DotSet,
): number {
  const ranges = from.rangesOf(origin);
  let left = count;
  let reached = after;
  for (let range = 0; ranges !== undefined && range < ranges.rangesCount && left > 0; range += 1) {
    const first = Math.max(ranges.firstOf(range), after + 1);
    const last = Math.min(ranges.lastOf(range), first + left - 1);
    if (first > last) continue;
    to.addRange(origin, first, last);
    left -= last - first + 1;
    reached = last;
  }
  return reached;
}

/** Those with the most wanted dots first, equal ones in random order. */
function originsByNeed(wanted: ReadonlyDotSet, random: Random): Origin[] {
  const needs = new Map<Origin, number>();
  for (const { origin, first, last } of wanted.ranges()) {
    needs.set(origin, (needs.get(origin) ?? 0) + last - first + 1);
  }
  const ranked = [...needs].map(([origin, need]) => ({ origin, need, tie: random.real() }));
  ranked.sort((a, b) => b.need - a.need || a.tie - b.tie);
  return ranked.map(({ origin }) => origin);
}
