import { type DotRange, DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";

/**
 * What a peer has and this node lacks, asked for in portions: a message names no more than about
 * what its answer can bring.
 */
export class Lacking {
  private readonly ranges: DotRange[] = [];
  private leftCount = 0;

  constructor(dots: ReadonlyDotSet) {
    this.add(dots);
    this.ranges.reverse();
  }

  get isEmpty(): boolean {
    return this.ranges.length === 0;
  }

  get rangesCount(): number {
    return this.ranges.length;
  }

  /** How many dots, some of which may have come by other ways. */
  get size(): number {
    return this.leftCount;
  }

  /** The next `maxRanges` ranges. */
  take(maxRanges: number): DotSet {
    const portion = new DotSet();
    let left = maxRanges;
    while (left > 0) {
      const range = this.ranges.pop();
      if (range === undefined) break;
      this.leftCount -= range.last - range.first + 1;
      portion.addRange(range.origin, range.first, range.last);
      left -= 1;
    }
    return portion;
  }

  /** Dots that were asked for and did not come: they are the next. */
  add(dots: ReadonlyDotSet): void {
    for (const range of dots.ranges()) this.ranges.push(range);
    this.leftCount += dots.size;
  }
}
