const WORD_BITS = 32;

/** Which of `size` buckets hold something, with the next one found in a few steps. */
export class BitSet {
  private readonly words: Int32Array;
  /** One bit for each word that is not 0. */
  private readonly summary: Int32Array;

  constructor(size: number) {
    this.words = new Int32Array(Math.ceil(size / WORD_BITS));
    this.summary = new Int32Array(Math.ceil(this.words.length / WORD_BITS));
  }

  add(at: number): void {
    const word = at >>> 5;
    this.words[word] = (this.words[word] ?? 0) | (1 << (at & 31));
    this.summary[word >>> 5] = (this.summary[word >>> 5] ?? 0) | (1 << (word & 31));
  }

  remove(at: number): void {
    const word = at >>> 5;
    const left = (this.words[word] ?? 0) & ~(1 << (at & 31));
    this.words[word] = left;
    if (left === 0) {
      this.summary[word >>> 5] = (this.summary[word >>> 5] ?? 0) & ~(1 << (word & 31));
    }
  }

  /** The first member that is at least `from` and below `to`; -1 when there is none. */
  nextFrom(from: number, to: number): number {
    if (from >= to) return -1;
    let word = from >>> 5;
    const rest = (this.words[word] ?? 0) & (-1 << (from & 31));
    if (rest !== 0) return below(word * WORD_BITS + lowestBit(rest), to);
    word = this.nextWord(word + 1);
    if (word < 0) return -1;
    return below(word * WORD_BITS + lowestBit(this.words[word] ?? 0), to);
  }

  private nextWord(from: number): number {
    let at = from >>> 5;
    let rest = (this.summary[at] ?? 0) & (-1 << (from & 31));
    while (rest === 0) {
      at += 1;
      if (at >= this.summary.length) return -1;
      rest = this.summary[at] ?? 0;
    }
    return at * WORD_BITS + lowestBit(rest);
  }
}

function below(found: number, to: number): number {
  return found < to ? found : -1;
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
