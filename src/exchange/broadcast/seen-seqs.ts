/**
 * The seqs heard of one origin and tag: all up to a prefix but for some missing ones. The missing
 * ones are kept, not the heard ones, for a newcomer begins in the middle of a long history and a
 * live one has few holes.
 */
export class SeenSeqs {
  private highest: number;
  private readonly missing = new Set<number>();
  private readonly gapsMaxCount: number;

  /** @param first what is heard first; rumours of a little before may still be under way. */
  constructor(first: number, gapsMaxCount: number) {
    this.highest = Math.max(0, first - 1 - gapsMaxCount);
    this.gapsMaxCount = gapsMaxCount;
  }

  has(seq: number): boolean {
    return seq <= this.highest && !this.missing.has(seq);
  }

  /** Returns how many missing seqs now count as seen, because there was no room to keep them. */
  add(seq: number): number {
    if (seq <= this.highest) {
      this.missing.delete(seq);
      return 0;
    }
    const jumpedOver = seq - this.highest - 1;
    // A leap beyond the bound leaves no room for what was missing before it.
    const from = Math.max(this.highest + 1, seq - this.gapsMaxCount);
    let givenUpCount = from - this.highest - 1;
    if (jumpedOver > 0) for (let gap = from; gap < seq; gap += 1) this.missing.add(gap);
    this.highest = seq;
    for (const gap of this.missing) {
      if (this.missing.size <= this.gapsMaxCount) break;
      this.missing.delete(gap);
      givenUpCount += 1;
    }
    return givenUpCount;
  }
}
