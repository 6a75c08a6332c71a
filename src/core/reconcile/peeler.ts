import { at } from "../collections/at.ts";
import type { CodedSymbols } from "./coded-symbols.ts";
import { checkOf, diceOf, nextIndex, stepDice, strideOf } from "./index-sequence.ts";
import { KeyTable, keyText } from "./key-table.ts";

/**
 * Places visited per symbol, beyond which the symbols are a forgery: an honest key is in about
 * 2 ln m of m symbols, and m symbols hold fewer than m keys.
 */
const VISITS_PER_SYMBOL = 64;

/**
 * open: more symbols, or more steps, are needed · done: all differences are known ·
 * forged: no honest set makes such symbols.
 */
export type PeelState = "open" | "done" | "forged";

/**
 * Finds in the difference of the symbols of two sets the keys that only one of them has: a symbol
 * that holds a single key gives it away, and taken off its other symbols it bares further ones.
 * [Yang, Gilad and Alizadeh 2024 §4.1; Goodrich and Mitzenmacher 2011]
 *
 * What comes from a hostile peer costs no more than an honest difference of as many symbols.
 */
export class Peeler {
  /** Keys counted up: only in the set that was subtracted from. */
  readonly added = new KeyTable();
  /** Keys counted down: only in the set that was subtracted. */
  readonly lacking = new KeyTable();
  private lows = new Uint32Array(64);
  private highs = new Uint32Array(64);
  private checks = new Uint32Array(64);
  private counts = new Int32Array(64);
  private used = 0;
  private readonly known = new Set<string>();
  /** Symbols that may hold a single key by now. */
  private readonly ripe: number[] = [];
  private visitsLeft = 0;
  private isForged = false;

  get symbolsCount(): number {
    return this.used;
  }

  get foundCount(): number {
    return this.known.size;
  }

  get state(): PeelState {
    if (this.isForged) return "forged";
    // Symbol 0 holds every key: empty, it says that none is left.
    return this.used > 0 && this.isEmptyAt(0) ? "done" : "open";
  }

  /** True when `peel` has nothing to do before more symbols come. */
  get isIdle(): boolean {
    return this.ripe.length === 0 || this.isForged;
  }

  /** Goes on with the symbols that follow; false when they do not follow. */
  add(difference: CodedSymbols): boolean {
    if (difference.first !== this.used) return false;
    const { count, first } = difference;
    this.reserve(first + count);
    this.lows.set(difference.lows, first);
    this.highs.set(difference.highs, first);
    this.checks.set(difference.checks, first);
    this.counts.set(difference.counts, first);
    this.used += count;
    this.visitsLeft += VISITS_PER_SYMBOL * count;
    for (let key = 0; key < this.added.count; key += 1) {
      this.takeOff(this.added.lowOf(key), this.added.highOf(key), { sign: 1, from: first });
    }
    for (let key = 0; key < this.lacking.count; key += 1) {
      this.takeOff(this.lacking.lowOf(key), this.lacking.highOf(key), { sign: -1, from: first });
    }
    for (let index = first; index < this.used; index += 1) this.noteRipe(index);
    return true;
  }

  /** Peels at most `maxCount` symbols. */
  peel(maxCount: number): void {
    for (let left = maxCount; left > 0 && !this.isForged; left -= 1) {
      const index = this.ripe.pop();
      if (index === undefined) return;
      this.peelAt(index);
    }
  }

  /**
   * How many keys differ, by the symbols so far: of keys that differ in d places, symbol i counts
   * p·net give or take √(d·p(1−p)), with p its share and net what symbol 0 counts. Within about
   * √(2/symbols) of the truth, and 0 found yet. [bench/reconcile]
   */
  get estimatedCount(): number {
    if (this.used === 0) return 0;
    const net = at(this.counts, 0);
    let squares = 0;
    let weights = 0;
    for (let index = 1; index < this.used; index += 1) {
      const share = 1 / (1 + index / 2);
      const excess = at(this.counts, index) - share * net;
      squares += excess * excess;
      weights += share * (1 - share);
    }
    const estimate = weights === 0 ? 0 : squares / weights;
    return this.foundCount + Math.max(Math.abs(net), Math.round(estimate));
  }

  private peelAt(index: number): void {
    const sign = at(this.counts, index);
    if (sign !== 1 && sign !== -1) return;
    const low = at(this.lows, index);
    const high = at(this.highs, index);
    if (checkOf(low, high) !== at(this.checks, index)) return;
    const text = keyText(low, high);
    // A key that comes to light twice, or more keys than symbols: nobody's set.
    if (this.known.has(text) || this.known.size >= this.used) {
      this.isForged = true;
      return;
    }
    this.known.add(text);
    (sign === 1 ? this.added : this.lacking).add(low, high);
    this.takeOff(low, high, { sign, from: 0 });
  }

  private takeOff(
    low: number,
    high: number,
    { from, sign }: { readonly sign: number; readonly from: number },
  ): void {
    const check = checkOf(low, high);
    const stride = strideOf(low, high);
    let dice = diceOf(low, high);
    for (let index = 0; index < this.used; ) {
      if (index >= from) {
        this.lows[index] = at(this.lows, index) ^ low;
        this.highs[index] = at(this.highs, index) ^ high;
        this.checks[index] = at(this.checks, index) ^ check;
        this.counts[index] = at(this.counts, index) - sign;
        if (from === 0) this.noteRipe(index);
        this.visitsLeft -= 1;
        if (this.visitsLeft < 0) this.isForged = true;
      }
      if (this.isForged) return;
      dice = stepDice(dice, stride);
      index = nextIndex(index, dice);
    }
  }

  private noteRipe(index: number): void {
    const held = at(this.counts, index);
    if (held === 1 || held === -1) this.ripe.push(index);
  }

  private isEmptyAt(index: number): boolean {
    const bits = at(this.lows, index) | at(this.highs, index) | at(this.checks, index);
    return bits === 0 && at(this.counts, index) === 0;
  }

  private reserve(count: number): void {
    if (count <= this.counts.length) return;
    const capacity = Math.max(count, this.counts.length * 2);
    this.lows = widened(this.lows, new Uint32Array(capacity));
    this.highs = widened(this.highs, new Uint32Array(capacity));
    this.checks = widened(this.checks, new Uint32Array(capacity));
    this.counts = widened(this.counts, new Int32Array(capacity));
  }
}

function widened<A extends Uint32Array | Int32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
