import type { Dot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { PeerId } from "../../core/peer.ts";
import type { HistoryUpdate } from "../../data/history/history.messages.ts";
import type { ApplyVerdict, Delta, Replica, ReplicaListener } from "../../exchange/replica.ts";

/**
 * A replica, such as the messages of a topic, as one way of spreading sees it: it is told of what
 * this node writes this way, and of nothing else. What comes another way stays on that way, so that
 * no two ways carry the same message, and a past that anti-entropy brings is not announced to those
 * who keep none.
 */
export class SpreadReplica<Update = HistoryUpdate> implements Replica<Update> {
  private readonly kept: Replica<Update>;
  private readonly listeners: ReplicaListener<Update>[] = [];

  constructor(kept: Replica<Update>) {
    this.kept = kept;
  }

  get seen(): ReadonlyDotSet {
    return this.kept.seen;
  }

  /** In the step in which this node wrote it. */
  spread(dot: Dot, update: Update): void {
    for (const listener of this.listeners) listener.onNews(dot, update, undefined);
  }

  apply(dot: Dot, update: Update, from?: PeerId): ApplyVerdict {
    return this.kept.apply(dot, update, from);
  }

  cover(covers: ReadonlyDotSet, forgotten: ReadonlyDotSet): void {
    this.kept.cover(covers, forgotten);
  }

  get(dot: Dot): Update | undefined {
    return this.kept.get(dot);
  }

  collect(wanted: ReadonlyDotSet, theirs: ReadonlyDotSet, budgetBytes: number): Delta<Update> {
    return this.kept.collect(wanted, theirs, budgetBytes);
  }

  subscribe(listener: ReplicaListener<Update>): void {
    this.listeners.push(listener);
  }
}
