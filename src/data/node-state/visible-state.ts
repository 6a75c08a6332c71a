import { sameBytes } from "../../core/bytes.ts";
import type { Origin } from "../../core/peer.ts";
import {
  type Former,
  type HeldEntry,
  isReserved,
  type StateChange,
  type StateCopy,
} from "./state-copy.ts";

interface Shown extends Former {
  readonly sinceMs: number;
}

/**
 * One node's state as readers see it. A copy that begins anew, after a reset or in another life of
 * its owner, would show nothing at first, and then one key after the other: until it has come as
 * far as is known, its former content is read.
 *
 * Departs from [chitchat]: there readers see the gap.
 */
export class VisibleState {
  copy: StateCopy;
  /** Its owner is not there, since then. */
  awaySinceMs: number | undefined;
  /** Its owner was there once. */
  wasHere = false;
  /** Its owner is not there, and not only for a moment: only who knows of it is told more. */
  isAway = false;
  /** Until then nobody shall send what had no room. */
  noRoomUntilMs: number | undefined;
  /** Not passed on any more, and soon removed. */
  isScheduled = false;
  private former: Shown | undefined;

  constructor(copy: StateCopy) {
    this.copy = copy;
  }

  get origin(): Origin {
    return this.copy.origin;
  }

  read(key: string): HeldEntry | undefined {
    return visible(this.former === undefined ? this.copy.get(key) : this.former.entries.get(key));
  }

  /** Its owner lives another life, in which it has come so far. */
  succeed(copy: StateCopy, knownMaxVersion: number, nowMs: number): readonly StateChange[] {
    const entries = this.former?.entries ?? new Map(held(this.copy));
    this.copy = copy;
    return this.show({ entries, maxVersion: knownMaxVersion, sinceMs: nowMs });
  }

  /** After changes to the copy: what readers see of them. */
  onChanged(
    changes: readonly StateChange[],
    former: Former | undefined,
    nowMs: number,
  ): readonly StateChange[] {
    if (former !== undefined) {
      const entries = this.former?.entries ?? former.entries;
      const maxVersion = Math.max(this.former?.maxVersion ?? 0, former.maxVersion);
      return this.show({ entries, maxVersion, sinceMs: nowMs });
    }
    if (this.former !== undefined) return this.show(this.former);
    return changes.filter(isSeen);
  }

  /** What replaces the former content may never come in full. */
  giveUpFormer(untilMs: number): readonly StateChange[] {
    const { former } = this;
    return former === undefined || former.sinceMs > untilMs ? [] : this.settle(former);
  }

  *entries(): IterableIterator<HeldEntry> {
    const all = this.former === undefined ? this.copy.after(0) : this.former.entries.values();
    for (const entry of all) if (visible(entry) !== undefined) yield entry;
  }

  private show(former: Shown): readonly StateChange[] {
    this.former = former;
    return this.copy.maxVersion >= former.maxVersion ? this.settle(former) : [];
  }

  private settle(former: Former): readonly StateChange[] {
    this.former = undefined;
    const changes: StateChange[] = [];
    for (const [key, before] of former.entries) {
      if (this.copy.get(key) === undefined) changes.push({ key, before, after: undefined });
    }
    for (const [key, after] of held(this.copy)) {
      changes.push({ key, before: former.entries.get(key), after });
    }
    return changes.filter(isSeen);
  }
}

function* held(copy: StateCopy): IterableIterator<[string, HeldEntry]> {
  for (const entry of copy.after(0)) yield [entry.key, entry];
}

function visible(entry: HeldEntry | undefined): HeldEntry | undefined {
  return entry === undefined || entry.status === "deleted" || isReserved(entry.key)
    ? undefined
    : entry;
}

/** Another value, or the first or last one. */
function isSeen({ after, before }: StateChange): boolean {
  const [was, is] = [visible(before), visible(after)];
  if (was === undefined || is === undefined) return was !== is;
  return !sameBytes(was.value, is.value);
}
