import type { LatencyModel } from "../latency.ts";

/**
 * Whom a fault strikes: the numbers of nodes; the name of a group (`all`, `rest`, or one of the
 * scenario's `groups`); or so many of all nodes, drawn by the seed.
 */
export type NodeChoice =
  | readonly number[]
  | string
  | { readonly count: number }
  | { readonly ratio: number };

/** When: from `atMs` on, for `forMs` (absent: for good), and again every `everyMs`. */
export interface FaultTime {
  readonly atMs: number;
  /** Then the fault ends by itself. */
  readonly forMs?: number;
  /** Repeats it, `timesCount` times in all; nodes that are drawn are drawn anew. */
  readonly everyMs?: number;
  readonly timesCount?: number;
}

/** What goes wrong. Each verb and its fields stand in docs/simulator.md. */
export type FaultDeed<Nodes> =
  | {
      readonly do: "crash";
      readonly nodes: Nodes;
      /** `process`: the machine refuses connections; `machine`: it is silent. */
      readonly what: "process" | "machine";
      /** What the restart at its end finds. */
      readonly disk: "kept" | "lost";
      /** Where it comes back. */
      readonly address: "kept" | "new";
    }
  | {
      readonly do: "restart";
      readonly nodes: Nodes;
      readonly disk: "kept" | "lost";
      /** `new`: its machine has another address from now on. */
      readonly address: "kept" | "new";
      /** Another one takes it out of this cluster; the empty one brings it back. */
      readonly label?: string;
    }
  | { readonly do: "pause" | "resume" | "block" | "unblock"; readonly nodes: Nodes }
  /** Each group of `sides` by itself, and all others together. */
  | { readonly do: "partition"; readonly sides: readonly Nodes[] }
  /** Ends every partition, cut and clog. */
  | { readonly do: "heal" }
  | {
      readonly do: "cut" | "mend";
      readonly from: Nodes;
      readonly to: Nodes;
      readonly direction: "oneWay" | "both";
    }
  /** What is sent on these paths waits until it ends. */
  | { readonly do: "clog"; readonly from: Nodes; readonly to: Nodes }
  | { readonly do: "lose" | "duplicate"; readonly ratio: number }
  | { readonly do: "reorder"; readonly ratio: number; readonly mostMs: number }
  | { readonly do: "latency"; readonly latency: LatencyModel }
  /** Of each sending machine; 0 is without bound. */
  | { readonly do: "bandwidth"; readonly bytesPerSecond: number }
  /** The wall clock is off by `byMs`, also backwards. */
  | { readonly do: "skew"; readonly nodes: Nodes; readonly byMs: number }
  /** Its clocks run at this rate; 1 is true. */
  | { readonly do: "drift"; readonly nodes: Nodes; readonly rate: number };

/** A line of a fault plan, as the file has it. */
export type Fault = FaultTime & FaultDeed<NodeChoice>;

/** The same when everybody is drawn and every repetition is a line of its own. */
export type PlannedFault = Pick<FaultTime, "atMs" | "forMs"> & FaultDeed<readonly number[]>;

export type FaultVerb = Fault["do"];
