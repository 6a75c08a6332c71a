import type { Dot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import type { PlaceRecord } from "./replica-set.messages.ts";

export type ReplicaSetsCount =
  | "replicaSets.announced"
  | "replicaSets.left"
  | "replicaSets.evicted"
  /** Records that nobody needs any more, dropped when all had seen them. */
  | "replicaSets.purged"
  /** Records that had to wait, for too many are kept. */
  | "replicaSets.deferred"
  /** Records that make no sense, or that only another could have said. */
  | "replicaSets.rejected";

export interface ReplicaSetsWiring {
  /** In whose name this node speaks now. */
  readonly origin: () => Origin;
  /** Runs `body` last in the current step. */
  readonly afterStep: (body: () => void) => void;
  readonly counters: { add(name: ReplicaSetsCount, by?: number): void };
  /** Takes note of what must survive a restart. */
  readonly journal?: ReplicaSetsJournal;
}

export interface ReplicaSetsJournal {
  onRecord(dot: Dot, record: PlaceRecord): void;
  onCovered(dots: ReadonlyDotSet): void;
}

/** Told last in a step. */
export interface ReplicaSetsListener {
  /** Somebody came, left or was put out. */
  onChange?(record: PlaceRecord): void;
  /**
   * This node was put out of the set. "keeps": whoever said so was put out itself, by a side with
   * more members, so that what this node holds is what all will hold. "discards": it is not.
   */
  onEvicted?(replica: string, eviction: { readonly by: Origin; readonly state: StateFate }): void;
  /** A life of this name that nobody here knew of has a higher boot, and so the place. */
  onSucceeded?(replica: string): void;
  /**
   * A former life of this name had a place, and the disk that this life says it has its state from
   * knows nothing of that: it was restored from an old copy.
   */
  onOutdated?(replica: string): void;
  /**
   * Another was put out by somebody who did not know this node: if it holds anything, it may have
   * it from the one who was put out, and lack what the others have purged since.
   */
  onOverruled?(replica: string): void;
}

export type StateFate = "keeps" | "discards";
