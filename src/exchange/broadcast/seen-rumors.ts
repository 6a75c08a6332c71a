import { BoundedMap } from "../../core/collections/bounded-map.ts";
import type { BroadcastCounters } from "./broadcast.contract.ts";
import type { Rumor } from "./broadcast.messages.ts";
import type { BroadcastOptions } from "./broadcast.options.ts";
import { SeenSeqs } from "./seen-seqs.ts";

/** What was heard of one tag, by origin. */
type SeenOrigins = BoundedMap<string, SeenSeqs>;

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
    const seqs = this.seqsOf(this.originsOf(rumor.tag), rumor);
    if (seqs.has(rumor.seq)) return false;
    const givenUpCount = seqs.add(rumor.seq);
    if (givenUpCount > 0) this.counters.add("broadcast.forgotten.gap", givenUpCount);
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

  private seqsOf(origins: SeenOrigins, { origin, seq }: Pick<Rumor, "origin" | "seq">): SeenSeqs {
    const known = origins.get(origin);
    if (known !== undefined) return known;
    if (origins.size === origins.capacity) this.counters.add("broadcast.forgotten.origin");
    const seqs = new SeenSeqs(seq, this.options.gapsMaxCount);
    origins.set(origin, seqs);
    return seqs;
  }
}
