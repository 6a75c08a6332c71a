import { at } from "../../core/collections/at.ts";
import { sampleItems } from "../../core/collections/random-set.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { Descriptor } from "./sampling.messages.ts";
import type { SamplingOptions } from "./sampling.options.ts";

/** A descriptor as it is kept: its age follows from the round in which it was written. */
export interface Entry {
  readonly peer: PeerId;
  /** On this node's count of rounds; below 0 for what is older than the node. */
  readonly bornRound: number;
  readonly data: Uint8Array;
}

/** How many give way, and in what order, when views were put together. */
export type SelectionRule = Pick<
  SamplingOptions,
  "viewMaxCount" | "viewSelection" | "healCount" | "swapCount"
>;

/**
 * The view of one node: at most c descriptors, one a peer. Lists of thirty are searched faster than
 * a map is kept. [Jelasity 2007 Fig. 1, `view`]
 */
export class PartialView {
  private entries: Entry[] = [];

  get size(): number {
    return this.entries.length;
  }

  find(peer: PeerId): Entry | undefined {
    return this.entries.find((entry) => entry.peer === peer);
  }

  /** False when it was not there. */
  remove(peer: PeerId): boolean {
    const place = this.entries.findIndex((entry) => entry.peer === peer);
    if (place < 0) return false;
    const last = this.entries.pop();
    if (last !== undefined && place < this.entries.length) this.entries[place] = last;
    return true;
  }

  /** Drops what was written before `round`; returns how many. */
  removeBornBefore(round: number): number {
    const before = this.entries.length;
    if (this.entries.some(({ bornRound }) => bornRound < round)) {
      this.entries = this.entries.filter(({ bornRound }) => bornRound >= round);
    }
    return before - this.entries.length;
  }

  /** A partner for an exchange; among equals any. undefined when the view is empty. */
  choose(random: Random, rule: SamplingOptions["peerSelection"]): Entry | undefined {
    if (rule === "random") return random.pick(this.entries);
    let chosen: Entry | undefined;
    let equals = 0;
    for (const entry of this.entries) {
      const difference = chosen === undefined ? 0 : entry.bornRound - chosen.bornRound;
      if (difference === 0) {
        equals += 1;
        if (equals === 1 || random.below(equals) === 0) chosen = entry;
      } else if (rule === "tail" ? difference < 0 : difference > 0) {
        chosen = entry;
        equals = 1;
      }
    }
    return chosen;
  }

  /**
   * Up to `count` entries to tell `partner` of: random ones, the oldest `healCount` last.
   *
   * Departs from [Jelasity 2007 Fig. 1]: the partner's own entry is not among them, for he would
   * throw it away.
   */
  pick(random: Random, wish: PickWish): Entry[] {
    const { count, healCount, partner } = wish;
    const others = random.shuffle(this.entries.filter(({ peer }) => peer !== partner));
    if (count >= others.length || healCount === 0) return others.slice(0, count);
    moveOldestToEnd(others, Math.min(healCount, others.length));
    return others.slice(0, count);
  }

  /**
   * Takes in what a partner told, keeping the youngest of each peer, and then lets go of what is
   * too much. `sent` are the peers he was told of. [Jelasity 2007 Fig. 1, `select`]
   */
  merge(received: readonly Entry[], sent: readonly PeerId[], how: MergeRule): void {
    for (const entry of received) this.put(entry);
    const { random, rule } = how;
    if (this.entries.length <= rule.viewMaxCount) return;
    // Ages are few, and who came first must not win among equals.
    random.shuffle(this.entries);
    this.shrink(sent, rule);
    if (this.entries.length > rule.viewMaxCount) this.entries.length = rule.viewMaxCount;
  }

  sample(random: Random, count: number, out: PeerId[], exclude?: PeerId): number {
    const place =
      exclude === undefined ? -1 : this.entries.findIndex(({ peer }) => peer === exclude);
    const excluded = place < 0 ? undefined : place;
    const chosen: Entry[] = [];
    const taken = sampleItems(this.entries, { random, count, excluded }, chosen);
    for (let index = 0; index < taken; index += 1) out[index] = at(chosen, index).peer;
    return taken;
  }

  [Symbol.iterator](): IterableIterator<Entry> {
    return this.entries[Symbol.iterator]();
  }

  clear(): void {
    this.entries = [];
  }

  private put(entry: Entry): void {
    const place = this.entries.findIndex(({ peer }) => peer === entry.peer);
    if (place < 0) this.entries.push(entry);
    else if (at(this.entries, place).bornRound < entry.bornRound) this.entries[place] = entry;
  }

  private shrink(sent: readonly PeerId[], rule: SelectionRule): void {
    const { viewMaxCount, viewSelection } = rule;
    const excess = this.entries.length - viewMaxCount;
    if (viewSelection === "head") this.keepYoungest(viewMaxCount);
    else if (viewSelection === "tail") this.keepOldest(viewMaxCount);
    else if (viewSelection === "healSwap") {
      this.keepYoungest(this.entries.length - Math.min(rule.healCount, excess));
      this.removeSent(sent, Math.min(rule.swapCount, this.entries.length - viewMaxCount));
    }
  }

  private keepYoungest(count: number): void {
    if (count >= this.entries.length) return;
    this.entries.sort((a, b) => b.bornRound - a.bornRound);
    this.entries.length = count;
  }

  private keepOldest(count: number): void {
    this.entries.sort((a, b) => a.bornRound - b.bornRound);
    this.entries.length = count;
  }

  private removeSent(sent: readonly PeerId[], maxCount: number): void {
    let left = maxCount;
    for (const peer of sent) {
      if (left <= 0) return;
      if (this.remove(peer)) left -= 1;
    }
  }
}

export interface MergeRule {
  readonly random: Random;
  readonly rule: SelectionRule;
}

export interface PickWish {
  readonly count: number;
  readonly healCount: number;
  readonly partner: PeerId;
}

/** The descriptor of an entry in the round `round`. */
export function describe(entry: Entry, round: number): Descriptor {
  return { peer: entry.peer, age: round - entry.bornRound, data: entry.data };
}

/** Keeps the order of the others, which is random. */
function moveOldestToEnd(entries: Entry[], count: number): void {
  const births = entries.map(({ bornRound }) => bornRound).sort((a, b) => a - b);
  const limit = at(births, count - 1);
  const old = entries.filter(({ bornRound }) => bornRound <= limit).slice(0, count);
  const gone = new Set(old);
  let kept = 0;
  for (const entry of entries) {
    if (gone.has(entry)) continue;
    entries[kept] = entry;
    kept += 1;
  }
  for (const entry of old) {
    entries[kept] = entry;
    kept += 1;
  }
}
