import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";

export interface LostCausesWiring {
  readonly lostAfterMs: number;
  readonly wallClock: () => number;
  readonly seen: () => ReadonlyDotSet;
  /** Up to where each origin is waited for that will never write again. */
  readonly lacked: () => ReadonlyMap<Origin, number>;
  /** Whether every other member was heard of, and none of them has any of `dots`. */
  readonly isNowhere: (dots: ReadonlyDotSet) => boolean;
}

/**
 * Causes that nobody has any more: what only a lost replica had, and others came after. Once no
 * member has had them for long, they are given up, or what waits for them would wait for ever.
 * [because: spec §12 says that they are lost, and not what becomes of those that came after]
 */
export class LostCauses {
  private readonly wiring: LostCausesWiring;
  private readonly sinceMs = new Map<Origin, number>();

  constructor(wiring: LostCausesWiring) {
    this.wiring = wiring;
  }

  /** What is to be given up now. */
  due(): DotSet {
    const { isNowhere, lacked, lostAfterMs, seen, wallClock } = this.wiring;
    const due = new DotSet();
    const nowMs = wallClock();
    const all = lacked();
    for (const origin of [...this.sinceMs.keys()])
      if (!all.has(origin)) this.sinceMs.delete(origin);
    for (const [origin, upTo] of all) {
      const wanted = new DotSet();
      wanted.addRange(origin, 1, upTo);
      const missing = wanted.difference(seen());
      if (missing.isEmpty || !isNowhere(missing)) this.sinceMs.delete(origin);
      else if (!this.sinceMs.has(origin)) this.sinceMs.set(origin, nowMs);
      else if (nowMs - (this.sinceMs.get(origin) ?? nowMs) >= lostAfterMs) due.addAll(missing);
    }
    return due;
  }
}
