import type { Dot } from "../../../core/dot.ts";
import { DotSet } from "../../../core/dot-set.ts";
import type { Origin, PeerId } from "../../../core/peer.ts";
import type { ApplyVerdict, Delta, Replica, ReplicaListener } from "../../../exchange/replica.ts";

/** What every update of a `SeenReplica` is: only its dot matters. */
const UPDATE = 0;

/**
 * The least replica that can be spread: it knows which updates it has seen, and keeps them all, for
 * they say nothing. There may be 100,000 of them.
 */
export class SeenReplica implements Replica<unknown> {
  readonly seen = new DotSet();
  private readonly listeners: ReplicaListener<unknown>[] = [];
  private readonly afterStep: (run: () => void) => void;

  /** `afterStep`: when what others sent is told. Default: at once. */
  constructor(afterStep: (run: () => void) => void = (run) => run()) {
    this.afterStep = afterStep;
  }

  /** A new update of this node. */
  publish(origin: Origin): Dot {
    const dot = { origin, seq: this.seen.last(origin) + 1 };
    this.seen.add(dot);
    for (const listener of this.listeners) listener.onNews(dot, UPDATE, undefined);
    return dot;
  }

  apply(dot: Dot, update: unknown, from?: PeerId): ApplyVerdict {
    if (!this.seen.add(dot)) return "known";
    this.afterStep(() => {
      for (const listener of this.listeners) listener.onNews(dot, update, from);
    });
    return "news";
  }

  cover(): void {}

  get(dot: Dot): unknown {
    return this.seen.has(dot) ? UPDATE : undefined;
  }

  collect(wanted: DotSet): Delta<unknown> {
    const updates: [Dot, unknown][] = [];
    for (const dot of wanted.intersection(this.seen)) updates.push([dot, UPDATE]);
    return { updates, covers: new DotSet(), forgotten: new DotSet(), more: false };
  }

  subscribe(listener: ReplicaListener<unknown>): void {
    this.listeners.push(listener);
  }
}
