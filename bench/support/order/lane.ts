/** What is measured: a thing that brings events of 100 B into one order, on three processes. */

/** "disk": an event counts when a majority has synced it. */
export type Keeping = "disk" | "memory";

export const EVENT_BYTES = 100;

/** One stretch of time in which `concurrency` callers wait for one event after the other. */
export interface OrderRun {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface OrderLane {
  /** Starts three processes, and returns when they order. */
  open(keeping: Keeping): Promise<void>;
  /** `turn` counts the runs: a single caller is at another process in each. */
  run(turn: number, concurrency: number): Promise<OrderRun>;
  /** Compares what the processes hold, ends them and removes what they left. */
  close(): Promise<void>;
}
