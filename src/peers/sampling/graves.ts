import { BoundedMap } from "../../core/collections/bounded-map.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Goodbye } from "./sampling.messages.ts";

/** Longest that a departure told by others may have been: later ones bury nobody. */
const AGE_MAX_COUNT = 1_000_000;

interface Grave {
  readonly diedRound: number;
  /** Only departures are passed on: a silence may be this node's own trouble. */
  readonly why: "silent" | "left" | "banned";
}

/**
 * Who is not taken back on the word of others, unless it is younger than the end: descriptors of
 * the dead travel on long after them. Bounded; the oldest is forgotten first.
 */
export class Graves {
  private readonly graves: BoundedMap<PeerId, Grave>;

  constructor(maxCount: number) {
    this.graves = new BoundedMap(Math.max(1, maxCount));
  }

  bury(peer: PeerId, diedRound: number, why: "silent" | "left"): void {
    const known = this.graves.peek(peer);
    if (known !== undefined && known.diedRound >= diedRound) return;
    this.graves.set(peer, { diedRound, why });
  }

  /** For good, until `exhume`. */
  ban(peer: PeerId): void {
    this.graves.set(peer, { diedRound: Number.POSITIVE_INFINITY, why: "banned" });
  }

  exhume(peer: PeerId): void {
    this.graves.delete(peer);
  }

  isBanned(peer: PeerId): boolean {
    return this.graves.peek(peer)?.why === "banned";
  }

  /** Whether a descriptor written in `bornRound` is of a later life than the one that ended. */
  admits(peer: PeerId, bornRound: number): boolean {
    const grave = this.graves.peek(peer);
    return grave === undefined || bornRound > grave.diedRound;
  }

  /** Departures of the last `ageMaxCount` rounds, the latest first, at most `maxCount`. */
  goodbyes(round: number, ageMaxCount: number, maxCount: number): Goodbye[] {
    const goodbyes: Goodbye[] = [];
    for (const [peer, { diedRound, why }] of this.graves) {
      const age = round - diedRound;
      if (why === "left" && age <= ageMaxCount) goodbyes.push({ peer, age });
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
