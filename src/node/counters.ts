import { Counters } from "../core/metrics.ts";
import type { StackCounters } from "./stack/stack.contract.ts";

/** The counts of one node, as its slices like to count. */
export class NodeCounters implements StackCounters {
  private readonly counters = new Counters();

  add(name: string, by = 1): void {
    this.counters.count(name, by);
  }

  snapshot(): Readonly<Record<string, number>> {
    return this.counters.snapshot();
  }
}
