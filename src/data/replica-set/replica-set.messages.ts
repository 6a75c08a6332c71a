import type { Dot } from "../../core/dot.ts";
import type { DotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";

/** The name of the replica that says who replicates what; users' replicas have a kind before it. */
export const REPLICA_SETS = "replicas";

/** One thing that was said about the place of an origin in the replica set of `replica`. */
export type PlaceRecord = AnnouncedRecord | LeftRecord | EvictedRecord;

interface OfPlace {
  readonly replica: string;
  readonly origin: Origin;
}

/** Said by the origin itself when it opens the replica. */
export interface AnnouncedRecord extends OfPlace {
  readonly kind: "announced";
  /**
   * The boot in which it began with nothing: lives since then have handed their state down by the
   * disk. An eviction of any of them is an eviction of this one.
   */
  readonly sinceBoot: number;
}

/** Said by the origin itself as it goes for good. */
export interface LeftRecord extends OfPlace {
  readonly kind: "left";
}

/** Said by another, by command or because the origin was not alive for too long. */
export interface EvictedRecord extends OfPlace {
  readonly kind: "evicted";
  /** How many members of the set its author could reach, itself among them. */
  readonly weight: number;
  /**
   * Marks of the lines of lives that its author knew to stand in the set, ascending: from then on
   * it waits for these, and for nobody else before it has heard of them.
   */
  readonly known: readonly number[];
}

export type PlaceEntry = readonly [Dot, PlaceRecord];

/** What stands in the journal. */
export type PlaceJournalRecord =
  | { readonly kind: "place"; readonly dot: Dot; readonly record: PlaceRecord }
  | { readonly kind: "covered"; readonly dots: DotSet };

export interface PlaceSnapshot {
  readonly seen: DotSet;
  readonly covered: DotSet;
  readonly entries: readonly PlaceEntry[];
}
