import type { StackCounters } from "./stack/stack.contract.ts";

/** The counts of one node, by name. Names come from our own code, so there are not many. */
export class NodeCounters implements StackCounters {
  private readonly counts = new Map<string, number>();

  add(name: string, by = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }

  get(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  snapshot(): Record<string, number> {
    return Object.fromEntries(this.counts);
  }
}
