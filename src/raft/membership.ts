import { assert } from "../core/assert.ts";
import { at } from "../core/collections/at.ts";
import type { PeerId } from "../core/peer.ts";
import type { GroupConfig, Seat } from "./entry.ts";
import type { MemberChange } from "./raft.messages.ts";

interface Dated {
  /** The entry that brought it. */
  readonly index: number;
  readonly config: GroupConfig;
}

export const NOBODY: GroupConfig = { voters: [], learners: [] };

/**
 * Who takes part, as the log says: a configuration counts as soon as it is appended, and no more
 * when its entry is truncated. [Ongaro 2014 §4.1]
 */
export class Membership {
  private dated: Dated[] = [{ index: 0, config: NOBODY }];

  get current(): GroupConfig {
    return this.last.config;
  }

  /** The entry that brought the current one. */
  get index(): number {
    return this.last.index;
  }

  /** The configuration as of that entry; the oldest known for one before. */
  at(index: number): GroupConfig {
    let found = at(this.dated, 0);
    for (const one of this.dated) if (one.index <= index) found = one;
    return found.config;
  }

  append(index: number, config: GroupConfig): void {
    assert(index > this.last.index, `configuration ${index} behind ${this.last.index}`);
    this.dated.push({ index, config });
  }

  truncateFrom(index: number): void {
    while (this.dated.length > 1 && this.last.index >= index) this.dated.pop();
  }

  compactTo(index: number): void {
    while ((this.dated[1]?.index ?? Number.POSITIVE_INFINITY) <= index) this.dated.shift();
  }

  reset(index: number, config: GroupConfig): void {
    this.dated = [{ index, config }];
  }

  private get last(): Dated {
    return at(this.dated, this.dated.length - 1);
  }
}

export function isVoter({ voters }: GroupConfig, peer: PeerId): boolean {
  return voters.some((seat) => seat.peer === peer);
}

export function seatOf({ learners, voters }: GroupConfig, peer: PeerId): Seat | undefined {
  const isTheirs = (seat: Seat): boolean => seat.peer === peer;
  return voters.find(isTheirs) ?? learners.find(isTheirs);
}

/** The disk that goes with the name; undefined for one who is no member. */
export function knownDisk(config: GroupConfig, peer: PeerId): number | undefined {
  return seatOf(config, peer)?.disk;
}

/** Whether a majority of the voters is among those for whom `holds`; false of nobody. */
export function hasQuorum({ voters }: GroupConfig, holds: (peer: PeerId) => boolean): boolean {
  const count = voters.reduce((sum, { peer }) => sum + (holds(peer) ? 1 : 0), 0);
  return 2 * count > voters.length;
}

/** The highest index that a majority of the voters has reached; 0 of nobody. */
export function quorumIndex({ voters }: GroupConfig, matchOf: (peer: PeerId) => number): number {
  const matches = voters.map(({ peer }) => matchOf(peer)).sort((a, b) => b - a);
  return matches[Math.floor(voters.length / 2)] ?? 0;
}

/** The configuration after a change; undefined when it makes no sense. */
export function changed(config: GroupConfig, change: MemberChange): GroupConfig | undefined {
  const { learners, voters } = config;
  const { peer } = change;
  const isOther = (seat: Seat): boolean => seat.peer !== peer;
  const known = seatOf(config, peer);
  switch (change.kind) {
    case "addLearner":
      // A learner's disk counts for nothing yet, so it may have come back with another.
      if (known !== undefined && (isVoter(config, peer) || known.disk === change.disk)) {
        return undefined;
      }
      return { voters, learners: [...learners.filter(isOther), { peer, disk: change.disk }] };
    case "promote":
      if (known === undefined || isVoter(config, peer)) return undefined;
      return { voters: [...voters, known], learners: learners.filter(isOther) };
    case "remove": {
      const left = { voters: voters.filter(isOther), learners: learners.filter(isOther) };
      return known === undefined || left.voters.length === 0 ? undefined : left;
    }
  }
}
