/** What users type of infos: the public types of `node.infos`. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Certificate, EverywhereOptions } from "../certificates/certificates.api.ts";
import type { GrpcInfosChoice, InfoPath } from "../info-network/info-network.api.ts";
import type {
  Codec,
  PublicDot,
  SubscribeOptions,
  Subscription,
  WriteResult,
} from "../topics/topics.api.ts";

/** How a node takes part in infos: as every Hearsay node can, or in a network of gRPC streams. */
export type InfosChoice = GossipInfosChoice | GrpcInfosChoice;

/** Numbers as in docs/reference/options.md. */
export interface GossipInfosChoice {
  /** How they travel. Default: "gossip". */
  readonly via?: "gossip";
  /** What this node writes values with; it reads all that are Hearsay's. Default "msgpack". */
  readonly codec?: "msgpack" | "json" | "raw" | Codec;
  /** By pattern of keys: all that fit a key judge its values, written here or by others. */
  readonly schemas?: Readonly<Record<string, StandardSchemaV1>>;
  readonly keysMaxCount?: number;
  readonly keyMaxBytes?: number;
  readonly valueMaxBytes?: number;
  readonly totalMaxBytes?: number;
  readonly supersededMaxCount?: number;
  readonly tombstoneMinMs?: number;
  readonly snapshotAfterCount?: number;
}

/** A key's latest write, as plain data. */
export interface Info<V = unknown> {
  readonly key: string;
  readonly value: V;
  /** Name of the node that wrote it. */
  readonly from: string;
  readonly dot: PublicDot;
  /** Hybrid logical time at its writer: wall-clock ms, then a counter. */
  readonly clock: { readonly ms: number; readonly counter: number };
  /** Wall-clock time at which it ends, milliseconds since the epoch; undefined: never. */
  readonly expiresAt: number | undefined;
  /** Only of infos by gRPC, where names are ids, and seq of the dot is in microseconds. */
  readonly path?: InfoPath;
}

/** Something happened to a key, here. */
export interface InfoNotice<V = unknown> {
  /** `reset`: what was known before `after` cannot be told apart any more; all keys follow. */
  readonly kind: "set" | "delete" | "expire" | "reset";
  /** Empty for `reset`. */
  readonly key: string;
  /** undefined unless it was set. */
  readonly value: V | undefined;
  readonly from: string;
  /** The value is what it was: only its time to live, or its writer, is new. */
  readonly redundant: boolean;
  /** Where a later watch may go on. */
  readonly cursor: string;
}

/** What a watcher wants to hear, and from where on. */
export interface InfoWatchOptions {
  /** Also tell when a value was written again unchanged. Default: false. */
  readonly redundant?: boolean;
  /** The cursor of the last notice that was handled: what happened since comes first. */
  readonly after?: string;
  readonly signal?: AbortSignal;
}

/**
 * Keys and values that every node which uses them holds: the latest write of a key wins, by hybrid
 * time. Reads never touch the network. `*` in a pattern stands for any text, `?` for one character.
 */
export interface Infos {
  /** Keys that have a value now. */
  readonly size: number;
  /** Where a watch that begins now may be resumed. */
  readonly cursor: string;
  /**
   * Writes a value; with `ttlMs` it ends by itself. Resolves when it is on its way, with a
   * `dataDir` when it is on disk, too.
   * @throws HearsayError SCHEMA_INVALID, SCHEMA_ASYNC, CODEC_FAILED, VALUE_TOO_LARGE, STORE_FULL,
   *   CONFIG_OPTION, NODE_STOPPED, WRITE_UNCERTAIN
   */
  set(key: string, value: unknown, options?: { readonly ttlMs?: number }): Promise<WriteResult>;
  /** The value as this node knows it, from memory; undefined where there is none. */
  get<V = unknown>(key: string): V | undefined;
  /** The value with all that is known of it. */
  info<V = unknown>(key: string): Info<V> | undefined;
  /** Deletes for all; resolves to undefined when there was nothing to delete. */
  delete(key: string): Promise<WriteResult | undefined>;
  /**
   * Resolves when every living member of a view is known to hold this node's latest write of the
   * key, be it a deletion, or a later one, and says how that is known; see docs/certificates.md.
   * @throws NotEverywhereError with who is missing, when the time is over; HearsayError
   *   INFO_UNKNOWN, CONFIG_OPTION, QUEUE_FULL, ABORTED, NODE_STOPPED
   */
  everywhere(key: string, options?: EverywhereOptions): Promise<Certificate>;
  /** Sorted. */
  keys(pattern?: string): string[];
  /** Calls with every value there is, and from then on with what happens. */
  watch<V = unknown>(
    pattern: string,
    listener: (notice: InfoNotice<V>) => void,
    options?: InfoWatchOptions,
  ): () => void;
  /** The same to read with `for await`. */
  watch<V = unknown>(
    pattern: string,
    options?: InfoWatchOptions & Pick<SubscribeOptions, "queueMax" | "onFull">,
  ): Subscription<InfoNotice<V>>;
}
