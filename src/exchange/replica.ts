import type { Dot } from "../core/dot.ts";
import type { DotSet, ReadonlyDotSet } from "../core/dot-set.ts";
import type { PeerId } from "../core/peer.ts";

/**
 * What a replica made of an update. Every verdict but "deferred" (no room now) leaves the dot seen:
 *
 *   news        it changed what this replica holds
 *   known       the dot was seen before
 *   superseded  something newer is held already
 *   rejected    it is no valid update, and never will be
 */
export type ApplyVerdict = "news" | "known" | "superseded" | "rejected" | "deferred";

/**
 * What an exchange needs of a data model, and all it may know. The update named by a dot never
 * changes, so replicas that have seen the same dots hold the same.
 */
export interface Replica<Update> {
  /** Held, superseded, rejected or forgotten. Not to be changed; `seen.hash()` is cheap. */
  readonly seen: ReadonlyDotSet;
  /** Idempotent and free of order. Only "deferred" leaves the dot unseen. */
  apply(dot: Dot, update: Update, from?: PeerId): ApplyVerdict;
  /**
   * Takes note of dots that will not be sent: superseded, or dropped by a bound elsewhere. Called
   * after all updates of a delta were applied and none was deferred.
   */
  cover(covers: ReadonlyDotSet, forgotten: ReadonlyDotSet): void;
  /** The update, while this replica holds it. */
  get(dot: Dot): Update | undefined;
  /**
   * What a peer who has seen `theirs` wants: the wanted dots that are held, oldest first per
   * origin, cut where `budgetBytes` would be exceeded; at least one update when any is held.
   */
  collect(wanted: ReadonlyDotSet, theirs: ReadonlyDotSet, budgetBytes: number): Delta<Update>;
  /** Listeners are told last in a step. */
  subscribe(listener: ReplicaListener<Update>): void;
}

/**
 * What travels from one replica to another. A dot may stand in `covers` only if what superseded it
 * is in this same delta, or was seen by the receiver, or is stable (seen by the whole replica set):
 * else the receiver would believe to have seen what nobody ever tells it again. History that a
 * bound dropped stands in `forgotten`; the receiver reports it to its user as a gap.
 */
export interface Delta<Update> {
  readonly updates: readonly (readonly [Dot, Update])[];
  readonly covers: DotSet;
  readonly forgotten: DotSet;
  /** True when the budget cut off what was wanted and is held. */
  readonly more: boolean;
}

export interface ReplicaListener<Update> {
  /** An update that changed something; `from` is undefined for a local one. */
  onNews(dot: Dot, update: Update, from: PeerId | undefined): void;
  /** Dots that this replica will never be told, for a bound dropped them elsewhere. */
  onForgotten?(dots: ReadonlyDotSet): void;
}
