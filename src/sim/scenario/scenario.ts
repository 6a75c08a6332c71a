import type { CheckerName } from "../checkers/catalog.ts";
import type { Fault, FaultTime, NodeChoice } from "../faults/fault.ts";
import type { LatencyModel } from "../latency.ts";
import type { SimOptions } from "../sim.options.ts";

/** Numbers and names of options, as a file gives them. */
export type Given = Readonly<Record<string, number | string>>;

/** Which protocols run, by their names in the catalogs. */
export interface ProtocolChoice {
  readonly peers: string;
  readonly wire: "serf" | "memberlist";
  readonly exchange: readonly string[];
}

/** How the cluster comes to be, before anything counts. */
export interface Forming {
  /** The first so many nodes are those that the others join, and each other. */
  readonly seedsCount: number;
  /** Whether the nodes join each other, or each knows all others from the start. */
  readonly begin: "join" | "known";
  /** Whether who is started again joins the seeds, or has only what its disk remembers. */
  readonly restarted: "join" | "remember";
  /** The others start over this time, not all at once. */
  readonly spreadMs: number;
  /** When not all see all by then, the run has failed. */
  readonly withinMs: number;
}

/** When the time for faults is over: everything is mended, and all must agree again. */
export interface Healing {
  readonly withinMs: number;
  /** Whether those who are down are started. */
  readonly restart: "crashed" | "none";
  /** How long the run goes on once all agree, to see whether they stay so. */
  readonly quietMs: number;
}

/** A line of the workload: what users of the nodes do. */
export type Task = Omit<FaultTime, "forMs"> & Deed;

export type Deed =
  /** One node publishes a rumour of this size: one of `nodes`, drawn anew each time. */
  | { readonly do: "publish"; readonly nodes: NodeChoice; readonly bytes: number }
  /** Each says goodbye, and its process ends. */
  | { readonly do: "leave"; readonly nodes: NodeChoice };

/** A scenario as its file says it; writing this out as JSON gives a file that runs the same. */
export interface Scenario {
  readonly name: string;
  /** One line: what holds when it passes. */
  readonly proves: string;
  /** The seed when none is given. */
  readonly seed: number;
  readonly nodes: number;
  readonly protocols: ProtocolChoice;
  readonly profile: "lan" | "wan" | "local" | "swift";
  /** By slice. */
  readonly options: Readonly<Record<string, Given>>;
  readonly network: Partial<SimOptions> & { readonly latency?: LatencyModel };
  readonly form: Forming;
  readonly groups: Readonly<Record<string, NodeChoice>>;
  /** How long faults and workload go on, counted from when the cluster has formed. */
  readonly durationMs: number;
  readonly faults: readonly Fault[];
  readonly workload: readonly Task[];
  readonly heal?: Healing;
  readonly sampleMs: number;
  readonly checkers: Readonly<Partial<Record<CheckerName, Readonly<Record<string, number>>>>>;
}
