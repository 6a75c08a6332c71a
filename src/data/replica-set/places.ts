import type { Dot } from "../../core/dot.ts";
import { makeOrigin, type Origin, parseOrigin } from "../../core/peer.ts";
import { textLanes } from "../../core/seq-ranges.ts";
import { compareUtf8 } from "../../core/text.ts";
import type { PlaceRecord } from "./replica-set.messages.ts";

/**
 *   unknown   has announced nothing
 *   member    stands in the set
 *   former    a later life of the same name has its place
 *   left      went, and is not waited for
 *   evicted   it, or the life whose state it has, was put out
 */
export type Standing = "unknown" | "member" | "former" | "left" | "evicted";

/** An eviction as others are weighed against it. */
export interface Eviction {
  readonly boot: number;
  readonly weight: number;
  readonly dot: Dot;
}

/** What is known of one name in one replica set: the last word of each kind. */
interface Place {
  announced: { readonly boot: number; readonly sinceBoot: number; readonly dot: Dot } | undefined;
  left: { readonly boot: number; readonly dot: Dot } | undefined;
  evicted: Eviction | undefined;
}

/**
 * The sets, as they follow from all that was said: announced < left < evicted for each origin, and
 * none of it is ever taken back, for an origin is not used again. Of a name only the last life
 * counts. The order in which records come does not matter.
 */
export class Places {
  private readonly byReplica = new Map<string, Map<string, Place>>();

  /** Takes note of a record. */
  take(dot: Dot, record: PlaceRecord): void {
    const { boot, name } = partsOf(record.origin);
    const place = this.placeFor(record.replica, name);
    switch (record.kind) {
      case "announced": {
        const { sinceBoot } = record;
        if (isLater({ boot, dot }, place.announced)) place.announced = { boot, sinceBoot, dot };
        return;
      }
      case "left":
        if (isLater({ boot, dot }, place.left)) place.left = { boot, dot };
        return;
      case "evicted": {
        const eviction = { boot, weight: record.weight, dot };
        const { evicted } = place;
        const isNew = evicted === undefined || boot > evicted.boot;
        if (isNew || (boot === evicted.boot && outweighs(eviction, evicted))) {
          place.evicted = eviction;
        }
      }
    }
  }

  /** True when nothing would be different without the record. */
  isSuperseded(dot: Dot, record: PlaceRecord): boolean {
    const { boot, name } = partsOf(record.origin);
    const place = this.byReplica.get(record.replica)?.get(name);
    const announced = place?.announced;
    switch (record.kind) {
      case "announced":
        return !isOf(announced, dot);
      case "left":
        return !isOf(place?.left, dot) || (announced?.boot ?? -1) > boot;
      case "evicted":
        return !isOf(place?.evicted, dot) || (announced?.sinceBoot ?? -1) > boot;
    }
  }

  /** Every replica of which anything is known. */
  replicas(): IterableIterator<string> {
    return this.byReplica.keys();
  }

  /** Who stands in the set, in the order of their names. */
  members(replica: string): Origin[] {
    const members: Origin[] = [];
    for (const [name, place] of this.byReplica.get(replica) ?? []) {
      if (isMember(place)) members.push(makeOrigin(name, place.announced.boot));
    }
    return members.sort(compareUtf8);
  }

  /** Marks of the lines of lives that stand in the set, ascending. */
  marks(replica: string): number[] {
    const marks: number[] = [];
    for (const [name, place] of this.byReplica.get(replica) ?? []) {
      if (isMember(place)) marks.push(markOf(name, place.announced.sinceBoot));
    }
    return marks.sort((a, b) => a - b);
  }

  /** The last life of each name, with its standing, in the order of names. */
  all(replica: string): { readonly origin: Origin; readonly standing: Standing }[] {
    const found: { origin: Origin; standing: Standing }[] = [];
    for (const [name, { announced, evicted, left }] of this.byReplica.get(replica) ?? []) {
      const boots = [announced?.boot ?? 0, left?.boot ?? 0, evicted?.boot ?? 0];
      const origin = makeOrigin(name, Math.max(...boots));
      found.push({ origin, standing: this.standingOf(replica, origin) });
    }
    return found.sort((a, b) => compareUtf8(a.origin, b.origin));
  }

  standingOf(replica: string, origin: Origin): Standing {
    const { boot, name } = partsOf(origin);
    const place = this.byReplica.get(replica)?.get(name);
    if (place === undefined) return "unknown";
    const { announced, left } = place;
    if (this.evictionOf(replica, origin) !== undefined) return "evicted";
    if (announced !== undefined && announced.boot > boot) return "former";
    if (left !== undefined && left.boot >= boot) return "left";
    return announced?.boot === boot ? "member" : "unknown";
  }

  /** What put `origin` out: an eviction of it, or of a life whose state it has. */
  evictionOf(replica: string, origin: Origin): Eviction | undefined {
    const { boot, name } = partsOf(origin);
    const place = this.byReplica.get(replica)?.get(name);
    const evicted = place?.evicted;
    if (evicted === undefined) return undefined;
    const { announced } = place ?? {};
    const beganWith = announced?.boot === boot ? announced.sinceBoot : boot;
    return beganWith <= evicted.boot ? evicted : undefined;
  }

  /** The last announcement of that name. */
  announcementOf(replica: string, name: string): Place["announced"] {
    return this.byReplica.get(replica)?.get(name)?.announced;
  }

  private placeFor(replica: string, name: string): Place {
    let places = this.byReplica.get(replica);
    if (places === undefined) {
      places = new Map();
      this.byReplica.set(replica, places);
    }
    let place = places.get(name);
    if (place === undefined) {
      place = { announced: undefined, left: undefined, evicted: undefined };
      places.set(name, place);
    }
    return place;
  }
}

/**
 * Which of two evictions holds where each side has put out the other: that of the side with more
 * members, or else, so that both see the same, of the smaller author.
 */
export function outweighs(one: Eviction, other: Eviction): boolean {
  if (one.weight !== other.weight) return one.weight > other.weight;
  const order = compareUtf8(one.dot.origin, other.dot.origin);
  return order === 0 ? one.dot.seq < other.dot.seq : order < 0;
}

/** 32 bits for a line of lives that hand their state down, named by the first of them. */
export function markOf(name: string, sinceBoot: number): number {
  return textLanes(makeOrigin(name, sinceBoot)).low >>> 0;
}

interface Said {
  readonly boot: number;
  readonly dot: Dot;
}

/** What a life said of itself counts until it, or a later life, says something else. */
function isLater(one: Said, other: Said | undefined): boolean {
  if (other === undefined || one.boot !== other.boot) return one.boot > (other?.boot ?? -1);
  return one.dot.seq > other.dot.seq;
}

function isMember(place: Place): place is Place & { announced: NonNullable<Place["announced"]> } {
  const { announced, evicted, left } = place;
  if (announced === undefined) return false;
  return announced.boot > (left?.boot ?? -1) && announced.sinceBoot > (evicted?.boot ?? -1);
}

function isOf(one: { readonly dot: Dot } | undefined, { origin, seq }: Dot): boolean {
  return one !== undefined && one.dot.seq === seq && one.dot.origin === origin;
}

function partsOf(origin: Origin): { readonly name: string; readonly boot: number } {
  return parseOrigin(origin) ?? { name: origin, boot: 0 };
}
