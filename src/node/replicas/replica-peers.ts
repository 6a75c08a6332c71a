import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { type Origin, parseOrigin } from "../../core/peer.ts";
import { compareUtf8 } from "../../core/text.ts";
import type { ReplicaSets } from "../../data/replica-set/replica-sets.ts";
import type { Stability } from "../../data/replica-set/stability.ts";

export interface ReplicaPeersPorts {
  readonly sets: Pick<ReplicaSets, "members" | "standingOf">;
  readonly stability: Pick<Stability, "isCaughtUp" | "seenBy">;
  readonly origin: () => Origin;
  /** The boot of the life that the member of this name lives; undefined while it is not alive. */
  livingBoot(name: string): number | undefined;
}

/** Who of a replica set can be asked for something, and who acts for all of it. */
export class ReplicaPeers {
  private readonly ports: ReplicaPeersPorts;

  constructor(ports: ReplicaPeersPorts) {
    this.ports = ports;
  }

  /**
   * Names of other members that live now and are likely to have `dots`: those known to have seen
   * them, then their authors, then any. At most `maxCount`.
   */
  holders(replica: string, dots: ReadonlyDotSet, maxCount: number): string[] {
    const authors = new Set(dots.origins());
    const rank = (origin: Origin): number => {
      if (this.ports.stability.seenBy(replica, origin)?.contains(dots) === true) return 0;
      return authors.has(origin) ? 1 : 2;
    };
    const ranked = this.living(replica).map((origin) => ({ origin, rank: rank(origin) }));
    ranked.sort((a, b) => a.rank - b.rank);
    return ranked.slice(0, maxCount).map(({ origin }) => nameOf(origin));
  }

  /** Whether of all members that are known to live now this node has the lowest name. */
  isLowest(replica: string): boolean {
    const own = nameOf(this.ports.origin());
    return this.living(replica).every((origin) => compareUtf8(own, nameOf(origin)) < 0);
  }

  /** How many members live now, this node among them when it is one. */
  livingCount(replica: string): number {
    const isMember = this.ports.sets.members(replica).includes(this.ports.origin());
    return this.living(replica).length + (isMember ? 1 : 0);
  }

  /** Whether `seen` is all that some other member was heard to have; false when there is none. */
  hasCaughtUp(replica: string, seen: ReadonlyDotSet): boolean {
    return this.others(replica).some((origin) => {
      const theirs = this.ports.stability.seenBy(replica, origin);
      return theirs !== undefined && seen.contains(theirs);
    });
  }

  /** Whether no other member was heard to have seen more than `seen`. */
  hasAll(replica: string, seen: ReadonlyDotSet): boolean {
    return this.ports.stability.isCaughtUp(replica, seen, this.others(replica));
  }

  /** Whether every other member was heard of, and none of them has seen any of `dots`. */
  isNowhere(replica: string, dots: ReadonlyDotSet): boolean {
    return this.others(replica).every((origin) => {
      const theirs = this.ports.stability.seenBy(replica, origin);
      return theirs !== undefined && dots.intersection(theirs).isEmpty;
    });
  }

  /** Whether this life has told, in anti-entropy, that it has seen `dots`. */
  hasSeen(replica: string, origin: Origin, dots: ReadonlyDotSet): boolean {
    return this.ports.stability.seenBy(replica, origin)?.contains(dots) === true;
  }

  /** How many other members are known to have seen `dots`. */
  countWith(replica: string, dots: ReadonlyDotSet): number {
    const { stability } = this.ports;
    return this.others(replica).filter(
      (origin) => stability.seenBy(replica, origin)?.contains(dots) === true,
    ).length;
  }

  /** Whether nobody will write in the name of this life again, as far as is known here. */
  isFormer(replica: string, origin: Origin): boolean {
    const standing = this.ports.sets.standingOf(replica, origin);
    return standing !== "member" && standing !== "unknown";
  }

  private living(replica: string): Origin[] {
    return this.others(replica).filter((origin) => {
      const parts = parseOrigin(origin);
      return parts !== undefined && this.ports.livingBoot(parts.name) === parts.boot;
    });
  }

  private others(replica: string): Origin[] {
    const own = this.ports.origin();
    return this.ports.sets.members(replica).filter((origin) => origin !== own);
  }
}

function nameOf(origin: Origin): string {
  return parseOrigin(origin)?.name ?? origin;
}
