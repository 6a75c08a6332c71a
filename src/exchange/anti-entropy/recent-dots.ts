import type { Dot } from "../../core/dot.ts";
import { DotSet } from "../../core/dot-set.ts";

interface Noted {
  readonly dot: Dot;
  readonly atMs: number;
}

/** The dots that one replica has seen last, as many as a comparison names. */
export class RecentDots {
  private readonly maxCount: number;
  private readonly noted: Noted[] = [];
  private next = 0;

  constructor(maxCount: number) {
    this.maxCount = maxCount;
  }

  note(dot: Dot, atMs: number): void {
    if (this.maxCount === 0) return;
    this.noted[this.next] = { dot, atMs };
    this.next = (this.next + 1) % this.maxCount;
  }

  /** Those noted at `sinceMs` or later: in quiet times none, which keeps comparisons small. */
  since(sinceMs: number): DotSet {
    const recent = new DotSet();
    for (const { atMs, dot } of this.noted) if (atMs >= sinceMs) recent.add(dot);
    return recent;
  }
}
