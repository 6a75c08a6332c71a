import { at } from "../collections/at.ts";

/** A key of 64 bits as something that a `Set` tells apart. */
export function keyText(low: number, high: number): string {
  return String.fromCharCode(low & 0xffff, low >>> 16, high & 0xffff, high >>> 16);
}

/** Share of places of the index that may be taken: probing then takes few steps. */
const LOAD_RATIO = 0.5;

/** The keys of a set, in the order in which they were added. It grows. */
export class KeyTable {
  private lows: Uint32Array;
  private highs: Uint32Array;
  /** Open addressing: 1 + index of the key whose place it is, or of one that was pushed on. */
  private slots = new Uint32Array(0);
  private used = 0;
  private indexed = 0;

  constructor(capacity = 64) {
    this.lows = new Uint32Array(capacity);
    this.highs = new Uint32Array(capacity);
  }

  get count(): number {
    return this.used;
  }

  add(low: number, high: number): void {
    if (this.used === this.lows.length) this.grow();
    this.lows[this.used] = low;
    this.highs[this.used] = high;
    this.used += 1;
  }

  lowOf(index: number): number {
    return at(this.lows, index);
  }

  highOf(index: number): number {
    return at(this.highs, index);
  }

  /** Puts at most `maxCount` further keys into the index of `find`; true when all are in it. */
  indexSome(maxCount: number): boolean {
    if (this.slots.length * LOAD_RATIO < this.used) {
      this.slots = new Uint32Array(powerOf2From(this.used / LOAD_RATIO));
      this.indexed = 0;
    }
    const end = Math.min(this.used, this.indexed + maxCount);
    for (; this.indexed < end; this.indexed += 1) {
      const place = this.placeOf(this.lowOf(this.indexed), this.highOf(this.indexed));
      this.slots[place] = this.indexed + 1;
    }
    return this.indexed === this.used;
  }

  /** Index of a key among those that `indexSome` has put in; −1 when it is not there. */
  find(low: number, high: number): number {
    return this.slots.length === 0 ? -1 : at(this.slots, this.placeOf(low, high)) - 1;
  }

  /** Keys `from` … `to` − 1, 8 bytes each, little end first. */
  toBytes(from = 0, to = this.used): Uint8Array {
    const bytes = new Uint8Array(8 * (to - from));
    const view = new DataView(bytes.buffer);
    for (let index = from; index < to; index += 1) {
      view.setUint32(8 * (index - from), this.lowOf(index), true);
      view.setUint32(8 * (index - from) + 4, this.highOf(index), true);
    }
    return bytes;
  }

  /** The whole keys in `bytes`; a rest of less than 8 bytes is no key. */
  static fromBytes(bytes: Uint8Array): KeyTable {
    const count = Math.floor(bytes.length / 8);
    const table = new KeyTable(count);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let index = 0; index < count; index += 1) {
      table.add(view.getUint32(8 * index, true), view.getUint32(8 * index + 4, true));
    }
    return table;
  }

  private placeOf(low: number, high: number): number {
    const mask = this.slots.length - 1;
    let place = low & mask;
    for (;;) {
      const taken = at(this.slots, place);
      if (taken === 0) return place;
      if (this.lowOf(taken - 1) === low && this.highOf(taken - 1) === high) return place;
      place = (place + 1) & mask;
    }
  }

  private grow(): void {
    const capacity = Math.max(64, this.lows.length * 2);
    const { highs, lows } = this;
    this.lows = new Uint32Array(capacity);
    this.highs = new Uint32Array(capacity);
    this.lows.set(lows);
    this.highs.set(highs);
  }
}

function powerOf2From(least: number): number {
  let power = 64;
  while (power < least) power *= 2;
  return power;
}
