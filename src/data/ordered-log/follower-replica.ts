import type { Dot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin, PeerId } from "../../core/peer.ts";
import type { ApplyVerdict, Delta, Replica } from "../../exchange/replica.ts";
import type { LogFollower } from "./log-follower.ts";
import { prefixDelta } from "./prefix-delta.ts";
import { prefixOrigin } from "./prefix-update.ts";

/**
 * What a follower holds of a log, as a replica. What it dropped by its own bounds it does not give,
 * and does not call forgotten: members may hold it yet.
 */
export class FollowerReplica implements Replica<Uint8Array> {
  private readonly origin: Origin;
  private readonly follower: LogFollower;

  constructor(log: string, follower: LogFollower) {
    this.origin = prefixOrigin(log);
    this.follower = follower;
  }

  get seen(): ReadonlyDotSet {
    return this.follower.items.seen;
  }

  apply(dot: Dot, update: Uint8Array, from?: PeerId): ApplyVerdict {
    if (dot.origin !== this.origin) return "rejected";
    if (this.seen.has(dot)) return "known";
    return this.follower.take(dot.seq, update, from);
  }

  cover(_covers: ReadonlyDotSet, forgotten: ReadonlyDotSet): void {
    const last = forgotten.rangesOf(this.origin)?.last ?? 0;
    if (last > 0) this.follower.onGone(last);
  }

  get(dot: Dot): Uint8Array | undefined {
    return dot.origin === this.origin ? this.follower.items.updateAt(dot.seq) : undefined;
  }

  collect(wanted: ReadonlyDotSet, _theirs: unknown, budgetBytes: number): Delta<Uint8Array> {
    const { items, trimmed } = this.follower;
    const held = {
      origin: this.origin,
      goneThrough: trimmed.place,
      through: items.through.place,
      updateAt: (place: number) => items.updateAt(place),
    };
    return prefixDelta(held, wanted, budgetBytes);
  }

  /** Nothing is new here by this way: whoever reads is told by the follower. */
  subscribe(): void {}
}
