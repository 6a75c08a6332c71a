/** The numbers of anti-entropy. */
export const antiEntropyDefaults = {
  /** Time between two rounds that this node begins. [Scuttlebutt 2008: one gossip a second] */
  roundIntervalMs: 1_000,
  /** Which way updates travel. [Demers 1987 §1.3: push-pull converges fastest] */
  mode: "pushPull",
  /** Whose pending updates go first where a budget cuts. [Scuttlebutt 2008: depth, breadth] */
  ordering: "breadth",
  /** Peers with whom this node begins a round each time. [because: the cost is linear in it] */
  fanoutCount: 1,
  /** How long a round may wait for its next message. [spec Scuttlebutt §8: 3 × 1.5 s] */
  roundTimeoutMs: 4_500,
  /** Rounds that others began and that are under way here; more are told `busy`. [guess] */
  conversationsMaxCount: 32,
  /** Other peers tried in the same interval when one is busy. [Demers 1987 §1.3: hunt limit] */
  huntsMaxCount: 1,
  /** Replicas compared in one round; the next round goes on with the next ones. [guess] */
  claimsMaxCount: 30,
  /** Dots seen last that a comparison names; with 0 none. [Demers 1987 §1.3: recent list] */
  recentMaxCount: 32,
  /** Largest digest in one message; a larger one is cut by origin. [because: half a packet] */
  digestMaxBytes: 700,
  /** Digest from which on sets are compared by sketch, or else in pieces. [bench/reconcile] */
  sketchFromBytes: 2_048,
  /** Most symbols of one sketch; a larger difference is told by digests. [because: 8 MiB here] */
  sketchMaxCount: 262_144,
  /** Sketches for others at a time; more are told `busy`. [because: 40 bytes a dot each] */
  sketchesMaxCount: 4,
  /** Bytes of updates in one message. [because: below it a stream costs more than the bytes] */
  deltaMaxBytes: 65_536,
  /** "aimd": writers are held to what rounds can carry. [because: it costs writers their peace] */
  flowControl: "off",
  /** Updates that a node may write before it knows better. [spec Scuttlebutt §9] */
  flowStartPerSecond: 100,
  /** Updates that a node may always write. [spec Scuttlebutt §9] */
  flowMinPerSecond: 1,
  /** By how much the limit grows in a round without an overflow. [spec Scuttlebutt §9] */
  flowIncreasePerSecond: 1,
  /** What is left of the limit after two overflows in ten rounds. [spec Scuttlebutt §9] */
  flowDecreaseRatio: 0.8,
  /** Answers, and rounds begun at once, with a peer who has more. [because: it must end] */
  continuationsMaxCount: 10_000,
} as const;

type Widen<T> = T extends number ? number : T;
export type AntiEntropyOptions = Omit<
  { readonly [K in keyof typeof antiEntropyDefaults]: Widen<(typeof antiEntropyDefaults)[K]> },
  "mode" | "ordering" | "flowControl"
> & {
  readonly mode: "push" | "pull" | "pushPull";
  readonly ordering: "depth" | "breadth";
  readonly flowControl: "off" | "aimd";
};
