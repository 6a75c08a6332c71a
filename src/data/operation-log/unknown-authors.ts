import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";

export interface UnknownAuthorsWiring {
  readonly origin: () => Origin;
  readonly members: () => readonly Origin[];
  /** Stood in the set, and will never write again. */
  readonly isGone: (origin: Origin) => boolean;
  readonly wallClock: () => number;
  /** An author of whom nothing else is heard for so long is waited for no more. */
  readonly lostAfterMs: number;
}

/**
 * Those who wrote something that is here, and of whom the replica set says nothing yet: updates may
 * outrun it. While there is one the set is larger than it looks, and nothing is stable, or what
 * half of a set has would be dropped, and be lost when the other half is met.
 * [because: spec §12 has an agreed list of members, and this set is one that spreads]
 */
export class UnknownAuthors {
  private readonly wiring: UnknownAuthorsWiring;
  private readonly sinceMs = new Map<Origin, number>();

  constructor(wiring: UnknownAuthorsWiring) {
    this.wiring = wiring;
  }

  /** Whether somebody who wrote some of `seen` is still to be heard of. */
  isAnyIn(seen: ReadonlyDotSet): boolean {
    const { isGone, lostAfterMs, members, origin: own, wallClock } = this.wiring;
    const known = new Set(members()).add(own());
    const nowMs = wallClock();
    let isAny = false;
    for (const origin of seen.origins()) {
      if (known.has(origin) || isGone(origin)) {
        this.sinceMs.delete(origin);
        continue;
      }
      const sinceMs = this.sinceMs.get(origin) ?? nowMs;
      this.sinceMs.set(origin, sinceMs);
      if (nowMs - sinceMs < lostAfterMs) isAny = true;
    }
    return isAny;
  }

  /** Everything that was seen is forgotten. */
  clear(): void {
    this.sinceMs.clear();
  }
}
