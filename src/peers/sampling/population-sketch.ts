import { at } from "../../core/collections/at.ts";
import type { PeerId } from "../../core/peer.ts";
import type { SketchCell } from "./sampling.messages.ts";

const HASHES = 2 ** 32;

interface Cell {
  readonly hash: number;
  readonly bornRound: number;
}

/**
 * Estimates how many nodes there are, of which a view shows only thirty. Names are hashed to 32
 * bits; every node keeps the k smallest hashes it has heard of. With m nodes the k-th smallest of
 * m uniform numbers is expected at k/(m + 1), so m is about (k − 1) / (k-th smallest); with fewer
 * than k hashes they are simply counted. The relative error is about 1/√(k − 2).
 * [Bar-Yossef 2002, k minimum values]
 *
 * Who has left must cease to count: a hash carries its age, which only its owner sets back to 0,
 * and one that grows too old is dropped.
 *
 * Whoever forges small hashes makes the cluster look larger; it serves formulas in ln n, where ten
 * times as many are 2.3 more.
 */
export class PopulationSketch {
  private readonly maxCount: number;
  private readonly ageMaxCount: number;
  private readonly own: number;
  /** Ascending by hash. */
  private cells: Cell[] = [];

  constructor(self: PeerId, maxCount: number, ageMaxCount: number) {
    this.maxCount = maxCount;
    this.ageMaxCount = ageMaxCount;
    this.own = hashOf(self);
  }

  /** This node is still there; the hashes of those that are not any more grow old. */
  renew(round: number): void {
    if (this.maxCount === 0) return;
    const oldest = round - this.ageMaxCount;
    if (this.cells.some(({ bornRound }) => bornRound < oldest)) {
      this.cells = this.cells.filter(({ bornRound }) => bornRound >= oldest);
    }
    this.put(this.own, round);
  }

  merge(sketch: readonly SketchCell[], round: number): void {
    for (let index = 0; index < sketch.length && index < this.maxCount; index += 1) {
      const { hash, age } = at(sketch, index);
      if (age <= this.ageMaxCount) this.put(hash, round - age);
    }
  }

  tell(round: number): SketchCell[] {
    return this.cells.map(({ hash, bornRound }) => ({ hash, age: round - bornRound }));
  }

  /** 1 when nothing is known, for this node is there. */
  estimate(): number {
    const { cells, maxCount } = this;
    const last = cells[cells.length - 1];
    if (last === undefined) return 1;
    if (cells.length < maxCount || last.hash === 0) return cells.length;
    return Math.max(cells.length, Math.round(((maxCount - 1) * HASHES) / last.hash));
  }

  private put(hash: number, bornRound: number): void {
    const { cells } = this;
    const place = this.placeOf(hash);
    const there = cells[place];
    if (there !== undefined && there.hash === hash) {
      if (there.bornRound < bornRound) cells[place] = { hash, bornRound };
      return;
    }
    if (place >= this.maxCount) return;
    cells.splice(place, 0, { hash, bornRound });
    if (cells.length > this.maxCount) cells.pop();
  }

  /** The first place whose hash is not smaller. */
  private placeOf(hash: number): number {
    let [low, high] = [0, this.cells.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (at(this.cells, middle).hash < hash) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** FNV-1a over the name, then MurmurHash3's last step, which spreads names that differ little. */
function hashOf(peer: PeerId): number {
  const text = String(peer);
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
