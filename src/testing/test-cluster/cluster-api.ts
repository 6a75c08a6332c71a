/** What users of a test cluster type. docs/testing.md tells the same at length. */
import type { HearsayNode, NodeOptions } from "../../node/api.ts";
import type { LatencyModel } from "../../sim/latency.ts";
import type { SimOptions } from "../../sim/sim.options.ts";
import type { DiskFaults } from "../../storage/memory-disk.ts";

/** The options of `startNode` that mean something without sockets and disks. */
export type TestNodeOptions = Pick<
  NodeOptions,
  | "tags"
  | "profile"
  | "wire"
  | "swim"
  | "detector"
  | "serf"
  | "broadcast"
  | "antiEntropy"
  | "replicaSets"
  | "infos"
  | "state"
  | "links"
  | "queries"
  | "certificates"
  | "plumtree"
  | "overlay"
  | "hyparview"
  | "reachability"
  | "rumor"
  | "topics"
  | "traces"
  | "aggregates"
  | "monitor"
  | "orderer"
  | "locks"
  | "logger"
>;

/** The network between the nodes of a test. */
export interface TestNetwork extends Partial<SimOptions> {
  /** One-way delay of packets; default uniform from `latencyMinMs` to `latencyMaxMs` (1 … 5). */
  readonly latency?: LatencyModel;
}

/** How many nodes a test has, from which seed, and what runs on them. */
export interface TestClusterOptions<App = undefined> {
  /** How many, named n1, n2 …, or their names. */
  readonly nodes: number | readonly string[];
  /** The same seed gives the same run. Default 1. */
  readonly seed?: number;
  readonly network?: TestNetwork;
  /** For every node, or for each by its name. */
  readonly options?: TestNodeOptions | ((name: string) => TestNodeOptions);
  /**
   * Your own code on a node: called when the node starts, and again when it is restarted. What it
   * returns is `cluster.app(name)`. It may wait; time passes until it has ended.
   */
  readonly setup?: (node: HearsayNode, life: TestLife) => App | Promise<App>;
  /**
   * "seeds" (default): each node is told of the first others, and `createTestCluster` resolves when
   * all see all. "none": nobody joins anybody, and no time has passed.
   */
  readonly join?: "seeds" | "none";
  /**
   * "objects" (default): nodes are handed each other's messages as they are. "bytes": each message
   * is encoded and read back, as between processes, at several times the cost.
   */
  readonly messages?: "objects" | "bytes";
  /** Virtual time that joining may take. Default 60,000. */
  readonly formLimitMs?: number;
  /** Events that `lastTrace` remembers. Default 1,000; 0 saves the time. */
  readonly traceEventsCount?: number;
}

/** With a `setup`, be it one that does nothing. */
export type SetUpOptions<App> = TestClusterOptions<App> &
  Required<Pick<TestClusterOptions<App>, "setup">>;

/**
 * One life of a node, for code that runs on it: its clock, its dice and its end. Code that uses
 * these instead of `setTimeout`, `Date.now` and `Math.random` is replayed by the seed.
 */
export interface TestLife {
  readonly name: string;
  /** 1 for the first; a restart begins the next. */
  readonly number: number;
  /** Aborted when the life ends, however. */
  readonly signal: AbortSignal;
  /** Monotonic milliseconds by this node's clock. */
  now(): number;
  /** Milliseconds since the epoch by this node's clock, which `skew` may set wrong. */
  wallClock(): number;
  /** Resolves in `ms` of virtual time; not while the node is paused, and never after its end. */
  delay(ms: number): Promise<void>;
  /** At least 0, below 1. */
  random(): number;
}

/** How long a wait may take. */
export interface WaitLimit {
  /** Virtual milliseconds after which the wait fails. Default 60,000. */
  readonly limitMs?: number;
}

/** Something that is to become true of a cluster. */
export type Expectation =
  | { readonly kind: "converge"; readonly withinMs: number; readonly among?: readonly string[] }
  | {
      readonly kind: "detect";
      readonly name: string;
      readonly withinMs: number;
      readonly by?: readonly string[];
    }
  | { readonly kind: "heal"; readonly withinMs: number };

/** What an expectation came to. */
export interface Verdict {
  readonly passed: boolean;
  /** Virtual time that it took, or that was given to it. */
  readonly tookMs: number;
  /** What was expected and what was found, with the seed and the last lines of the trace. */
  readonly message: string;
}

/**
 * Nodes, a network and a clock in one process: real `HearsayNode`s on a simulated network, in
 * virtual time. Time stands still but in the methods that return a promise; while one of them
 * runs, no other may be called.
 *
 * Verbs throw HearsayError MEMBER_UNKNOWN for a name that is not of this cluster, and TEST_CLUSTER
 * for what cannot be done, such as to crash a node that has crashed.
 */
export interface TestCluster<App = undefined> extends AsyncDisposable {
  readonly seed: number;
  /** Virtual milliseconds since the cluster was made. */
  readonly nowMs: number;
  /** All names, also of nodes that do not run. */
  readonly names: readonly string[];
  /** The nodes that run, paused ones too. */
  readonly nodes: readonly HearsayNode[];
  /** The node in its present life, or in its last one. A restart makes another object. */
  node(name: string): HearsayNode;
  /** What `setup` returned for the present life of this node, or for its last one. */
  app(name: string): App;
  /** Whether the node has not crashed, and was not stopped. */
  isRunning(name: string): boolean;

  /** Lets `durationMs` of virtual time pass. */
  runForMs(durationMs: number): Promise<void>;
  /**
   * Lets time pass until `predicate` holds, which is asked at every instant.
   * @throws TestClusterFailure when it does not within `limitMs`
   */
  until(predicate: () => boolean, options?: WaitLimit & { readonly what?: string }): Promise<void>;
  /**
   * Lets time pass until the promise has settled, and returns or throws what it came to. A function
   * is called first.
   * @throws TestClusterFailure when it has not within `limitMs`
   */
  run<T>(work: PromiseLike<T> | (() => PromiseLike<T>), options?: WaitLimit): Promise<T>;
  /** Resolves in `ms` of virtual time that somebody else lets pass. */
  delay(ms: number): Promise<void>;

  /** Adds a machine and starts a node on it, which joins the others. */
  add(name?: string): Promise<HearsayNode>;
  /**
   * Ends a node without a word. A process that dies leaves a machine that refuses connections, one
   * that dies with its machine leaves silence. Default "process".
   */
  crash(name: string, what?: "process" | "machine"): void;
  /**
   * Starts a node that does not run again, with `setup` and all. With its disk it knows the number
   * of its last life; without, others have to tell it.
   */
  restart(name: string, options?: { readonly disk?: "kept" | "lost" }): Promise<HearsayNode>;
  /**
   * What is wrong with the disk on which a node keeps the past of its topics; all may be changed at
   * any time. A machine that crashes loses what was not synced, or a part of it, with torn sectors.
   */
  diskFaults(name: string): DiskFaults;
  /** As SIGSTOP does: nothing runs on the node, and what is sent to it waits in a buffer. */
  pause(name: string): void;
  /** Ends a pause. */
  resume(name: string): void;
  /** The slow member of the Lifeguard paper: it runs, but what it sends and is sent waits. */
  block(name: string): void;
  /** Ends a block. */
  unblock(name: string): void;
  /** Sets the wall clock of a node wrong by `ms`, also backwards. */
  skew(name: string, ms: number): void;

  /** Nodes reach each other only within a group; those not named form one more. */
  partition(...groups: readonly (readonly string[])[]): void;
  /** Nothing gets from `from` to `to` any more; the other direction is untouched. */
  cut(from: string, to: string): void;
  /** Ends the cut of one direction. */
  mend(from: string, to: string): void;
  /** Ends all partitions and cuts. */
  heal(): void;
  /** What is sent from `from` to `to` waits until `durationMs` have passed. */
  clog(from: string, to: string, durationMs: number): void;
  /** Share of packets that are lost from now on; bytes of streams are sent again. */
  lose(ratio: number): void;
  /** Share of packets that arrive twice from now on. */
  duplicate(ratio: number): void;
  /** Share of packets that are overtaken from now on, by up to `maxMs` (50). */
  reorder(ratio: number, maxMs?: number): void;
  /** How long packets take from now on. */
  latency(model: LatencyModel): void;

  /** Lets time pass until the expectation holds or its time is over: what matchers are made of. */
  check(expectation: Expectation): Promise<Verdict>;
  /** Hears of every event from now on, one line each, until the function it returns is called. */
  trace(listener: (line: string) => void): () => void;
  /** The last `count` (12) lines of the trace, oldest first. */
  lastTrace(count?: number): readonly string[];
  /** Ends all nodes. Idempotent. */
  stop(): Promise<void>;
}
