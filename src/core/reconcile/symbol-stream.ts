import { at } from "../collections/at.ts";
import { CodedSymbols } from "./coded-symbols.ts";
import { checkOf, diceOf, nextIndex, stepDice, strideOf } from "./index-sequence.ts";
import type { KeyTable } from "./key-table.ts";

/** Beyond it a key is in no symbol that anybody asks for. */
const NEVER = 0xffffffff;

/**
 * The coded symbols of a set of keys that does not change, made as far as they are asked for. One
 * stream serves all peers: its symbols do not depend on what these have. It remembers at which
 * symbol each key goes on, so that each key meets each of its symbols once.
 */
export class SymbolStream {
  private readonly keys: KeyTable;
  /** Per key: the next symbol that holds it, and its dice. */
  private readonly nexts: Uint32Array;
  private readonly dices: Int32Array;
  private symbols = new CodedSymbols(0, 0);
  private end = 0;
  private goal = 0;
  /** Keys that are in all symbols up to the goal. */
  private done = 0;

  constructor(keys: KeyTable) {
    this.keys = keys;
    this.nexts = new Uint32Array(keys.count);
    this.dices = new Int32Array(keys.count);
  }

  /** How many symbols are made. */
  get length(): number {
    return this.end;
  }

  /**
   * Goes on to make `length` symbols, for at most `maxCount` keys; true when they are made. A goal
   * that was begun is reached before a larger one is.
   */
  extend(length: number, maxCount: number): boolean {
    if (length <= this.end) return true;
    if (this.goal === this.end) this.aim(length);
    const to = Math.min(this.keys.count, this.done + maxCount);
    for (; this.done < to; this.done += 1) this.spread(this.done);
    if (this.done < this.keys.count) return false;
    this.end = this.goal;
    return length <= this.end;
  }

  /** A copy of the symbols `first` … `first` + `count` − 1, which must be made. */
  slice(first: number, count: number): CodedSymbols {
    const copy = new CodedSymbols(first, count);
    const { checks, counts, highs, lows } = this.symbols;
    copy.lows.set(lows.subarray(first, first + count));
    copy.highs.set(highs.subarray(first, first + count));
    copy.checks.set(checks.subarray(first, first + count));
    copy.counts.set(counts.subarray(first, first + count));
    return copy;
  }

  private aim(length: number): void {
    this.goal = length;
    this.done = 0;
    if (length <= this.symbols.count) return;
    const { checks, counts, highs, lows } = this.symbols;
    this.symbols = new CodedSymbols(0, Math.max(length, 2 * this.symbols.count));
    this.symbols.lows.set(lows);
    this.symbols.highs.set(highs);
    this.symbols.checks.set(checks);
    this.symbols.counts.set(counts);
  }

  private spread(key: number): void {
    let symbol = at(this.nexts, key);
    if (symbol >= this.goal) return;
    const { checks, counts, highs, lows } = this.symbols;
    const low = this.keys.lowOf(key);
    const high = this.keys.highOf(key);
    const check = checkOf(low, high);
    // Symbol 0 holds every key, so there each one's dice begin.
    let dice = symbol === 0 ? diceOf(low, high) : at(this.dices, key);
    const stride = strideOf(low, high);
    while (symbol < this.goal) {
      lows[symbol] = at(lows, symbol) ^ low;
      highs[symbol] = at(highs, symbol) ^ high;
      checks[symbol] = at(checks, symbol) ^ check;
      counts[symbol] = at(counts, symbol) + 1;
      dice = stepDice(dice, stride);
      symbol = nextIndex(symbol, dice);
    }
    this.nexts[key] = Math.min(symbol, NEVER);
    this.dices[key] = dice;
  }
}
