import type { Dot } from "../../core/dot.ts";
import type { Gossip } from "./plumtree.messages.ts";

/** One message being taken in: the same object for all its parts. */
export interface Moment {
  readonly nowMs: number;
}

/** Runs being taken in: their news is not news to this protocol. */
export class Taking {
  private readonly runs: Gossip[] = [];
  private moment: Moment | undefined;
  /** Where news was found last: it is told of in the order of the runs. */
  private told = 0;

  begin(moment: Moment): void {
    if (this.moment === moment) return;
    this.moment = moment;
    this.runs.length = 0;
    this.told = 0;
  }

  add(run: Gossip): void {
    this.runs.push(run);
  }

  has(dot: Dot): boolean {
    const run = this.runs[this.told];
    if (run !== undefined && isIn(run, dot)) return true;
    const found = this.runs.findIndex((one) => isIn(one, dot));
    if (found >= 0) this.told = found;
    return found >= 0;
  }
}

function isIn({ first, origin, updates }: Gossip, dot: Dot): boolean {
  return origin === dot.origin && first <= dot.seq && dot.seq < first + updates.length;
}
