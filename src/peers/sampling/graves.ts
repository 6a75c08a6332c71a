import { BoundedMap } from "../../core/collections/bounded-map.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Goodbye } from "./sampling.messages.ts";

/** Longest that a departure told by others may have been: later ones bury nobody. */
const AGE_MAX_COUNT = 1_000_000;
/** Departures that are passed on, the latest heard. [because: eight go into one message] */
const DEPARTURES_MAX_COUNT = 64;

interface Grave {
  readonly diedRound: number;
  readonly isBanned: boolean;
}

/**
 * Who is not taken back on the word of others, unless it is younger than the end: descriptors of
 * the dead travel on long after them. Bounded; the oldest is forgotten first.
 */
export class Graves {
  private readonly graves: BoundedMap<PeerId, Grave>;
  /** When who left, to be passed on. A silence is not: it may be this node's own trouble. */
  private readonly departures = new BoundedMap<PeerId, number>(DEPARTURES_MAX_COUNT);

  constructor(maxCount: number) {
    this.graves = new BoundedMap(Math.max(1, maxCount));
  }

  bury(peer: PeerId, diedRound: number, why: "silent" | "left"): void {
    const known = this.graves.peek(peer);
    if (known !== undefined && known.diedRound >= diedRound) return;
    this.graves.set(peer, { diedRound, isBanned: false });
    if (why === "left") this.departures.set(peer, diedRound);
  }

  /** For good, until `exhume`. */
  ban(peer: PeerId): void {
    this.graves.set(peer, { diedRound: Number.POSITIVE_INFINITY, isBanned: true });
  }

  exhume(peer: PeerId): void {
    if (this.graves.delete(peer)) this.departures.delete(peer);
  }

  isBanned(peer: PeerId): boolean {
    return this.graves.peek(peer)?.isBanned === true;
  }

  /** Whether a descriptor written in `bornRound` is of a later life than the one that ended. */
  admits(peer: PeerId, bornRound: number): boolean {
    const grave = this.graves.peek(peer);
    return grave === undefined || bornRound > grave.diedRound;
  }

  /** Departures of the last `ageMaxCount` rounds, the latest first, at most `maxCount`. */
  goodbyes(round: number, ageMaxCount: number, maxCount: number): Goodbye[] {
    const goodbyes: Goodbye[] = [];
    for (const [peer, diedRound] of this.departures) {
      const age = round - diedRound;
      if (age <= ageMaxCount) goodbyes.push({ peer, age });
      else this.departures.delete(peer);
    }
    return goodbyes.sort((a, b) => a.age - b.age).slice(0, maxCount);
  }

  /** Whether what others tell is news. */
  isNews({ peer, age }: Goodbye, round: number): boolean {
    if (age > AGE_MAX_COUNT) return false;
    const grave = this.graves.peek(peer);
    return grave === undefined || grave.diedRound < round - age;
  }
}
