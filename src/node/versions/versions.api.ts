/** What users type of version trees: the public types of `node.versions`. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type {
  Codec,
  PublicDot,
  SubscribeOptions,
  Subscription,
  WriteResult,
} from "../topics/topics.api.ts";

/** What a session may ask of a replica; it asks for all of it unless told otherwise. */
export type Guarantee = "monotonic-reads" | "read-your-writes" | "writes-follow-reads";

/** What becomes of several values of one key: one value, or undefined to delete the key. */
export type ResolveValues<V> = (key: string, values: readonly V[]) => V | undefined;

/** The bounds of a store; numbers as in docs/reference/options.md. */
export interface StoreBounds {
  readonly keysMaxCount?: number;
  readonly keyMaxBytes?: number;
  readonly valueMaxBytes?: number;
  readonly totalMaxBytes?: number;
  readonly contextRangesMaxCount?: number;
  readonly contextTrimFromCount?: number;
  readonly supersededMaxCount?: number;
  readonly snapshotAfterCount?: number;
}

export interface VersionsOptions<S extends StandardSchemaV1 | undefined, V = unknown>
  extends StoreBounds {
  /** Judges values, written here or by others; those it does not take are not kept. */
  readonly schema?: S;
  /** What this node writes values with; it reads all that are Hearsay's. Default "msgpack". */
  readonly codec?: "msgpack" | "json" | "raw" | Codec;
  /**
   * What becomes of a write by whoever has not seen all values. Default "reject-stale": it is
   * refused, and its author told. "siblings": it stands beside what it has not seen.
   */
  readonly conflict?: "reject-stale" | "siblings";
  /**
   * Who ends conflicts, by the beginning of keys; of several the longest counts. "manual"
   * (default): whoever reads them. "lww": the last write stays. Or your function, which must come
   * to the same result on every node; it runs on the living replica with the lowest name.
   */
  readonly resolvers?: Readonly<Record<string, "manual" | "lww" | ResolveValues<V>>>;
  readonly siblingsMaxCount?: number;
  readonly requestsMaxCount?: number;
  readonly requestKeepMs?: number;
  readonly resolveMaxCount?: number;
}

/**
 * Opens the store of that name: with other options than before it throws, without any it gives what
 * is open. With a schema its input and output types are inferred.
 * @throws HearsayError CONFIG_OPTION, STORE_CONFLICT, STORE_FULL, NODE_STOPPED
 */
export interface OpenVersions {
  <S extends StandardSchemaV1>(
    name: string,
    options: VersionsOptions<S, StandardSchemaV1.InferOutput<S>> & { readonly schema: S },
  ): Versions<StandardSchemaV1.InferInput<S>, StandardSchemaV1.InferOutput<S>>;
  <V = unknown>(name: string, options?: VersionsOptions<undefined, V>): Versions<V, V>;
}

/** One value of a key, with all that is known of it. */
export interface Sibling<V = unknown> {
  readonly value: V;
  /** Name of the node that wrote it. */
  readonly from: string;
  readonly dot: PublicDot;
  /** Hybrid logical time at its writer: wall-clock ms, then a counter. */
  readonly clock: { readonly ms: number; readonly counter: number };
}

/** The values of a key that nothing has superseded: none, one, or after a conflict several. */
export interface Siblings<V> {
  readonly values: readonly V[];
  /** The same, with where they come from. */
  readonly siblings: readonly Sibling<V>[];
  /** What whoever has read them has seen: to be given to the write that replaces them. */
  readonly context: string;
}

/**
 * This replica has not yet got what the session has seen elsewhere, although it waited and asked
 * others: nothing was read or written.
 */
export interface Behind {
  readonly status: "behind";
  /** Whose writes are missing. */
  readonly missing: readonly { readonly from: string; readonly count: number }[];
  /** What can be done about it. */
  readonly hint: string;
}

/** What a read came to: all values that nothing has replaced, or that this replica is behind. */
export type VersionGet<V> = ({ readonly status: "ok" } & Siblings<V>) | Behind;

/** Nothing was written: the author had not seen these values, or there are too many. */
export type VersionRefusal<V> = { readonly status: "stale" | "too-many-siblings" } & Siblings<V>;

/** What a write came to: `stale` where this node knows a write that the writer has not seen. */
export type VersionPut<V> =
  | ({
      readonly status: "ok";
      /** Its author has seen this write too, but no others that it was not shown. */
      readonly context: string;
    } & WriteResult)
  | VersionRefusal<V>
  | Behind;

/** What a deletion came to; as a write's. */
export type VersionDelete<V> =
  | {
      readonly status: "ok";
      readonly context: string;
      /** undefined: there was nothing to delete. */
      readonly dot: PublicDot | undefined;
      readonly durable: boolean;
    }
  | VersionRefusal<V>
  | Behind;

/** How long to wait for a replica that is behind what the session has seen. */
export interface VersionCallOptions {
  /** When this replica is behind: how long to wait for gossip. Default 500. */
  readonly waitMs?: number;
  /** How long then to wait for replicas that are asked for what is missing. Default 1,000. */
  readonly pullMs?: number;
}

/** What the writer has seen, and how a retry is known. */
export interface VersionWriteOptions extends VersionCallOptions {
  /** Of a read or write of this key. The session adds what it has seen itself. */
  readonly context?: string;
  /**
   * Names this request among all of all clients: when it comes to this node again within ten
   * minutes, it is answered as the first time, and nothing more is written.
   */
  readonly requestId?: string;
}

/**
 * One client's clock, which it takes from replica to replica: it reads nothing older than what it
 * has read, it reads its own writes, and its writes replace what it has read. [Terry 1994]
 */
export interface VersionSession<In = unknown, Out = unknown> {
  /** @throws HearsayError CONFIG_OPTION, CODEC_FAILED, SCHEMA_INVALID, NODE_STOPPED */
  get(key: string, options?: VersionCallOptions): Promise<VersionGet<Out>>;
  /**
   * Writes in the place of what the context, or without one this session, has seen of the key.
   * @throws HearsayError CONFIG_OPTION, CONTEXT_INVALID, VALUE_TOO_LARGE, STORE_FULL,
   *   SCHEMA_INVALID, SCHEMA_ASYNC, CODEC_FAILED, NODE_STOPPED, WRITE_UNCERTAIN
   */
  put(key: string, value: In, context?: string | VersionWriteOptions): Promise<VersionPut<Out>>;
  /** Deletes what was seen; what was not seen stays. @throws HearsayError as `put` */
  delete(key: string, context?: string | VersionWriteOptions): Promise<VersionDelete<Out>>;
  /** What was read and written of the key does not count any more. */
  forget(key: string): void;
  /**
   * All that this session has seen, as text for another process: `versions.session({ token })`.
   * What does not fit in `maxBytes` (65,536) is told less exactly: safe, but stricter.
   * @throws HearsayError VALUE_TOO_LARGE
   */
  token(options?: { readonly maxBytes?: number }): string;
}

export interface VersionNotice<V = unknown> extends Siblings<V> {
  readonly key: string;
}

/** What a writer had seen of one origin's writes: all from `first` to `last`. */
export interface SeenRun {
  readonly origin: PublicDot["origin"];
  readonly first: number;
  readonly last: number;
}

/** A write that nothing has replaced, and what its author had seen. */
export interface KnownVersion<V = unknown> extends Omit<Sibling<V>, "value"> {
  /** Absent: it deleted what it had seen. */
  readonly value?: V;
  /** Numbers are of the whole store: among them stand writes of other keys. */
  readonly seen: readonly SeenRun[];
}

/** How a key came to what it is, as far as this node keeps it. */
export interface VersionHistory<V = unknown> {
  /** Deletions among them; oldest first. */
  readonly versions: readonly KnownVersion<V>[];
  /** The last writes that these have replaced, whose values are not kept; per origin ascending. */
  readonly replaced: readonly PublicDot[];
  /** To be given to the write that replaces all of `versions`. */
  readonly context: string;
}

/** Until when to watch. */
export interface VersionWatchOptions {
  readonly signal?: AbortSignal;
}

/**
 * Keys and values that every node which opens the store holds, without losing a write that
 * another has not seen: either its author is told, or both values are kept. See docs/versions.md.
 */
export interface Versions<In = unknown, Out = unknown> {
  readonly name: string;
  /** Keys that have a value here now. */
  readonly size: number;
  /**
   * A new client, or one that comes with its token.
   * @throws HearsayError CONTEXT_INVALID, CONFIG_OPTION
   */
  session(options?: {
    readonly token?: string;
    readonly guarantees?: readonly Guarantee[];
  }): VersionSession<In, Out>;
  /** That have a value here now, sorted. `*` stands for any text, `?` for one character. */
  keys(pattern?: string): string[];
  /** Keys with several values here now, sorted. */
  conflicts(): string[];
  /** Calls with every key that has a value, and from then on with each that changes here. */
  watch(
    pattern: string,
    listener: (notice: VersionNotice<Out>) => void,
    options?: VersionWatchOptions,
  ): () => void;
  /** The same to read with `for await`. */
  watch(
    pattern: string,
    options?: VersionWatchOptions & Pick<SubscribeOptions, "queueMax" | "onFull">,
  ): Subscription<VersionNotice<Out>>;
  /**
   * The versions of a key with what each writer had seen, and what they have replaced.
   * @throws HearsayError CODEC_FAILED, SCHEMA_INVALID
   */
  history(key: string): VersionHistory<Out>;
  /**
   * Resolves when this node holds all that some other replica was heard to have.
   * @throws HearsayError TIMEOUT, ABORTED, NODE_STOPPED
   */
  caughtUp(options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal }): Promise<void>;
}
