import type { Random } from "../../core/random.ts";
import { OPS_MAX_COUNT, type StateDelta, type StateEntry } from "./node-state.messages.ts";
import type { NodeStateOptions } from "./node-state.options.ts";
import { deltaHeadBytes, entryOpBytes, maxOpBytes } from "./node-state.sizes.ts";
import type { StateCopy } from "./state-copy.ts";

/** How far a peer's copy of a state has come. */
export interface PeerHas {
  readonly gcVersion: number;
  readonly maxVersion: number;
}

/** A peer that knows nothing of it. */
export const HAS_NOTHING: PeerHas = { gcVersion: 0, maxVersion: 0 };

export interface DeltaWish {
  readonly ordering: NodeStateOptions["ordering"];
  readonly random: Random;
  readonly budgetBytes: number;
}

export interface FittedDeltas {
  readonly deltas: readonly StateDelta[];
  /** States of which something had no room. */
  readonly cut: readonly StateCopy[];
}

/** What a peer lacks of one state, and how much of it is taken. */
interface Lack {
  readonly copy: StateCopy;
  readonly from: number;
  readonly pendingCount: number;
  readonly rest: Iterator<StateEntry, undefined, undefined>;
  readonly taken: StateEntry[];
  next: StateEntry | undefined;
  maxVersion: number;
  isOpen: boolean;
}

/**
 * Collects what peers lack of states, and takes as much of it as fits into a budget: of each state
 * a run from the oldest on, so that who gets it knows all up to its end. [spec Scuttlebutt §4]
 */
export class DeltaBudget {
  private readonly wish: DeltaWish;
  private readonly lacks: Lack[] = [];
  private leftBytes: number;
  private leftOps = OPS_MAX_COUNT;

  constructor(wish: DeltaWish) {
    this.wish = wish;
    this.leftBytes = wish.budgetBytes;
  }

  /** The peer's copy of this state has come so far. */
  want(copy: StateCopy, has: PeerHas): void {
    if (copy.maxVersion <= has.maxVersion) return;
    const { gcVersion } = copy;
    const mayMissDeletes = has.gcVersion < gcVersion && has.maxVersion < gcVersion;
    const from = mayMissDeletes ? 0 : has.maxVersion;
    const rest = copy.after(from);
    this.lacks.push({
      copy,
      from,
      pendingCount: copy.countAfter(from),
      rest,
      taken: [],
      next: rest.next().value,
      maxVersion: from,
      isOpen: false,
    });
  }

  take(): FittedDeltas {
    const { lacks } = this;
    this.wish.random.shuffle(lacks);
    if (this.wish.ordering === "breadth") this.takeByRank();
    else this.takeByNode();
    const deltas = lacks.filter(({ isOpen }) => isOpen).map(deltaOf);
    const cut = lacks.filter((lack) => lack.maxVersion < lack.copy.maxVersion);
    return { deltas, cut: cut.map(({ copy }) => copy) };
  }

  private takeByNode(): void {
    const { lacks } = this;
    // What nobody told the peer of comes first, the smallest of it foremost. [chitchat]
    if (this.wish.ordering === "depth") lacks.sort(byDepth);
    for (const lack of lacks) {
      while (lack.next !== undefined) if (!this.takeNext(lack)) return;
      if (!this.takeEnd(lack)) return;
    }
  }

  private takeByRank(): void {
    let { lacks } = this;
    while (lacks.length > 0) {
      const further: Lack[] = [];
      for (const lack of lacks) {
        const fits = lack.next === undefined ? this.takeEnd(lack) : this.takeNext(lack);
        if (!fits) return;
        if (lack.maxVersion < lack.copy.maxVersion) further.push(lack);
      }
      lacks = this.wish.random.shuffle(further);
    }
  }

  private takeNext(lack: Lack): boolean {
    const { maxVersion, next, rest, taken } = lack;
    if (next === undefined || !this.pay(lack, entryOpBytes(next, maxVersion))) return false;
    taken.push(next);
    lack.maxVersion = next.version;
    lack.next = rest.next().value;
    return true;
  }

  /** The last versions may have no entry any more: overwritten by nothing, or collected. */
  private takeEnd(lack: Lack): boolean {
    const { maxVersion } = lack.copy;
    if (lack.maxVersion >= maxVersion) return true;
    if (!this.pay(lack, maxOpBytes(maxVersion, lack.maxVersion))) return false;
    lack.maxVersion = maxVersion;
    return true;
  }

  private pay(lack: Lack, bytes: number): boolean {
    const { copy, from, isOpen } = lack;
    const headBytes = isOpen ? 0 : deltaHeadBytes(copy.origin, from, copy.gcVersion);
    const ops = isOpen ? 1 : 2;
    if (headBytes + bytes > this.leftBytes || ops > this.leftOps) return false;
    this.leftBytes -= headBytes + bytes;
    this.leftOps -= ops;
    lack.isOpen = true;
    return true;
  }
}

function byDepth(one: Lack, other: Lack): number {
  if (one.from === 0 || other.from === 0) {
    if (one.from !== 0) return 1;
    if (other.from !== 0) return -1;
    return one.copy.maxVersion - other.copy.maxVersion;
  }
  return other.pendingCount - one.pendingCount;
}

function deltaOf({ copy, from, maxVersion, taken }: Lack): StateDelta {
  const entries = taken.map(({ key, status, value, version }) => ({ key, status, value, version }));
  return { origin: copy.origin, from, gcVersion: copy.gcVersion, entries, maxVersion };
}
