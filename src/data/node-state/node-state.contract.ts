import type { Origin, PeerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { HeldEntry } from "./state-copy.ts";

export type NodeStateCount =
  /** Written by another life of this name than the living one, or by nobody that is known. */
  | "nodeState.dropped.unknownNode"
  /** In the name of this very life, by another node. */
  | "nodeState.dropped.own"
  /** A life that began too far ahead of our clock. */
  | "nodeState.dropped.generation"
  /** Of a life that was removed. */
  | "nodeState.dropped.dead"
  /** There is no room for another node. */
  | "nodeState.dropped.nodes"
  /** Longer keys, larger values, or more of them than this node takes. */
  | "nodeState.dropped.full"
  /** From a version on that this copy has not reached. */
  | "nodeState.dropped.future"
  /** Of a copy that has collected what this one does not know to be deleted. */
  | "nodeState.dropped.incompatible"
  | "nodeState.dropped.stale"
  | "nodeState.dropped.cluster"
  /** Asked more often than is answered. */
  | "nodeState.dropped.busy"
  /** What nobody asked for. */
  | "nodeState.dropped.unasked"
  | "nodeState.resets"
  /** Removed after they were away for too long. */
  | "nodeState.removed"
  /** Others know of writes of this life that it does not. */
  | "nodeState.selfAhead"
  | "nodeState.rounds"
  /** Rounds that ended with the first message: both knew the same. */
  | "nodeState.equal";

/** Whether a node is there: `left` said goodbye, `gone` did not, or never was seen. */
export type Standing = "here" | "gone" | "left";

/** Something happened to what readers see. Told last in a step. */
export interface StateNotice {
  readonly origin: Origin;
  readonly key: string;
  /** undefined: it can be read no more. */
  readonly entry: HeldEntry | undefined;
}

export interface StateListener {
  onChange?(notice: StateNotice): void;
  /** The copy of this node's state had to begin anew. */
  onReset?(origin: Origin): void;
  /** A failure detector may count these. */
  onHeartbeat?(origin: Origin, heartbeat: number): void;
}

/** Where the own state is kept on disk. */
export interface OwnStateJournal {
  onSet(entry: KeptOwnEntry): void;
  onDelete(key: string): void;
}

/** An own key and its value, as it survives a restart. */
export interface KeptOwnEntry {
  readonly key: string;
  readonly value: Uint8Array;
  /** Wall-clock ms; undefined: never. */
  readonly expiresAtMs: number | undefined;
}

export interface NodeStateWiring {
  /** In whose name this node writes now. */
  readonly origin: () => Origin;
  /** Monotonic. */
  readonly now: () => number;
  /** Whole milliseconds since the epoch. */
  readonly wallClock: () => number;
  /** Runs `body` last in the current step. */
  readonly afterStep: (body: () => void) => void;
  readonly counters: { add(name: NodeStateCount, by?: number): void };
  /** Of another node, by name. Absent: all that are heard of are there. */
  readonly standing?: (name: string) => Standing;
  readonly journal?: OwnStateJournal;
  /**
   * Others know this name with a boot not below ours, or writes that we do not: a life that was
   * lost. Whoever minds begins another one above it.
   */
  readonly onSelfAhead?: (boot: number) => void;
}

/** As much of a `PeerView` as is asked. */
export interface StatePeers {
  readonly size: number;
  sample(random: Random, count: number, out: PeerId[], exclude?: PeerId): number;
}
