import { formatTrace, type SimTraceEvent } from "../../sim/sim-trace.ts";

/** An event of the simulation, or a line that a node logged. */
type Entry = SimTraceEvent | string;

/** The last events of a simulation, and whoever wants to hear of all of them as text. */
export class ClusterTrace {
  private readonly keptCount: number;
  private readonly kept: Entry[] = [];
  private readonly listeners = new Set<(line: string) => void>();
  /** All that there were. */
  private total = 0;

  constructor(keptCount: number) {
    this.keptCount = keptCount;
  }

  get totalCount(): number {
    return this.total;
  }

  /** Whether anybody, the tail included, needs to be told. */
  get isWanted(): boolean {
    return this.keptCount > 0 || this.listeners.size > 0;
  }

  take(entry: Entry): void {
    if (this.keptCount > 0) {
      this.kept[this.total % this.keptCount] = entry;
      this.total += 1;
    }
    if (this.listeners.size === 0) return;
    const line = textOf(entry);
    for (const listener of [...this.listeners]) listener(line);
  }

  listen(listener: (line: string) => void): () => void {
    const own = (line: string): void => listener(line);
    this.listeners.add(own);
    return () => this.listeners.delete(own);
  }

  /** The last `count` lines, oldest first. */
  last(count: number): string[] {
    const lines: string[] = [];
    const first = Math.max(0, this.total - Math.min(count, this.keptCount));
    for (let at = first; at < this.total; at += 1) {
      const entry = this.kept[at % this.keptCount];
      if (entry !== undefined) lines.push(textOf(entry));
    }
    return lines;
  }
}

function textOf(entry: Entry): string {
  return typeof entry === "string" ? entry : formatTrace(entry);
}
