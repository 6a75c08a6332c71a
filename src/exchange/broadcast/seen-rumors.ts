import { BoundedMap } from "../../core/collections/bounded-map.ts";
import type { Dot } from "../../core/dot.ts";
import { DotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import type { BroadcastCounters } from "./broadcast.contract.ts";
import type { Rumor } from "./broadcast.messages.ts";
import type { BroadcastOptions } from "./broadcast.options.ts";

/** The dots heard of one tag, a set for each origin so that one can be forgotten by itself. */
type SeenOrigins = BoundedMap<Origin, DotSet>;

/**
 * Which rumours were heard already, so that each is delivered and passed on once. Tags and origins
 * come from others, so both tables are bounded; whatever was not heard of for the longest time is
 * forgotten first, and counted, for its rumours could then be heard twice.
 */
export class SeenRumors {
  private readonly tags: BoundedMap<string, SeenOrigins>;
  private readonly options: BroadcastOptions;
  private readonly counters: BroadcastCounters;

  constructor(options: BroadcastOptions, counters: BroadcastCounters) {
    this.options = options;
    this.counters = counters;
    this.tags = new BoundedMap(options.tagsMaxCount);
  }

  /** Marks `rumor` as heard. False when it was heard before. */
  take(rumor: Pick<Rumor, "tag" | "origin" | "seq">): boolean {
    const dots = this.dotsOf(this.originsOf(rumor.tag), rumor.origin);
    if (!dots.add(rumor)) return false;
    while (dots.rangesCount > this.options.gapsMaxCount) this.giveUpGap(dots, rumor);
    return true;
  }

  private originsOf(tag: string): SeenOrigins {
    const known = this.tags.get(tag);
    if (known !== undefined) return known;
    if (this.tags.size === this.tags.capacity) this.counters.add("broadcast.forgotten.tag");
    const origins: SeenOrigins = new BoundedMap(this.options.originsMaxCount);
    this.tags.set(tag, origins);
    return origins;
  }

  private dotsOf(origins: SeenOrigins, origin: Origin): DotSet {
    const known = origins.get(origin);
    if (known !== undefined) return known;
    if (origins.size === origins.capacity) this.counters.add("broadcast.forgotten.origin");
    const dots = new DotSet();
    origins.set(origin, dots);
    return dots;
  }

  /** The oldest missing rumours now count as seen: whoever still has them is very late. */
  private giveUpGap(dots: DotSet, { origin }: Dot): void {
    const ranges = dots.rangesOf(origin);
    if (ranges === undefined || ranges.rangesCount < 2) return;
    const givenUpCount = dots.addRange(origin, ranges.lastOf(0) + 1, ranges.firstOf(1) - 1);
    this.counters.add("broadcast.forgotten.gap", givenUpCount);
  }
}
