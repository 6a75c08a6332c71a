import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import { FixedDots } from "../../core/fixed-dots.ts";
import { contextOf, type HeldVersion } from "./held-version.ts";

/*
 * Each life of a node that has written a key leaves a range in the contexts of that key. A context
 * is there to supersede what may still stand somewhere, or come: what is stable comes to nobody any
 * more, and stands nowhere where all have seen a write that had superseded it.
 *
 * Departs from [spec state transfer §5]: there is no `retired` vector; what all know is left out.
 */

/**
 * What a write must hold of `all` that it supersedes: not what heads that it replaces, and that all
 * replicas have seen, had superseded for all of them. What only its author's client had seen stays.
 */
export function trimmed(
  all: FixedDots,
  replaced: readonly HeldVersion[],
  stable: ReadonlyDotSet,
): FixedDots {
  const gone = new DotSet();
  for (const { dot, update } of replaced) if (stable.has(dot)) gone.addAll(update.parents);
  const kept = all.difference(gone.intersection(stable));
  for (const { dot, history, update } of replaced) {
    if (stable.has(dot)) kept.addRange(dot.origin, update.first, dot.seq);
    else kept.addAll(history);
  }
  return FixedDots.from(kept);
}

/**
 * Of what a client has seen, that which the contexts of `heads` could still tell of: beside it, it
 * may have seen what was left out of them, and has then seen less than their authors.
 */
export function withoutTrimmed(
  seen: ReadonlyDotSet,
  heads: readonly HeldVersion[],
  stable: ReadonlyDotSet,
): DotSet {
  return seen.difference(stable).union(seen.intersection(contextOf(heads)));
}
