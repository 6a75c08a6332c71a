/** How one member reaches another. docs/reachability.md has the words and the marks. */
export type PathKind = "direct" | "oneWayOut" | "oneWayIn" | "indirect" | "none" | "unknown";

/** One cell of the matrix: how `from` reaches `to`. */
export interface ReachabilityPath {
  readonly from: string;
  readonly to: string;
  readonly kind: PathKind;
  /** Whether packets are answered; "unanswered" with kind `direct`: only streams pass. */
  readonly packets: "answered" | "unanswered" | "unknown";
  /** Whether a stream could be opened when that was tried last. */
  readonly streams: "up" | "down" | "unknown";
  /** Who reached `to` for `from` last. */
  readonly via?: string;
  /** For how long it has been so; absent where nothing is wrong, or nothing known. */
  readonly sinceMs?: number;
  /** How old this knowledge is, 0 for this node's own; absent as above. */
  readonly ageMs?: number;
}

/** Members that are cut off from the same others. */
export interface ReachabilitySide {
  readonly members: readonly string[];
  /** Empty: they reach everybody. */
  readonly cutFrom: readonly string[];
}

/** A path that is not direct any more, or is again. */
export interface ReachabilityEvent {
  readonly from: string;
  readonly to: string;
  readonly before: PathKind;
  readonly after: PathKind;
  /** Wall-clock time, milliseconds since the epoch. */
  readonly at: number;
}

/** Who reaches whom, as this node knows it: plain data of one moment, and two questions to it. */
export interface ReachabilityPicture {
  /** This node. */
  readonly local: string;
  /** Living members, by name. */
  readonly members: readonly string[];
  /** How this node reaches each of the others, by name. */
  readonly row: readonly ReachabilityPath[];
  /**
   * All paths that are known not to be plainly direct. Those left out are, or were not tried by
   * their node; or it is one of `silent`.
   */
  readonly exceptions: readonly ReachabilityPath[];
  /** Members by whom they are cut off from; one side with nobody: the cluster is whole. */
  readonly sides: readonly ReachabilitySide[];
  /** Living members that do not say whom they reach: their paths are `unknown`. */
  readonly silent: readonly string[];
  /** Peers whose link goes by way of another member now, and by which. */
  readonly relayed: readonly { readonly peer: string; readonly via: string }[];
  /** Any cell. `unknown` for who is no living member. */
  path(from: string, to: string): ReachabilityPath;
  /** True when one of the two gets no answer of the other by itself. */
  isCutFrom(one: string, other: string): boolean;
}
