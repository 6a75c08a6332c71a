import type { Dot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { PeerId } from "../../core/peer.ts";
import type { HistoryUpdate } from "../../data/history/history.messages.ts";
import type { ApplyVerdict, Delta, Replica, ReplicaListener } from "../../exchange/replica.ts";

/**
 * A topic's messages as one way of spreading sees them: it is told of what this node publishes this
 * way, and of nothing else. What comes another way stays on that way, so that no two ways carry the
 * same message, and a past that anti-entropy brings is not announced to those who keep none.
 */
export class SpreadReplica implements Replica<HistoryUpdate> {
  private readonly kept: Replica<HistoryUpdate>;
  private readonly listeners: ReplicaListener<HistoryUpdate>[] = [];

  constructor(kept: Replica<HistoryUpdate>) {
    this.kept = kept;
  }

  get seen(): ReadonlyDotSet {
    return this.kept.seen;
  }

  /** In the step in which this node wrote it. */
  spread(dot: Dot, update: HistoryUpdate): void {
    for (const listener of this.listeners) listener.onNews(dot, update, undefined);
  }

  apply(dot: Dot, update: HistoryUpdate, from?: PeerId): ApplyVerdict {
    return this.kept.apply(dot, update, from);
  }

  cover(covers: ReadonlyDotSet, forgotten: ReadonlyDotSet): void {
    this.kept.cover(covers, forgotten);
  }

  get(dot: Dot): HistoryUpdate | undefined {
    return this.kept.get(dot);
  }

  collect(
    wanted: ReadonlyDotSet,
    theirs: ReadonlyDotSet,
    budgetBytes: number,
  ): Delta<HistoryUpdate> {
    return this.kept.collect(wanted, theirs, budgetBytes);
  }

  subscribe(listener: ReplicaListener<HistoryUpdate>): void {
    this.listeners.push(listener);
  }
}
