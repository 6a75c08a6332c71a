/** What users type of data that merges by itself: the public types of `node.crdts`. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Codec, WriteResult } from "../topics/topics.api.ts";
import type { StoreBounds } from "../versions/versions.api.ts";

/** Bounds of the store. */
export type CrdtsOptions = StoreBounds;

/** Until when to watch. */
export interface WatchOnlyOptions {
  readonly signal?: AbortSignal;
}

/** What the values of a register or map are like. */
export interface SharedValueOptions<S extends StandardSchemaV1 | undefined> {
  readonly schema?: S;
  /** What this node writes values with; it reads all that are Hearsay's. Default "msgpack". */
  readonly codec?: "msgpack" | "json" | "raw" | Codec;
}

/** A whole number that all raise and lower; no count is lost, none is counted twice. */
export interface SharedCounter {
  readonly name: string;
  /** Of all nodes together, as far as it is known here. */
  readonly value: number;
  /** `amount` may be below 0. @throws HearsayError CONFIG_OPTION, STORE_FULL, NODE_STOPPED */
  add(amount: number): Promise<WriteResult>;
  /** Adds a whole number, 1 unless told otherwise. */
  increment(by?: number): Promise<WriteResult>;
  /** Takes a whole number away, 1 unless told otherwise. */
  decrement(by?: number): Promise<WriteResult>;
  /** Calls with the value now, and with each later one. */
  watch(listener: (value: number) => void, options?: WatchOnlyOptions): () => void;
}

/** A member that came or went. */
export interface SetNotice {
  readonly kind: "add" | "delete";
  readonly member: string;
}

/** A set of texts: what one node adds while another takes it out stays in. */
export interface SharedSet extends Iterable<string> {
  readonly name: string;
  readonly size: number;
  /** Whether this node knows it as a member. */
  has(member: string): boolean;
  /** @throws HearsayError CONFIG_OPTION, STORE_FULL, NODE_STOPPED */
  add(member: string): Promise<WriteResult>;
  /** Resolves to undefined when it was not in. */
  delete(member: string): Promise<WriteResult | undefined>;
  /** Calls with every member, and from then on with each that comes or goes. */
  watch(listener: (notice: SetNotice) => void, options?: WatchOnlyOptions): () => void;
}

/** One value: of several set at once the latest stays, by hybrid time, the same on all nodes. */
export interface SharedRegister<In = unknown, Out = unknown> {
  readonly name: string;
  /** undefined: never set, or cleared. @throws HearsayError SCHEMA_INVALID, CODEC_FAILED */
  readonly value: Out | undefined;
  /** @throws HearsayError SCHEMA_INVALID, CODEC_FAILED, VALUE_TOO_LARGE, STORE_FULL … */
  set(value: In): Promise<WriteResult>;
  /** As if it had never been set; resolves to undefined where that was so. */
  clear(): Promise<WriteResult | undefined>;
  /** Calls with the value now, and with each later one. */
  watch(listener: (value: Out | undefined) => void, options?: WatchOnlyOptions): () => void;
}

/** A key whose value has changed. */
export interface MapNotice<V = unknown> {
  readonly key: string;
  /** undefined: it was deleted. */
  readonly value: V | undefined;
}

/**
 * Values by key: a deletion takes what its author had seen, and what was set meanwhile stays; of
 * values set at once the latest counts.
 */
export interface SharedMap<In = unknown, Out = unknown> extends Iterable<[string, Out]> {
  readonly name: string;
  readonly size: number;
  /** Whether this node knows a value of the key. */
  has(key: string): boolean;
  /** The latest value that this node knows. */
  get(key: string): Out | undefined;
  /** All values that were set without seeing each other, oldest first. */
  getAll(key: string): readonly Out[];
  /** Gives the key a value; the latest one stays. */
  set(key: string, value: In): Promise<WriteResult>;
  /** Resolves to undefined when there was nothing to delete. */
  delete(key: string): Promise<WriteResult | undefined>;
  /** All keys that have a value, in order. */
  keys(): string[];
  /** Calls with every entry, and from then on with each that changes. */
  watch(listener: (notice: MapNotice<Out>) => void, options?: WatchOnlyOptions): () => void;
}

/**
 * Data that merges by itself, held by every node that opens the store: writes never fail for what
 * others do, and all nodes come to the same. Reads never touch the network. See docs/versions.md.
 */
export interface Crdts {
  readonly name: string;
  /** A number that all nodes add to and take from. */
  counter(name: string): SharedCounter;
  /** A set of texts; who adds wins over who deletes meanwhile. */
  set(name: string): SharedSet;
  /** One value; the latest write stays. */
  register<S extends StandardSchemaV1>(
    name: string,
    options: SharedValueOptions<S> & { readonly schema: S },
  ): SharedRegister<StandardSchemaV1.InferInput<S>, StandardSchemaV1.InferOutput<S>>;
  /** One value of a type given by hand. */
  register<V = unknown>(
    name: string,
    options?: SharedValueOptions<undefined>,
  ): SharedRegister<V, V>;
  /** Keys with values; the latest write of each stays, and setting wins over deleting. */
  map<S extends StandardSchemaV1>(
    name: string,
    options: SharedValueOptions<S> & { readonly schema: S },
  ): SharedMap<StandardSchemaV1.InferInput<S>, StandardSchemaV1.InferOutput<S>>;
  /** Keys with values of a type given by hand. */
  map<V = unknown>(name: string, options?: SharedValueOptions<undefined>): SharedMap<V, V>;
  /**
   * Resolves when this node holds all that some other replica was heard to have.
   * @throws HearsayError TIMEOUT, ABORTED, NODE_STOPPED
   */
  caughtUp(options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal }): Promise<void>;
}
