/** What users type of per-node state: the public types of `node.state` and `member.state`. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type {
  Codec,
  PublicDot,
  SubscribeOptions,
  Subscription,
  WriteResult,
} from "../topics/topics.api.ts";

/** How a node takes part in per-node state; numbers and names as in docs/reference/options.md. */
export interface StateChoice {
  /** What this node writes values with; it reads all that are Hearsay's. Default "msgpack". */
  readonly codec?: "msgpack" | "json" | "raw" | Codec;
  /** By pattern of keys: all that fit a key judge its values, written here or by others. */
  readonly schemas?: Readonly<Record<string, StandardSchemaV1>>;
  readonly profile?: "scuttlebutt" | "cassandra";
  readonly ordering?: "depth" | "breadth" | "random";
  readonly tombstones?: "owner" | "grace";
  readonly flowControl?: "off" | "delay" | "reject";
  readonly roundIntervalMs?: number;
  readonly newsDelayMs?: number;
  readonly fanoutCount?: number;
  readonly messageMaxBytes?: number;
  readonly digestMaxRatio?: number;
  readonly tombstoneGraceMs?: number;
  readonly gcPublishMs?: number;
  readonly deadGraceMs?: number;
  readonly leftGraceMs?: number;
  readonly quarantineMs?: number;
  readonly nodesMaxCount?: number;
  readonly keysMaxCount?: number;
  readonly keyMaxBytes?: number;
  readonly valueMaxBytes?: number;
  readonly nodeMaxBytes?: number;
  readonly totalMaxBytes?: number;
  readonly snapshotAfterCount?: number;
}

/** One key of one node's state, as plain data. */
export interface StateValue<V = unknown> {
  readonly key: string;
  readonly value: V;
  /** Name of the node whose state it is, and who alone writes it. */
  readonly member: string;
  /** The life of that node, and the version of the write in it. */
  readonly dot: PublicDot;
  /** Of the own state: wall-clock ms at which it ends; undefined: never. */
  readonly expiresAt?: number;
}

/** Something happened to a key of some node's state, as it is known here. */
export interface StateNotice<V = unknown> {
  /** `delete` also when it ended by itself, and when its node was away for too long. */
  readonly kind: "set" | "delete";
  readonly member: string;
  readonly key: string;
  /** undefined when it was deleted. */
  readonly value: V | undefined;
}

/** Whose state to watch, and until when. */
export interface StateWatchOptions {
  /** Only of this node. Default: of all, this one included. */
  readonly member?: string;
  readonly signal?: AbortSignal;
}

/** What is known here of one node's state. Always of now; reads never touch the network. */
export interface MemberState {
  readonly size: number;
  /** The value as this node knows it, from memory; undefined where there is none. */
  get<V = unknown>(key: string): V | undefined;
  /** The value with all that is known of it. */
  entry<V = unknown>(key: string): StateValue<V> | undefined;
  /** Sorted by key. `*` in a pattern stands for any text, `?` for one character. */
  entries<V = unknown>(pattern?: string): StateValue<V>[];
}

/**
 * Keys and values of this node, which it alone writes, and everybody who takes part reads: what was
 * too large for a tag. A node's state goes when it has left, or was away for `deadGraceMs`.
 */
export interface OwnNodeState extends MemberState {
  /**
   * Writes a value; with `ttlMs` this node deletes it by itself. Resolves when it is on its way;
   * with a `dataDir` when it is on disk, too, and then it is there again after a restart.
   * @throws HearsayError SCHEMA_INVALID, SCHEMA_ASYNC, CODEC_FAILED, VALUE_TOO_LARGE, STORE_FULL,
   *   QUEUE_FULL, CONFIG_OPTION, NODE_STOPPED, WRITE_UNCERTAIN
   */
  set(key: string, value: unknown, options?: { readonly ttlMs?: number }): Promise<WriteResult>;
  /** Resolves to undefined when there was nothing to delete. */
  delete(key: string): Promise<WriteResult | undefined>;
  /** Of the node of this name, whether it is a member or not. */
  of(member: string): MemberState;
  /** Names of the nodes of whose state something is known here, sorted; this one included. */
  members(): string[];
  /** Calls with every value there is, of all nodes, and from then on with what happens. */
  watch<V = unknown>(
    pattern: string,
    listener: (notice: StateNotice<V>) => void,
    options?: StateWatchOptions,
  ): () => void;
  /** The same to be read by `for await`. */
  watch<V = unknown>(
    pattern: string,
    options?: StateWatchOptions & Pick<SubscribeOptions, "queueMax" | "onFull">,
  ): Subscription<StateNotice<V>>;
}
