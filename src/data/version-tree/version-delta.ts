import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Delta } from "../../exchange/replica.ts";
import { type VersionTable, versionBytes } from "./version-table.ts";
import type { Version, VersionUpdate } from "./version-tree.messages.ts";

/** What a delta is made of. */
export interface VersionSources {
  readonly table: VersionTable;
  /** Seen by the whole replica set; undefined where there is none. */
  readonly stable: ReadonlyDotSet | undefined;
  /** All that was written or heard of here. */
  readonly seen: ReadonlyDotSet;
}

export interface VersionsAsked {
  readonly theirs: ReadonlyDotSet;
  readonly budgetBytes: number;
}

/** Of those asked for at once, so many are looked for among the heads. [because: it is rare] */
const NAMELESS_MAX_COUNT = 64;

/**
 * For each wanted write the surviving state: itself, or a head that has superseded it, in its
 * place; or only the word that it is superseded, where the other side has such a head, or gets it
 * here. One head is enough, for each of them alone says that the write is superseded.
 */
export function collectVersions(
  sources: VersionSources,
  wanted: ReadonlyDotSet,
  { budgetBytes, theirs }: VersionsAsked,
): Omit<Delta<VersionUpdate>, "forgotten"> {
  const { stable, table } = sources;
  const updates: [Dot, VersionUpdate][] = [];
  const covers = new DotSet();
  const given = new DotSet();
  let leftBytes = budgetBytes;
  const give = (dot: Dot, update: VersionUpdate): boolean => {
    const bytesCount = versionBytes(update);
    if (bytesCount > leftBytes && updates.length > 0) return false;
    leftBytes -= bytesCount;
    updates.push([dot, update]);
    given.add(update.writtenAs ?? dot);
    return true;
  };
  const cut = () => ({ updates: updates.sort(byDot), covers, more: true });
  for (const { dot, update } of table.among(wanted)) {
    if (!theirs.has(dot) && !give(dot, update)) return cut();
  }
  const tell = (dot: Dot, winners: readonly Version[]): boolean => {
    const isThere = ({ dot: winner }: Version) => theirs.has(winner) || given.has(winner);
    const [winner] = winners;
    // Without a winner it was deleted, and its tombstone was let go of when all had seen both.
    const isCover = winner === undefined || winners.some(isThere) || stable?.has(dot) === true;
    if (!isCover) return give(dot, { ...winner.update, writtenAs: winner.dot });
    covers.add(dot);
    return true;
  };
  for (const { dot, key } of table.superseded.among(wanted)) {
    if (theirs.has(dot)) continue;
    const winners = table.headsOf(key).filter((head) => head.update.parents.has(dot));
    if (!tell(dot, winners)) return cut();
  }
  const told = covers.union(DotSet.of(...updates.map(([dot]) => dot)));
  for (const [dot, winner] of namelessIn(sources, wanted, theirs.union(told))) {
    if (!tell(dot, [winner])) return cut();
  }
  return { updates: updates.sort(byDot), covers, more: false };
}

/**
 * Wanted writes that were only ever covered here, with a head that has superseded them: whoever
 * covered them, and knew their keys, may be gone.
 */
function namelessIn(
  { seen, table }: VersionSources,
  wanted: ReadonlyDotSet,
  told: ReadonlyDotSet,
): [Dot, Version][] {
  const nameless = wanted.intersection(seen).missingFrom(told, NAMELESS_MAX_COUNT);
  const found: [Dot, Version][] = [];
  if (nameless.length === 0) return found;
  const open = new Set(nameless);
  for (const version of table.versions()) {
    for (const dot of open) {
      if (!version.update.parents.has(dot)) continue;
      open.delete(dot);
      found.push([dot, version]);
    }
    if (open.size === 0) break;
  }
  return found;
}

/** Ascending per origin; which origin comes first does not matter. */
function byDot([a]: readonly [Dot, unknown], [b]: readonly [Dot, unknown]): number {
  if (a.origin !== b.origin) return a.origin < b.origin ? -1 : 1;
  return a.seq - b.seq;
}
