import type { Random } from "../random.ts";
import { at } from "./at.ts";

const FIRST_SLOTS_COUNT = 16;
/** Above three quarters full, searches get long. */
const FULL_NUMERATOR = 3;
const FULL_DENOMINATOR = 4;

/**
 * Finds the place of a name in a list that somebody else keeps: about 6 bytes a name, where a Map
 * takes 46. [bench/member-memory] Open addressing with linear probing; a removal moves what comes
 * after it back, so that nothing is left behind. The order of what it holds never shows.
 */
export class NameIndex {
  private readonly nameAt: (place: number) => string;
  private readonly seed: number;
  /** Place + 1; 0 is free. */
  private slots = new Int32Array(FIRST_SLOTS_COUNT);
  private count = 0;

  /** @param seed unknown to whoever chooses the names, or they could choose ones that collide. */
  constructor(seed: number, nameAt: (place: number) => string) {
    this.seed = seed | 0;
    this.nameAt = nameAt;
  }

  get size(): number {
    return this.count;
  }

  /** undefined when it is not there. */
  find(name: string): number | undefined {
    const place = at(this.slots, this.slotOf(name)) - 1;
    return place < 0 ? undefined : place;
  }

  /** Files `place`, whose name is not there yet. */
  add(place: number): void {
    const isFull = (this.count + 1) * FULL_DENOMINATOR > this.slots.length * FULL_NUMERATOR;
    if (isFull) this.resize(this.slots.length * 2);
    this.slots[this.slotOf(this.nameAt(place))] = place + 1;
    this.count += 1;
  }

  /** Before the list forgets it. Does nothing when `name` is not there. */
  remove(name: string): void {
    let hole = this.slotOf(name);
    if (at(this.slots, hole) === 0) return;
    const mask = this.slots.length - 1;
    for (let next = (hole + 1) & mask; at(this.slots, next) !== 0; next = (next + 1) & mask) {
      const home = this.hash(this.nameAt(at(this.slots, next) - 1)) & mask;
      // Whoever stands at or before its home seen from the hole must stay.
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      this.slots[hole] = at(this.slots, next);
      hole = next;
    }
    this.slots[hole] = 0;
    this.count -= 1;
    const isSparse = this.count * 8 < this.slots.length && this.slots.length > FIRST_SLOTS_COUNT;
    if (isSparse) this.resize(this.slots.length / 2);
  }

  /** Before the list renumbers what stands at `from`. */
  move(from: number, to: number): void {
    this.slots[this.slotOf(this.nameAt(from))] = to + 1;
  }

  /** Where `name` stands, or the free slot where it would. */
  private slotOf(name: string): number {
    const mask = this.slots.length - 1;
    let slot = this.hash(name) & mask;
    for (; at(this.slots, slot) !== 0; slot = (slot + 1) & mask) {
      if (this.nameAt(at(this.slots, slot) - 1) === name) break;
    }
    return slot;
  }

  private resize(slotsCount: number): void {
    const before = this.slots;
    this.slots = new Int32Array(slotsCount);
    const mask = slotsCount - 1;
    for (const held of before) {
      if (held === 0) continue;
      let slot = this.hash(this.nameAt(held - 1)) & mask;
      while (at(this.slots, slot) !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = held;
    }
  }

  /** Every unit disturbs all bits, from a start that strangers do not know. (MurmurHash3) */
  private hash(name: string): number {
    let state = this.seed;
    for (let index = 0; index < name.length; index += 1) {
      let unit = Math.imul(name.charCodeAt(index) + 1, 0xcc9e2d51);
      unit = (unit << 15) | (unit >>> 17);
      state ^= Math.imul(unit, 0x1b873593);
      state = (state << 13) | (state >>> 19);
      state = (Math.imul(state, 5) + 0xe6546b64) | 0;
    }
    state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
    return (state ^ (state >>> 16)) >>> 0;
  }
}

/** A seed for `NameIndex` out of a node's dice, without throwing them: no run changes by it. */
export function indexSeed(random: Random): number {
  const [a, b, c, d] = random.state();
  return a ^ b ^ c ^ d;
}
