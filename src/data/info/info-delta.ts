import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Delta } from "../../exchange/replica.ts";
import type { InfoUpdate } from "./info.messages.ts";
import { type InfoTable, infoBytes } from "./info-table.ts";

/** What a delta is made of. */
export interface InfoSources {
  readonly table: InfoTable;
  /** Seen by the whole replica set; undefined where there is none. */
  readonly stable: ReadonlyDotSet | undefined;
}

export interface InfoAsked {
  readonly theirs: ReadonlyDotSet;
  readonly budgetBytes: number;
}

/**
 * For each wanted write the surviving state: itself, or the write that has superseded it, in its
 * place; or only the word that it is superseded, where the other side has that other write, or gets
 * it here. Of what they have seen, `theirs` may tell only a part.
 */
export function collectInfos(
  { stable, table }: InfoSources,
  wanted: ReadonlyDotSet,
  { budgetBytes, theirs }: InfoAsked,
): Omit<Delta<InfoUpdate>, "forgotten"> {
  const updates: [Dot, InfoUpdate][] = [];
  const covers = new DotSet();
  const given = new DotSet();
  let leftBytes = budgetBytes;
  const give = (dot: Dot, update: InfoUpdate): boolean => {
    const bytesCount = infoBytes(update);
    if (bytesCount > leftBytes && updates.length > 0) return false;
    leftBytes -= bytesCount;
    updates.push([dot, update]);
    given.add(update.writtenAs ?? dot);
    return true;
  };
  for (const { dot, update } of table.among(wanted)) {
    if (!theirs.has(dot) && !give(dot, update)) return { updates, covers, more: true };
  }
  for (const { dot, key } of table.superseded.among(wanted)) {
    if (theirs.has(dot)) continue;
    const winner = table.get(key);
    const isThere =
      winner === undefined ||
      theirs.has(winner.dot) ||
      given.has(winner.dot) ||
      stable?.has(dot) === true;
    if (isThere) covers.add(dot);
    else if (!give(dot, { ...winner.update, writtenAs: winner.dot })) {
      return { updates: updates.sort(byDot), covers, more: true };
    }
  }
  return { updates: updates.sort(byDot), covers, more: false };
}

/** Ascending per origin; which origin comes first does not matter. */
function byDot([a]: readonly [Dot, unknown], [b]: readonly [Dot, unknown]): number {
  if (a.origin !== b.origin) return a.origin < b.origin ? -1 : 1;
  return a.seq - b.seq;
}
